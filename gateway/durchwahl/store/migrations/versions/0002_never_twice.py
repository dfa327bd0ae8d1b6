"""What is never used twice, and who waits for whom: the highest placement of a booking, the pool of a step."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_HIGHEST = "max(placement, coalesce((SELECT max(p.placement) FROM placement p WHERE p.booking = booking.id), 1))"


def upgrade() -> None:
    """Keep the highest placement on the booking's row, and the steps of each pool in an order of their own."""
    op.add_column("booking", sa.Column("last_placement", sa.Integer, nullable=False, server_default="1"))
    highest = _HIGHEST if op.get_bind().dialect.name == "sqlite" else _HIGHEST.replace("max(", "greatest(", 1)
    op.execute(f"UPDATE booking SET last_placement = {highest}")  # noqa: S608  # our own words
    op.create_index(  # for the operators' list: there are hardly any
        "booking_unresolved",
        "booking",
        ["state"],
        sqlite_where=sa.text("state = 'unresolved'"),
        postgresql_where=sa.text("state = 'unresolved'"),
    )
    op.create_index(  # what was booked lately counts against a client's limit, and does not expire any more
        "booking_by_client_lately",
        "booking",
        ["client", "created"],
        sqlite_where=sa.text("expires IS NULL"),
        postgresql_where=sa.text("expires IS NULL"),
    )
    op.add_column("step", sa.Column("pool", sa.Integer, nullable=False, server_default="1"))
    op.execute("UPDATE step SET pool = 0 WHERE kind IN ('expire', 'complete')")
    op.execute("UPDATE step SET pool = 2 WHERE kind = 'room'")
    op.execute("UPDATE step SET pool = 3 WHERE kind IN ('mail', 'remind', 'clerk')")
    op.execute("UPDATE step SET fence = fence + fence % 2")  # even: nobody works on it while the schema changes
    op.drop_index("step_by_due", "step")
    op.create_index("step_by_due", "step", ["pool", "due"])


def downgrade() -> None:
    """Forget both."""
    op.drop_index("step_by_due", "step")
    op.create_index("step_by_due", "step", ["due"])
    op.drop_index("booking_by_client_lately", "booking")
    op.drop_index("booking_unresolved", "booking")
    op.drop_column("step", "pool")
    op.drop_column("booking", "last_placement")
