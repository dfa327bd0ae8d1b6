"""Who calls whom, kept with the booking: it stays true when the offer is gone from the config."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; a booking from before has what its offer says now."""
    op.add_column("booking", sa.Column("phone", sa.Text, nullable=True))  # JSON: mode, and the department's number


def downgrade() -> None:
    """Forget it."""
    op.drop_column("booking", "phone")
