"""Through which website a booking came, and which proved mail address it belongs to: both are counted by limits."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# What a count has to tell apart stands in the index: over all citizens of a website it goes through thousands.
_THROUGH = "api_client IS NOT NULL AND expires IS"
_INDICES = (
    ("booking_by_api_client", ["api_client", "expires", "state"], f"{_THROUGH} NOT NULL"),
    ("booking_by_api_client_lately", ["api_client", "created", "state", "expires"], f"{_THROUGH} NULL"),
    ("booking_by_contact", ["contact", "starts"], "contact IS NOT NULL"),
)


def upgrade() -> None:
    """Add the columns; bookings from before belong to no API client, and count for no mail address."""
    op.add_column("booking", sa.Column("api_client", sa.Text, nullable=True))  # its name in the config
    op.add_column("booking", sa.Column("contact", sa.LargeBinary, nullable=True))  # HMAC of a proved mail address
    for name, columns, where in _INDICES:
        op.create_index(name, "booking", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    """Forget both."""
    for name, _, _ in _INDICES:
        op.drop_index(name, "booking")
    op.drop_column("booking", "contact")
    op.drop_column("booking", "api_client")
