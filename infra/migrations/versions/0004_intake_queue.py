"""intake queue: what delay costs, holds"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SERVICES = ("individual", "individual_photo", "family", "domestic_worker", "company", "government")
SUBMITTED = sa.text("status = 'submitted'")
WAITING = sa.text("status = 'submitted' and held_at is null")
UNTOLD = sa.text("status = 'submitted' and expiry_due_at is not null")
HELD = sa.text("held_at is not null")
INDEXES = {
    "queue": (["urgency", "created_at", "id"], WAITING),
    "queue_service": (["service", "urgency", "created_at", "id"], WAITING),
    "queue_age": (["service", "created_at", "id"], WAITING),
    "rank_again_on": (["rank_again_on"], SUBMITTED),
    "expiry_due_at": (["expiry_due_at"], UNTOLD),
    "held_at": (["held_at"], HELD),
}

TALLY = """
create function queue_tally() returns trigger language plpgsql as $$
begin
  if tg_op <> 'INSERT' and old.status = 'submitted' and old.held_at is null then
    insert into queue_tally (id, created_at, service, cases, persons, saved_fils)
      values (gen_random_uuid(), now(), old.service, -1, old.urgency[4], -old.urgency[1]);
  end if;
  if tg_op <> 'DELETE' and new.status = 'submitted' and new.held_at is null then
    insert into queue_tally (id, created_at, service, cases, persons, saved_fils)
      values (gen_random_uuid(), now(), new.service, 1, -new.urgency[4], new.urgency[1]);
  end if;
  return null;
end $$
"""
CHANGED = (
    "(old.status, old.held_at is null, old.urgency) is distinct from (new.status, new.held_at is null, new.urgency)"
)
TRIGGERS = {
    "insert": ("insert", "new.status = 'submitted'"),
    "update": (
        "update of status, held_at, urgency",
        f"(old.status = 'submitted' or new.status = 'submitted') and {CHANGED}",
    ),
    "delete": ("delete", "old.status = 'submitted'"),
}
FIRST_TALLY = """
insert into queue_tally (id, created_at, service, cases, persons, saved_fils)
select gen_random_uuid(), now(), service, count(*), -sum(urgency[4]), sum(urgency[1])
from renewal_case where status = 'submitted' group by service
"""


def upgrade() -> None:
    columns = (
        sa.Column("urgency", sa.ARRAY(sa.Integer()), nullable=False, server_default="{0,0,0,-1}"),
        sa.Column("permit_expires", sa.Date(), nullable=True),
        sa.Column("rank_again_on", sa.Date(), nullable=True),
        sa.Column("expiry_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("held_because", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    )
    for column in columns:
        op.add_column("renewal_case", column)
    op.alter_column("renewal_case", "urgency", server_default=None)
    op.execute("update renewal_case set expiry_due_at = created_at where status = 'submitted'")
    op.create_check_constraint(
        op.f("ck_renewal_case_held_whole"), "renewal_case", "num_nulls(held_at, held_by, held_because) in (0, 3)"
    )
    op.drop_index(op.f("ix_renewal_case_status_priority_created_at"), table_name="renewal_case")
    op.drop_column("renewal_case", "priority")
    op.create_index(op.f("ix_renewal_case_status_created_at"), "renewal_case", ["status", "created_at"])
    for name, (parts, where) in INDEXES.items():
        op.create_index(f"ix_renewal_case_{name}", "renewal_case", parts, postgresql_where=where)
    op.create_table(
        "queue_tally",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "service",
            sa.Enum(*SERVICES, name="service", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("saved_fils", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_tally")),
    )
    op.execute(TALLY)
    for name, (when, condition) in TRIGGERS.items():
        op.execute(
            f"create trigger queue_tally_{name} after {when} on renewal_case for each row when ({condition})"
            " execute function queue_tally()"
        )
    op.execute(FIRST_TALLY)
    op.create_table(
        "release_round",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("cases", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_round")),
    )


def downgrade() -> None:
    op.drop_table("release_round")
    for name in TRIGGERS:
        op.execute(f"drop trigger queue_tally_{name} on renewal_case")
    op.execute("drop function queue_tally()")
    op.drop_table("queue_tally")
    for name in INDEXES:
        op.drop_index(f"ix_renewal_case_{name}", table_name="renewal_case")
    op.drop_index(op.f("ix_renewal_case_status_created_at"), table_name="renewal_case")
    op.add_column("renewal_case", sa.Column("priority", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("renewal_case", "priority", server_default=None)
    op.create_index(
        op.f("ix_renewal_case_status_priority_created_at"), "renewal_case", ["status", "priority", "created_at"]
    )
    op.drop_constraint(op.f("ck_renewal_case_held_whole"), "renewal_case", type_="check")
    for column in ("held_because", "held_by", "held_at", "expiry_due_at", "rank_again_on", "permit_expires", "urgency"):
        op.drop_column("renewal_case", column)
