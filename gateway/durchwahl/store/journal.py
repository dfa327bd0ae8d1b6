"""Bookings: one row each, which moves from state to state by compare-and-swap."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from durchwahl.errors import DurchwahlError
from durchwahl.model.states import EDGES, OVER, State
from durchwahl.store.rows import insert_all
from durchwahl.store.tx import Tx


class Superseded(DurchwahlError):
    """The booking moved on while somebody worked on it: what was found out is out of date."""


class Booking(NamedTuple):
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
    last_placement: int = 1
    """The highest number that a place of this booking ever had: none is used twice, or a late clearing hits another."""
    phone: str | None = None
    """Who calls whom, as JSON; None for video, and for bookings from before this was kept."""
    room_unsettled: int | None = None
    """When, in milliseconds, the room was last written to without an answer: it may still arrive."""
    api_client: str | None = None
    """The API client through which it was held; None where citizens asked themselves."""
    contact: bytes | None = None
    """What is known of the mail address that its citizen has proved; None where none was."""
    note: bytes | None = None
    """What the office has last said of it to the citizen, sealed."""
    needs_met: int | None = None
    """Whether what the citizen needed in the talk was there: 1 or 0; None where nobody has said."""
    ended: int | None = None
    """Since when it is over, in milliseconds; of an unresolved one, when it would be. None while it is not."""


COLUMNS = ", ".join(Booking._fields)
"""Our own column names, to be written into statements."""
_INTO = f"booking ({COLUMNS})"


def insert_booking(tx: Tx, booking: Booking) -> bool:
    """Write a new booking; False, and nothing written, where another one has its reference."""
    return insert_all(tx, _INTO, [booking], otherwise="ON CONFLICT (reference) DO NOTHING") == 1


def booking_by_id(tx: Tx, booking_id: str) -> Booking | None:
    """Return the booking as it stands, None where there is none."""
    row = tx.row(f"SELECT {COLUMNS} FROM booking WHERE id = ?", (booking_id,))  # noqa: S608  # our own column names
    return Booking(*row) if row else None


def booking_and(tx: Tx, more: str, values: Sequence[Any], booking_id: str) -> tuple[Booking, Any] | None:
    """Return the booking and, from the same moment, what the expression `more` says of it; ours, with its `values`."""
    row = tx.row(f"SELECT {COLUMNS}, {more} FROM booking WHERE id = ?", (*values, booking_id))  # noqa: S608  # see above
    return (Booking(*row[:-1]), row[-1]) if row else None


def booking_by_name(tx: Tx, name: str) -> Booking | None:
    """Return the booking that an appointment's or a room's name belongs to."""
    row = tx.row(
        "SELECT id FROM booking WHERE room_name = ? UNION ALL SELECT booking FROM placement WHERE name = ?",
        (name, name),
    )
    return booking_by_id(tx, str(row[0])) if row else None


def waiting(tx: Tx, client: bytes) -> int:
    """Count what a client keeps from others at no cost: holds, and bookings whose mail address is not proved yet."""
    row = tx.row(
        "SELECT count(*) FROM booking"
        " WHERE client = ? AND state IN ('holding', 'held', 'awaiting_email') AND expires > ?",
        (client, tx.now()),
    )
    return int(row[0]) if row else 0


def unresolved(tx: Tx) -> int:
    """Count the bookings of which nobody knows whether they stand in the department's system."""
    row = tx.row("SELECT count(*) FROM booking WHERE state = 'unresolved'")
    return int(row[0]) if row else 0


def young(tx: Tx, client: bytes, length: int) -> int:
    """Count the appointments that a client has made within `length` milliseconds, and that no mail has proved.

    Requests that wait for a department are among them: they keep their time from others just as well.
    """
    kinds = ("expires IS NULL AND state IN ('confirming', 'confirmed', 'rescheduling')",
             "expires IS NOT NULL AND state = 'awaiting_approval'")  # fmt: skip  # one for each index
    rows = [
        tx.row(
            f"SELECT count(*) FROM booking WHERE client = ? AND created > ? AND {kind}"  # noqa: S608  # our own words
            " AND NOT EXISTS (SELECT 1 FROM link WHERE link.booking = booking.id AND purpose = 'verify')",
            (client, tx.now() - length),
        )
        for kind in kinds
    ]
    return sum(int(row[0]) for row in rows if row)


def advance(tx: Tx, booking: Booking, *way: State, **columns: Any) -> Booking:
    """Move the booking along a way of states by compare-and-swap and return it as it is now.

    Raises:
        Superseded: somebody else moved it first, or there is no such way.
    """
    state = State(booking.state)
    for to in way:
        if to not in EDGES[state]:
            raise Superseded(f"no way from {state} to {to}")
        state = to
    return _swap(tx, booking, {"state": str(state), "ended": _ended(tx, booking, state), **columns})


def amend(tx: Tx, booking: Booking, **columns: Any) -> Booking:
    """Change columns without a change of state, by compare-and-swap.

    Raises:
        Superseded: somebody else moved it first.
    """
    return _swap(tx, booking, columns)


def _ended(tx: Tx, booking: Booking, state: State) -> int | None:
    """Return since when a booking that comes to this state is over; what was withdrawn is over at once."""
    if state == State.UNRESOLVED:
        return booking.ends
    if state not in OVER:
        return None
    if booking.ended is not None and booking.state != State.UNRESOLVED:
        return booking.ended
    return min(tx.now(), booking.ends)


def _swap(tx: Tx, booking: Booking, columns: dict[str, Any]) -> Booking:
    columns = {**columns, "version": booking.version + 1, "updated": tx.now()}
    assignments = ", ".join(f"{name} = ?" for name in columns)
    touched = tx.run(
        f"UPDATE booking SET {assignments} WHERE id = ? AND version = ?",  # noqa: S608  # our own column names
        [*columns.values(), booking.id, booking.version],
    )
    if touched != 1:
        raise Superseded(f"booking {booking.id} is no longer at version {booking.version}")
    return booking._replace(**columns)
