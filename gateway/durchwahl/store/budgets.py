"""How much is kept from all others through one API client, and for one proved mail address."""

from collections.abc import Sequence

from durchwahl.store.tx import Tx


def waiting_through(tx: Tx, api_client: str) -> int:
    """Count the holds through an API client, and its bookings whose mail address is not proved yet."""
    row = tx.row(
        "SELECT count(*) FROM booking"
        " WHERE api_client = ? AND expires > ? AND state IN ('holding', 'held', 'awaiting_email')",
        (api_client, tx.now()),
    )
    return int(row[0]) if row else 0


def young_through(tx: Tx, api_client: str, length: int) -> int:
    """Count the appointments that were made through an API client within `length` milliseconds."""
    row = tx.row(
        "SELECT count(*) FROM booking WHERE api_client = ? AND created > ? AND expires IS NULL"
        " AND state IN ('confirming', 'confirmed', 'rescheduling')",
        (api_client, tx.now() - length),
    )
    return int(row[0]) if row else 0


def to_come(tx: Tx, contacts: Sequence[bytes]) -> int:
    """Count the appointments to come, and what may still become one, of a mail address under each of its names."""
    row = tx.row(
        f"SELECT count(*) FROM booking WHERE contact IN ({', '.join('?' * len(contacts))}) AND starts > ?"  # noqa: S608  # question marks
        " AND state IN ('awaiting_approval', 'confirming', 'confirmed', 'rescheduling', 'unresolved')",
        (*contacts, tx.now()),
    )
    return int(row[0]) if row else 0
