"""The places that bookings take in calendars: what makes a time one booking's and nobody else's."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from durchwahl.store.rows import insert_all
from durchwahl.store.tx import Row, Tx


@dataclass(frozen=True, slots=True)
class Place:
    """Where a booking stands in a calendar: units of 5 minutes since the epoch, the last one not included.

    `name` is the deterministic name of the appointment there; kept, because the key that made it may be rotated out.
    """

    booking: str
    placement: int
    name: str
    source: str
    lane: str
    first_unit: int
    last_unit: int
    starts: int
    ends: int
    ref: bytes | None = None
    etag: str | None = None
    unsettled: int | None = None
    """When, in milliseconds, the last write began of which nobody has heard the end: it may still arrive."""


LONGEST_PLACE = 288
"""In units: a day."""

_COLUMNS = ", ".join(Place.__slots__)
_INTO = f"placement ({_COLUMNS})"
_VALUES = attrgetter(*Place.__slots__)
_INTO_UNITS = "unit_slot (source, lane, unit, booking, placement)"
_ITS_UNITS = "source = ? AND lane = ? AND unit >= ? AND unit < ? AND booking = ? AND placement = ?"
_KNOWN = "EXISTS (SELECT 1 FROM placement p WHERE p.booking = unit_slot.booking AND p.placement = unit_slot.placement)"


def take_place(tx: Tx, place: Place) -> bool:
    """Take the lane's units for a booking; False, and nothing taken, where one of them is taken already."""
    if not _take_units(tx, place):
        return False
    insert_all(tx, _INTO, [_VALUES(place)])
    return True


def free_place(tx: Tx, booking_id: str, placement: int) -> None:
    """Give a place's units back and forget it; nothing happens where it is gone already."""
    place = place_of(tx, booking_id, placement)
    if place is not None:
        tx.run(f"DELETE FROM unit_slot WHERE {_ITS_UNITS}", _units(place))  # noqa: S608  # our own words
        tx.run("DELETE FROM placement WHERE booking = ? AND placement = ?", (booking_id, placement))


def shift_place(tx: Tx, place: Place, to: Place) -> bool:
    """Let a place be where somebody else has moved it; False, and nothing changed, where that is another's."""
    tx.run(f"DELETE FROM unit_slot WHERE {_ITS_UNITS}", _units(place))  # noqa: S608  # our own words
    if not _take_units(tx, to):
        _take_units(tx, place)
        return False
    tx.run(
        "UPDATE placement SET lane = ?, first_unit = ?, last_unit = ?, starts = ?, ends = ?"
        " WHERE booking = ? AND placement = ?",
        (to.lane, to.first_unit, to.last_unit, to.starts, to.ends, to.booking, to.placement),
    )
    return True


def block(tx: Tx, place: Place) -> None:
    """Keep a lane's units from everybody, as far as they are nobody's, until `unblock` is called with the name."""
    insert_all(tx, _INTO_UNITS, _unit_rows(place), otherwise="ON CONFLICT DO NOTHING")


def unblock(tx: Tx, name: str) -> None:
    """Give back what was blocked under a name."""
    tx.run("DELETE FROM unit_slot WHERE booking = ? AND placement = 0", (name,))


def place_of(tx: Tx, booking_id: str, placement: int) -> Place | None:
    """Return a booking's place."""
    sql = f"SELECT {_COLUMNS} FROM placement WHERE booking = ? AND placement = ?"  # noqa: S608  # our own column names
    row = tx.row(sql, (booking_id, placement))
    return Place(*row) if row else None


def places_of(tx: Tx, booking_id: str) -> list[Place]:
    """Return all of a booking's places, the oldest first."""
    rows = tx.rows(f"SELECT {_COLUMNS} FROM placement WHERE booking = ? ORDER BY placement", (booking_id,))  # noqa: S608
    return [Place(*row) for row in rows]


def remember_ref(tx: Tx, booking_id: str, placement: int, ref: bytes | None, etag: str | None) -> bool:
    """Keep what the back end left behind, before anything else is done; False where the place is gone already."""
    touched = tx.run(
        "UPDATE placement SET ref = ?, etag = ? WHERE booking = ? AND placement = ?",
        (ref, etag, booking_id, placement),
    )
    return touched == 1


def unsettle(tx: Tx, place: Place, now: int) -> bool:
    """Note that a write of unknown outcome is under way; False where the place is gone already."""
    sql = "UPDATE placement SET unsettled = ? WHERE booking = ? AND placement = ?"
    return tx.run(sql, (now, place.booking, place.placement)) == 1


def settle(tx: Tx, place: Place, noted: int, before: int | None) -> None:
    """Take back what `unsettle` noted at `noted`: the end is known, and what was unknown `before` still is."""
    tx.run(
        "UPDATE placement SET unsettled = ? WHERE booking = ? AND placement = ? AND unsettled = ?",
        (before, place.booking, place.placement, noted),
    )


def forget_refs(tx: Tx, booking_id: str) -> None:
    """Forget what the back ends left behind for a booking; where its places are stays known."""
    tx.run("UPDATE placement SET ref = NULL, etag = NULL WHERE booking = ?", (booking_id,))


def restore_place(tx: Tx, place: Place) -> None:
    """Write a place that was freed too early again, without its units: something of ours may still stand there."""
    insert_all(tx, _INTO, [_VALUES(place)], otherwise="ON CONFLICT DO NOTHING")


def occupied(tx: Tx, sources: Sequence[str], first_unit: int, last_unit: int) -> list[Row]:
    """Return (source, lane, first unit, last unit) of all places of these sources that touch the window.

    No place is longer than a day, so a range of the index is enough.
    """
    found: list[Row] = []
    for source in sources:
        found.extend(
            tx.rows(
                "SELECT source, lane, first_unit, last_unit FROM placement"
                " WHERE source = ? AND first_unit >= ? AND first_unit < ? AND last_unit > ?",
                (source, first_unit - LONGEST_PLACE, last_unit, first_unit),
            )
        )
    return found


def _take_units(tx: Tx, place: Place) -> bool:
    rows = _unit_rows(place)
    if insert_all(tx, _INTO_UNITS, rows, otherwise="ON CONFLICT DO NOTHING") == len(rows):
        return True
    # What a placement of this number holds already stays: asking twice must not open its units to others.
    tx.run(f"DELETE FROM unit_slot WHERE {_ITS_UNITS} AND NOT {_KNOWN}", _units(place))  # noqa: S608  # our own words
    return False


def _unit_rows(place: Place) -> list[tuple[str | int, ...]]:
    units = range(place.first_unit, place.last_unit)
    return [(place.source, place.lane, unit, place.booking, place.placement) for unit in units]


def _units(place: Place) -> tuple[str | int, ...]:
    return (place.source, place.lane, place.first_unit, place.last_unit, place.booking, place.placement)
