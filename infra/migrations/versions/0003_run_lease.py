"""who carries which run"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


OURS = "status in ('released', 'identified', 'documented', 'quoted', 'paid', 'extended')"


def upgrade() -> None:
    op.create_table(
        "worker",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker")),
    )
    op.create_index(op.f("ix_worker_seen_at"), "worker", ["seen_at"])
    op.create_table(
        "run_lease",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("flow_run_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name=op.f("fk_run_lease_worker_id_worker")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_lease")),
        sa.UniqueConstraint("flow_run_id", name=op.f("uq_run_lease_flow_run_id")),
        sa.UniqueConstraint("case_id", name=op.f("uq_run_lease_case_id")),
    )
    op.create_index(op.f("ix_run_lease_worker_id"), "run_lease", ["worker_id"])
    op.create_table(
        "engine",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deployment_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_engine")),
    )
    op.create_index("ix_transition_at", "transition", ["at"], postgresql_using="brin")
    op.create_index("ix_renewal_case_ours", "renewal_case", ["id"], postgresql_where=sa.text(OURS))


def downgrade() -> None:
    op.drop_index("ix_renewal_case_ours", "renewal_case")
    op.drop_index("ix_transition_at", "transition")
    op.drop_table("engine")
    op.drop_table("run_lease")
    op.drop_table("worker")
