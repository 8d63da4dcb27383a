"""why a gateway takes payments again"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.add_column("gateway_pause", sa.Column("lifted_because", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("gateway_pause", "lifted_because")
