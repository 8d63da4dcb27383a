"""messages to people, reminders, retention"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KINDS = (
    "payment_asked",
    "payment_asked_again",
    "documents_needed",
    "receipt_issued",
    "receipt_resent",
    "refused",
    "lapsed",
    "cancelled",
    "renewal_delayed",
    "refund_sent",
    "expiry_near",
)
OUTCOMES = ("sent", "out_of_date", "refused", "given_up")

ERASURE_OPEN = """
create function erasure_open(which uuid) returns boolean language sql stable as $$
  select exists (select from erasure where case_id = which and begun_at is not null and finished_at is null)
$$
"""

# What is an order's goes with the last of its cases: one is being erased now, and every other one was before.
ORDER_ERASURE_OPEN = """
create function order_erasure_open(which uuid) returns boolean language sql stable as $$
  select exists (select from order_line where order_id = which and erasure_open(case_id))
     and not exists (select from order_line l where l.order_id = which and not exists (
       select from erasure e where e.case_id = l.case_id and e.begun_at is not null))
$$
"""

# What the bank said of an order's payment goes only while the last of its cases is being erased, and only by taking
# away: the body, and the fields that are not among the payment's numbers. Those stay as they are.
EVIDENCE_KEPT = """
create function evidence_kept() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and new.raw = ''::bytea
     and new.fields::jsonb = (select coalesce(jsonb_object_agg(said.key, said.value), '{}'::jsonb)
                              from jsonb_each(old.fields::jsonb) said where said.key in (
       'paymentid', 'tranid', 'ref', 'trackid', 'id', 'auth', 'result', 'amt', 'amount', 'currency', 'postdate',
       'status'))
     and (to_jsonb(new) - 'raw' - 'fields') = (to_jsonb(old) - 'raw' - 'fields')
     and exists (select from payment_attempt where id = old.attempt_id and order_erasure_open(order_id)) then
    return new;
  end if;
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$
"""

# Whose history it is says when a reason in it may go: the case's own, its order's, what its order's payments did.
HISTORY_ERASURE_OPEN = """
create function history_erasure_open(entity text, which uuid) returns boolean language sql stable as $$
  select case entity
    when 'renewal_case' then erasure_open(which)
    when 'payment_order' then order_erasure_open(which)
    when 'payment_attempt' then (select order_erasure_open(order_id) from payment_attempt where id = which)
    when 'refund' then (select case when case_id is null then order_erasure_open(order_id) else erasure_open(case_id) end
                        from refund where id = which)
    else false
  end
$$
"""

HISTORY_KEPT = """
create function history_kept() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.reason is not null and new.reason = 'erased'
     and (to_jsonb(new) - 'reason') = (to_jsonb(old) - 'reason')
     and history_erasure_open(old.entity, old.entity_id) then
    return new;
  end if;
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$
"""

FILLED_ONCE = """
create function filled_once() returns trigger language plpgsql as $$
begin
  if jsonb_strip_nulls(to_jsonb(old)) <@ to_jsonb(new) then
    return new;
  end if;
  raise exception '%: what was filled in never changes', tg_table_name using errcode = 'restrict_violation';
