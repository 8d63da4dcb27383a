"""staff are asked about the money of a cancelled case that is still here"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BEFORE = (
    *("unknown_outcome", "mismatch", "contradiction", "reversed", "refund_unknown", "refund_rejected"),
    *("unknown_payment", "not_settled", "refund_not_settled", "external_refund", "totals_differ", "extended_unpaid"),
)


def upgrade() -> None:
    _take(*BEFORE, "cancelled_paid")


def downgrade() -> None:
    _take(*BEFORE)


def _take(*kinds: str) -> None:
    op.execute("set local lock_timeout = '5s'")
    op.execute("alter table review_item drop constraint ck_review_item_reviewkind")
    listed = ", ".join(f"'{each}'" for each in kinds)
    op.execute(f"alter table review_item add constraint ck_review_item_reviewkind check (kind in ({listed}))")
