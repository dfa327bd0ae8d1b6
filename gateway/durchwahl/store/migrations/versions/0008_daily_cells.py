"""Since when a booking is over, so that it can be erased in time; and counts of bookings that name nobody."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_WITH_KEY = "key IS NOT NULL AND ended IS NOT NULL"
_OVER = (
    "'cancelling', 'cancelled', 'releasing', 'expired', 'released', 'refused',"
    " 'undoing', 'failed', 'completed', 'no_show'"
)
_KEY = ("day", "department", "service", "channel", "language", "lead", "outcome", "needs_met")


def upgrade() -> None:
    """Add the end of a booking, with an index over those that still have a key; and the table of counts."""
    op.add_column("booking", sa.Column("ended", sa.BigInteger, nullable=True))  # milliseconds since the epoch, UTC
    op.execute(
        "UPDATE booking SET ended = CASE WHEN state <> 'unresolved' AND updated < ends THEN updated ELSE ends END"  # noqa: S608  # our own words
        f" WHERE state = 'unresolved' OR state IN ({_OVER})"
    )
    op.create_index(  # how long something is kept depends on department and state: each has a run of its own
        "booking_to_erase",
        "booking",
        ["offer", "state", "ended"],
        sqlite_where=sa.text(_WITH_KEY),
        postgresql_where=sa.text(_WITH_KEY),
    )
    op.create_table(
        "daily_cell",
        *(sa.Column(name, sa.Text, primary_key=True) for name in _KEY),
        sa.Column("count", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Forget both; counts of what was erased are lost."""
    op.drop_table("daily_cell")
    op.drop_index("booking_to_erase", "booking")
    op.drop_column("booking", "ended")
