"""Writes of which nobody has heard the end, and what staff have to look at because nobody else can."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add when a place or a room was last written to without an answer, and the list for staff."""
    op.add_column("placement", sa.Column("unsettled", sa.BigInteger, nullable=True))  # milliseconds, UTC
    op.add_column("booking", sa.Column("room_unsettled", sa.BigInteger, nullable=True))
    op.add_column("idempotency", sa.Column("placement", sa.Integer, nullable=True))  # that a move was to bring
    op.create_table(
        "doubt",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),  # under which it would stand there
        sa.Column("lane", sa.Text, nullable=False),
        sa.Column("booking", sa.Text, nullable=True),  # where the journal knows which
        sa.Column("starts", sa.BigInteger, nullable=False),  # milliseconds, UTC: what it occupies
        sa.Column("ends", sa.BigInteger, nullable=False),
        sa.Column("noted", sa.BigInteger, nullable=False),  # when it was seen first
        sa.Column("looked", sa.BigInteger, nullable=True),  # when somebody of the staff has looked
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_table("doubt")
    op.drop_column("idempotency", "placement")
    op.drop_column("booking", "room_unsettled")
    op.drop_column("placement", "unsettled")
