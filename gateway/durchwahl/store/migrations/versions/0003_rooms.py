"""The built-in video room: its state, its two seats, and what one seat has said and the other not yet heard."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the three tables; rows live from the first visitor until the room's window is over."""
    op.create_table(
        "room",
        sa.Column("booking", sa.Text, primary_key=True),
        sa.Column("placement", sa.Integer, nullable=False),  # of which time the rest is
        sa.Column("last", sa.BigInteger, nullable=False),  # rises with every change
        sa.Column("for_citizen", sa.BigInteger, nullable=False),  # the last change that concerns this side
        sa.Column("for_clerk", sa.BigInteger, nullable=False),
        sa.Column("call", sa.BigInteger, nullable=False),  # the change with which the present connection began
        sa.Column("ended", sa.Integer, nullable=False),
        sa.Column("closes", sa.BigInteger, nullable=False),  # milliseconds since the epoch, UTC
    )
    op.create_table(
        "seat",
        sa.Column("booking", sa.Text, primary_key=True),
        sa.Column("role", sa.Text, primary_key=True),
        sa.Column("holder", sa.Text, nullable=False),  # random; worth nothing without the join link
        sa.Column("entered", sa.BigInteger, nullable=False),
        sa.Column("seen", sa.BigInteger, nullable=False),  # 0: has left
        sa.Column("admitted", sa.Integer, nullable=False),
    )
    op.create_table(
        "signal",
        sa.Column("booking", sa.Text, primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("role", sa.Text, nullable=False),  # whom it is for
        sa.Column("body", sa.LargeBinary, nullable=False),  # sealed: it holds the addresses of computers
    )


def downgrade() -> None:
    """Close all rooms."""
    for table in ("signal", "seat", "room"):
        op.drop_table(table)
