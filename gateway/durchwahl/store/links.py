"""Which link tokens are good: their digests, never the tokens."""

from collections.abc import Mapping

from durchwahl.store.journal import Booking, booking_and
from durchwahl.store.rows import insert_all
from durchwahl.store.tx import Tx


def put_links(tx: Tx, booking: str, issue: int, digests: Mapping[str, bytes]) -> None:
    """Make this issue the only good one of each purpose; `digests` are by purpose."""
    insert_all(
        tx,
        "link (booking, purpose, issue, digest)",
        [(booking, purpose, issue, digest) for purpose, digest in digests.items()],
        otherwise="ON CONFLICT (booking, purpose) DO UPDATE SET issue = excluded.issue, digest = excluded.digest",
    )


def linked(tx: Tx, booking: str, purpose: str) -> tuple[Booking, bytes] | None:
    """Return the booking with the digest of its link, None where there is no such booking or no such link."""
    digest = "(SELECT digest FROM link WHERE link.booking = booking.id AND purpose = ?)"
    found = booking_and(tx, digest, (purpose,), booking)
    return None if found is None or found[1] is None else (found[0], bytes(found[1]))


def link(tx: Tx, booking: str, purpose: str) -> tuple[int, bytes] | None:
    """Return issue and digest."""
    row = tx.row("SELECT issue, digest FROM link WHERE booking = ? AND purpose = ?", (booking, purpose))
    return (int(row[0]), bytes(row[1])) if row else None


def drop_link(tx: Tx, booking: str, purpose: str) -> None:
    """Make every token of this purpose worthless."""
    tx.run("DELETE FROM link WHERE booking = ? AND purpose = ?", (booking, purpose))


def drop_links(tx: Tx, booking: str) -> None:
    """Make every token of a booking worthless."""
    tx.run("DELETE FROM link WHERE booking = ?", (booking,))
