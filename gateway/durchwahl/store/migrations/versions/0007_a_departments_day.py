"""A department's day: what the office says of a booking, whether needs were met, batches of moves and cancellations."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the two columns, and the tables of batches."""
    op.add_column("booking", sa.Column("note", sa.LargeBinary, nullable=True))  # sealed: kind, placement, reason
    op.add_column("booking", sa.Column("needs_met", sa.Integer, nullable=True))  # 1, 0; NULL: nobody has said
    op.create_table(
        "batch",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),  # move, cancel
        sa.Column("filters", sa.Text, nullable=False),  # JSON; the same command gives the same text
        sa.Column("reason", sa.LargeBinary, nullable=False),  # sealed with the installation's key; empty once ended
        sa.Column("created", sa.BigInteger, nullable=False),  # milliseconds since the epoch, UTC
        sa.Column("ended", sa.BigInteger),
    )
    op.create_index(  # the same command twice at once is one batch
        "batch_unfinished",
        "batch",
        ["kind", "filters"],
        unique=True,
        sqlite_where=sa.text("ended IS NULL"),
        postgresql_where=sa.text("ended IS NULL"),
    )
    op.create_table(
        "batch_item",
        sa.Column("batch", sa.Text, sa.ForeignKey("batch.id"), primary_key=True),
        sa.Column("booking", sa.Text, sa.ForeignKey("booking.id"), primary_key=True),
        sa.Column("state", sa.Text, nullable=False),  # open, moved, cancelled, left, gone
        sa.Column("detail", sa.Text, nullable=False),  # JSON, never personal
    )


def downgrade() -> None:
    """Forget all of it."""
    op.drop_table("batch_item")
    op.drop_table("batch")
    op.drop_column("booking", "needs_met")
    op.drop_column("booking", "note")
