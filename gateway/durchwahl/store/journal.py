"""Bookings, and the places that they take in calendars."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from durchwahl.errors import DurchwahlError
from durchwahl.model.states import EDGES, State
from durchwahl.store.tx import Row, Tx


class Superseded(DurchwahlError):
    """The booking moved on while somebody worked on it: what was found out is out of date."""


@dataclass(frozen=True, slots=True)
class Booking:
    """A row of the journal. Times are milliseconds since the epoch; blobs are sealed with the booking's key."""

    id: str
    reference: str
    state: str
    version: int
    offer: str
    channel: str
    services: str
    language: str | None
    lang: str
    zone: str
    starts: int
    ends: int
    wall_start: str
    placement: int
    sequence: int
    guaranteed: int
    key: bytes | None
    personal: bytes | None
    room_name: str | None
    room_ref: bytes | None
    expires: int | None
    extendable_until: int | None
    client: bytes | None
    failure: str | None
    created: int
    updated: int


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


LONGEST_PLACE = 288
"""In units: a day."""

_BOOKING = ", ".join(Booking.__slots__)
_PLACE = ", ".join(Place.__slots__)
_INSERT_BOOKING = f"INSERT INTO booking ({_BOOKING}) VALUES ({', '.join('?' * len(Booking.__slots__))})"  # noqa: S608
_INSERT_PLACE = f"INSERT INTO placement ({_PLACE}) VALUES ({', '.join('?' * len(Place.__slots__))})"  # noqa: S608
_INSERT_UNIT = (
    "INSERT INTO unit_slot (source, lane, unit, booking, placement) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)


def insert_booking(tx: Tx, booking: Booking) -> None:
    """Write a new booking."""
    tx.run(_INSERT_BOOKING, [getattr(booking, name) for name in Booking.__slots__])


def reference_exists(tx: Tx, reference: str) -> bool:
    """Whether a booking has this reference already."""
    return tx.row("SELECT 1 FROM booking WHERE reference = ?", (reference,)) is not None


def booking_by_id(tx: Tx, booking_id: str) -> Booking | None:
    """Return the booking as it stands, None where there is none."""
    row = tx.row(f"SELECT {_BOOKING} FROM booking WHERE id = ?", (booking_id,))  # noqa: S608  # our own column names
    return Booking(*row) if row else None


def advance(tx: Tx, booking: Booking, to: State, **columns: Any) -> Booking:
    """Move the booking by compare-and-swap and return it as it is now.

    Raises:
        Superseded: somebody else moved it first, or there is no such way.
    """
    if to not in EDGES[State(booking.state)]:
        raise Superseded(f"no way from {booking.state} to {to}")
    return _swap(tx, booking, {"state": str(to), **columns})


def amend(tx: Tx, booking: Booking, **columns: Any) -> Booking:
    """Change columns without a change of state, by compare-and-swap.

    Raises:
        Superseded: somebody else moved it first.
    """
    return _swap(tx, booking, columns)


def _swap(tx: Tx, booking: Booking, columns: dict[str, Any]) -> Booking:
    columns = {**columns, "version": booking.version + 1, "updated": tx.now()}
    assignments = ", ".join(f"{name} = ?" for name in columns)
    touched = tx.run(
        f"UPDATE booking SET {assignments} WHERE id = ? AND version = ?",  # noqa: S608  # our own column names
        [*columns.values(), booking.id, booking.version],
    )
    if touched != 1:
        raise Superseded(f"booking {booking.id} is no longer at version {booking.version}")
    values = {name: getattr(booking, name) for name in Booking.__slots__}
    return Booking(**{**values, **columns})


def take_place(tx: Tx, place: Place) -> bool:
    """Take the lane's units for a booking; False, and nothing taken, where one of them is taken already."""
    units = [
        (place.source, place.lane, unit, place.booking, place.placement)
        for unit in range(place.first_unit, place.last_unit)
    ]
    if tx.many(_INSERT_UNIT, units) != len(units):
        # What a placement of this number holds already stays: asking twice must not open its units to others.
        tx.run(
            "DELETE FROM unit_slot WHERE booking = ? AND placement = ? AND NOT EXISTS"
            " (SELECT 1 FROM placement p WHERE p.booking = unit_slot.booking AND p.placement = unit_slot.placement)",
            (place.booking, place.placement),
        )
        return False
    tx.run(_INSERT_PLACE, [getattr(place, name) for name in Place.__slots__])
    return True


def free_place(tx: Tx, booking_id: str, placement: int) -> None:
    """Give a place's units back and forget it; nothing happens where it is gone already."""
    tx.run("DELETE FROM unit_slot WHERE booking = ? AND placement = ?", (booking_id, placement))
    tx.run("DELETE FROM placement WHERE booking = ? AND placement = ?", (booking_id, placement))


def place_of(tx: Tx, booking_id: str, placement: int) -> Place | None:
    """Return a booking's place."""
    sql = f"SELECT {_PLACE} FROM placement WHERE booking = ? AND placement = ?"  # noqa: S608  # our own column names
    row = tx.row(sql, (booking_id, placement))
    return Place(*row) if row else None


def places_of(tx: Tx, booking_id: str) -> list[Place]:
    """Return all of a booking's places, the oldest first."""
    rows = tx.rows(f"SELECT {_PLACE} FROM placement WHERE booking = ? ORDER BY placement", (booking_id,))  # noqa: S608
    return [Place(*row) for row in rows]


def remember_ref(tx: Tx, booking_id: str, placement: int, ref: bytes, etag: str | None) -> None:
    """Keep what the back end left behind, before anything else is done."""
    tx.run(
        "UPDATE placement SET ref = ?, etag = ? WHERE booking = ? AND placement = ?",
        (ref, etag, booking_id, placement),
    )


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


def booking_by_name(tx: Tx, name: str) -> Booking | None:
    """Return the booking that an appointment's or a room's name belongs to."""
    row = tx.row(
        "SELECT id FROM booking WHERE room_name = ? UNION ALL SELECT booking FROM placement WHERE name = ?",
        (name, name),
    )
    return booking_by_id(tx, str(row[0])) if row else None


def live_holds(tx: Tx, client: bytes) -> int:
    """Count a client's holds that have not expired."""
    row = tx.row(
        "SELECT count(*) FROM booking WHERE client = ? AND state IN ('holding', 'held') AND expires > ?",
        (client, tx.now()),
    )
    return int(row[0]) if row else 0