end $$
"""


def _words(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _text(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sqlmodel.sql.sqltypes.AutoString(), nullable=nullable)


def _moment(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _id(name: str = "id") -> sa.Column:
    return sa.Column(name, sa.Uuid(), nullable=False)


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))


def _message() -> None:
    op.create_table(
        "message",
        _id(),
        _moment("created_at", nullable=False),
        sa.Column("kind", _words("messagekind", KINDS), nullable=False),
        _id("account_id"),
        _id("case_id"),
        _id("about_id"),
        _text("dedup_key"),
        sa.Column("gathered", sa.Boolean(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        _moment("due_at", nullable=False),
        sa.Column("outcome", _words("messageoutcome", OUTCOMES), nullable=True),
        _moment("sent_at"),
        _to("message", "account_id", "account"),
        _to("message", "case_id", "renewal_case"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("dedup_key", name=op.f("uq_message_dedup_key")),
    )
    op.create_index("ix_message_due", "message", ["due_at"], postgresql_where=sa.text("outcome is null"))
    op.create_index(op.f("ix_message_account_id"), "message", ["account_id"])
    op.create_index(op.f("ix_message_case_id"), "message", ["case_id"])


def _reminder() -> None:
    op.create_table(
        "reminder",
        _id(),
        _moment("created_at", nullable=False),
        _id("person_id"),
        _id("account_id"),
        _id("message_id"),
        sa.Column("expires", sa.Date(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        _to("reminder", "person_id", "case_person"),
        _to("reminder", "account_id", "account"),
        _to("reminder", "message_id", "message"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint("person_id", "expires", "step", name=op.f("uq_reminder_person_id_expires_step")),
        sa.UniqueConstraint("person_id", "on_day", name=op.f("uq_reminder_person_id_on_day")),
    )
    op.create_index(op.f("ix_reminder_message_id"), "reminder", ["message_id"])


def _erasure() -> None:
    op.create_table(
        "erasure",
        _id(),
        _moment("created_at", nullable=False),
        _id("case_id"),
        sa.Column("cause", _words("erasurecause", ("retention", "request")), nullable=False),
        _text("reason"),
        _text("requested_by"),
        _text("approved_by", nullable=True),
        _moment("begun_at"),
        _moment("finished_at"),
        _moment("withdrawn_at"),
        _text("withdrawn_by", nullable=True),
        sa.Column("objects", sa.Integer(), nullable=True),
        sa.CheckConstraint("approved_by is null or approved_by <> requested_by", name=op.f("ck_erasure_second_person")),
        sa.CheckConstraint(
            "cause <> 'request' or begun_at is null or approved_by is not null", name=op.f("ck_erasure_approved")
        ),
        sa.CheckConstraint("finished_at is null or begun_at is not null", name=op.f("ck_erasure_begun")),
        sa.CheckConstraint("withdrawn_at is null or begun_at is null", name=op.f("ck_erasure_withdrawn_before")),
        _to("erasure", "case_id", "renewal_case"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    op.create_index(op.f("ix_erasure_case_id"), "erasure", ["case_id"])
    op.create_index(
        "uq_erasure_one", "erasure", ["case_id"], unique=True, postgresql_where=sa.text("withdrawn_at is null")
    )
    op.create_index(
        "ix_erasure_unfinished",
        "erasure",
        ["begun_at"],
        postgresql_where=sa.text("begun_at is not null and finished_at is null"),
    )
    op.create_table(
        "legal_hold",
        _id(),
        _moment("created_at", nullable=False),
        _id("case_id"),
        _text("reason"),
        _text("placed_by"),
        _moment("lifted_at"),
        _text("lifted_by", nullable=True),
        _to("legal_hold", "case_id", "renewal_case"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    op.create_index(
        "uq_legal_hold_open", "legal_hold", ["case_id"], unique=True, postgresql_where=sa.text("lifted_at is null")
    )


def _guard(table: str, *, updates: str) -> None:
    """No row is deleted; `updates` is the function that says which updates may be."""
    op.execute(f"create trigger kept before delete on {table} for each row execute function refuse_change()")
    op.execute(f"create trigger append_only before update on {table} for each row execute function {updates}()")
    op.execute(
        f"create trigger append_only_whole before truncate on {table} "
        "for each statement execute function refuse_change()"
    )


def _row_guard(table: str, function: str) -> None:
    op.execute(f"drop trigger append_only on {table}")
    op.execute(
        f"create trigger append_only before update or delete on {table} for each row execute function {function}()"
    )


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    _message()
    _reminder()
    _erasure()
    op.add_column("renewal_case", _moment("erased_at"))
    op.create_index(op.f("ix_case_person_civil_number"), "case_person", ["civil_number"])
    op.create_index(op.f("ix_case_person_permit_expires_id"), "case_person", ["permit_expires", "id"])
    op.create_index(op.f("ix_case_person_period_end_id"), "case_person", ["period_end", "id"])
    for function in (ERASURE_OPEN, ORDER_ERASURE_OPEN, EVIDENCE_KEPT, HISTORY_ERASURE_OPEN, HISTORY_KEPT, FILLED_ONCE):
        op.execute(function)
    _guard("reminder", updates="refuse_change")
    _guard("erasure", updates="filled_once")
    _guard("legal_hold", updates="filled_once")
    _row_guard("gateway_evidence", "evidence_kept")
    _row_guard("transition", "history_kept")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    for table in ("gateway_evidence", "transition"):
        _row_guard(table, "refuse_change")
    op.execute("drop function evidence_kept()")
    op.execute("drop function history_kept()")
    op.execute("drop function history_erasure_open(text, uuid)")
    op.execute("drop function order_erasure_open(uuid)")
    op.execute("drop function erasure_open(uuid)")
    for column in ("civil_number", "permit_expires_id", "period_end_id"):
        op.drop_index(op.f(f"ix_case_person_{column}"), table_name="case_person")
    op.drop_column("renewal_case", "erased_at")
    for table in ("legal_hold", "erasure", "reminder", "message"):
        op.drop_table(table)
    op.execute("drop function filled_once()")
