"""The journal: bookings, their places in calendars, unit slots, outbox, links, idempotency, catalogue pages."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the journal: bookings, places, units, links, steps, answers, catalogue pages."""
    op.create_table(
        "booking",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("reference", sa.Text, nullable=False, unique=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("offer", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("services", sa.Text, nullable=False),  # JSON [[service id, count], …]
        sa.Column("language", sa.Text),  # spoken or signed, where the citizen chose one
        sa.Column("lang", sa.Text, nullable=False),  # of mails and pages
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("starts", sa.BigInteger, nullable=False),  # milliseconds since the epoch, UTC
        sa.Column("ends", sa.BigInteger, nullable=False),
        sa.Column("wall_start", sa.Text, nullable=False),  # what was promised, should the zone's rules change
        sa.Column("placement", sa.Integer, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("guaranteed", sa.Integer, nullable=False),
        sa.Column("key", sa.LargeBinary),  # wrapped by the installation's key; NULL once erased
        sa.Column("personal", sa.LargeBinary),  # sealed with the booking's key
        sa.Column("room_name", sa.Text, unique=True),  # by which a video platform that calls us names the room
        sa.Column("room_ref", sa.LargeBinary),  # sealed
        sa.Column("expires", sa.BigInteger),
        sa.Column("extendable_until", sa.BigInteger),
        sa.Column("client", sa.LargeBinary),
        sa.Column("failure", sa.Text),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("updated", sa.BigInteger, nullable=False),
    )
    op.create_index(  # what still counts against a client's limit has a time at which it expires
        "booking_by_client",
        "booking",
        ["client"],
        sqlite_where=sa.text("expires IS NOT NULL"),
        postgresql_where=sa.text("expires IS NOT NULL"),
    )
    op.create_table(
        "placement",
        sa.Column("booking", sa.Text, sa.ForeignKey("booking.id"), primary_key=True),
        sa.Column("placement", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("lane", sa.Text, nullable=False),
        sa.Column("first_unit", sa.Integer, nullable=False),  # units of 5 minutes since the epoch, UTC
        sa.Column("last_unit", sa.Integer, nullable=False),  # not included
        sa.Column("starts", sa.BigInteger, nullable=False),
        sa.Column("ends", sa.BigInteger, nullable=False),
        sa.Column("ref", sa.LargeBinary),  # sealed
        sa.Column("etag", sa.Text),
    )
    op.create_index("placement_by_time", "placement", ["source", "first_unit"])
    op.create_table(
        "unit_slot",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("lane", sa.Text, primary_key=True),
        sa.Column("unit", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("booking", sa.Text, nullable=False),
        sa.Column("placement", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "step",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("booking", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),  # JSON, never personal
        sqlite_autoincrement=True,  # no number twice: who still works on a dropped step must not finish another one
    )
    op.create_index("step_by_due", "step", ["due"])
    op.create_index("step_by_booking", "step", ["booking", "kind"])
    op.create_table(
        "link",
        sa.Column("booking", sa.Text, primary_key=True),
        sa.Column("purpose", sa.Text, primary_key=True),
        sa.Column("issue", sa.Integer, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "idempotency",
        sa.Column("key", sa.LargeBinary, primary_key=True),
        sa.Column("request", sa.LargeBinary, nullable=False),
        sa.Column("booking", sa.Text),
        sa.Column("lease", sa.BigInteger, nullable=False),
        sa.Column("answer", sa.LargeBinary),  # sealed, status and body
        sa.Column("expires", sa.BigInteger, nullable=False),
    )
    op.create_index("idempotency_by_expiry", "idempotency", ["expires"])
    op.create_table(
        "catalogue_page",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("as_of", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),  # compressed JSON of the source's last good records
    )


def downgrade() -> None:
    """Drop everything, bookings included."""
    for table in ("catalogue_page", "idempotency", "link", "step", "unit_slot", "placement", "booking"):
        op.drop_table(table)
