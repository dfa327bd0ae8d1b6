"""What the reconciler asks of the journal."""

from collections.abc import Sequence

from durchwahl.store.journal import Booking
from durchwahl.store.places import Place
from durchwahl.store.tx import Tx

_WRITING = "'confirm', 'undo', 'move', 'clear', 'refresh', 'stray', 'withdraw', 'resolve'"
_BOOKING = ", ".join(f"b.{name}" for name in Booking._fields)
_PLACE = ", ".join(f"p.{name}" for name in Place.__slots__)


def standing_in(tx: Tx, source: str) -> list[tuple[Booking, Place]]:
    """Return the confirmed appointments of a calendar that are not over, each with its place."""
    rows = tx.rows(
        f"SELECT {_BOOKING}, {_PLACE} FROM placement p JOIN booking b"  # noqa: S608  # our own column names
        " ON b.id = p.booking AND b.placement = p.placement"
        " WHERE p.source = ? AND p.ends > ? AND b.state = 'confirmed' ORDER BY p.starts",
        (source, tx.now()),
    )
    width = len(Booking._fields)
    return [(Booking(*row[:width]), Place(*row[width:])) for row in rows]


def placed_as(tx: Tx, names: Sequence[str]) -> dict[str, tuple[str, int]]:
    """Return booking and placement of those names that still have a place."""
    found = {}
    for name in names:
        row = tx.row("SELECT booking, placement FROM placement WHERE name = ?", (name,))
        if row is not None:
            found[name] = (str(row[0]), int(row[1]))
    return found


def all_placements(tx: Tx) -> list[tuple[str, int]]:
    """Return each booking's id with the highest number that a place of it ever had."""
    return [(str(row[0]), int(row[1])) for row in tx.rows("SELECT id, last_placement FROM booking")]


def underway(tx: Tx, source: str) -> set[str]:
    """Return the bookings for which something is still to be written into a calendar, or may still arrive there."""
    rows = tx.rows(
        f"SELECT booking FROM step WHERE kind IN ({_WRITING})"  # noqa: S608  # our own words
        " UNION SELECT booking FROM placement WHERE source = ? AND unsettled > ?"
        " UNION SELECT id FROM booking WHERE state IN ('confirming', 'rescheduling', 'cancelling', 'undoing',"
        " 'unresolved')",
        (source, tx.now() - 60_000),
    )
    return {str(row[0]) for row in rows}
