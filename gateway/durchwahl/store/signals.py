"""What one side of a room says, until the other has heard it; bodies are sealed with the booking's key."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from durchwahl.store.rooms import ALIVE, ROLES, SeatKey, keep_seat, must_sit, other_than, seats_in, step
from durchwahl.store.tx import Row, Tx

LONGEST_QUEUE = 200
"""How many signals may wait for a side that does not fetch them; what is more is not kept. A connection begins with
none: whoever enters or is let in finds nothing of the one before."""
_AT_ONCE = 500

Presence = Literal["none", "away", "here"]


class Standing(NamedTuple):
    """A room as one side sees it.

    `number` is of the last change; `call` is of the one with which the present connection began: who enters or is let
    in begins another. `admitted` is the citizen's, `guest` is what a clerk names to let this citizen in and no other.
    """

    number: int
    call: int
    is_ended: bool
    is_admitted: bool
    other: Presence
    guest: int | None


class Heard(NamedTuple):
    """What a side is told: how the room stands, and the sealed signals that it has not confirmed yet."""

    standing: Standing
    signals: tuple[bytes, ...]
    is_news: bool


def hear(tx: Tx, seat: SeatKey, after: int) -> Heard:
    """Forget what the side has heard up to `after`, and return what it has not; raises as `keep_seat`."""
    keep_seat(tx, seat)
    tx.run("DELETE FROM signal WHERE booking = ? AND role = ? AND number <= ?", (seat.booking, seat.role, after))
    return heard(tx, seat, after)


def heard(tx: Tx, seat: SeatKey, after: int) -> Heard:
    """Return what the side is told now; raises as `keep_seat`."""
    must_sit(tx, seat)
    room = tx.row(f"SELECT last, call, ended, for_{seat.role} FROM room WHERE booking = ?", (seat.booking,))  # noqa: S608
    last, call, ended, concerned = room or (0, 0, 0, 0)
    seats = seats_in(tx, seat.booking)
    citizen, other = seats.get("citizen"), seats.get(other_than(seat.role))
    standing = Standing(
        last,
        call,
        bool(ended),
        citizen is not None and bool(citizen[2]),
        "none" if other is None or not other[1] else "away" if other[1] <= tx.now() - ALIVE else "here",
        citizen[0] if citizen and citizen[1] and seat.role == "clerk" else None,
    )
    rows = tx.rows(
        "SELECT body FROM signal WHERE booking = ? AND role = ? AND number > ? ORDER BY number",
        (seat.booking, seat.role, after),
    )
    return Heard(standing, tuple(bytes(row[0]) for row in rows), concerned > after)


def say(tx: Tx, seat: SeatKey, call: int, body: bytes) -> bool:
    """Keep a signal for the other side; raises as `keep_seat`.

    False where the other side is not let in, has left or fetches nothing, or the connection is another by now: none of
    it is the sender's fault.
    """
    keep_seat(tx, seat)
    other, seats = other_than(seat.role), seats_in(tx, seat.booking)
    stands = tx.row("SELECT call FROM room WHERE booking = ? AND ended = 0", (seat.booking,))
    if stands != (call,) or len(seats) != len(ROLES) or not seats[other][1] or not seats["citizen"][2]:
        return False
    waiting = tx.row("SELECT count(*) FROM signal WHERE booking = ? AND role = ?", (seat.booking, other))
    if waiting is not None and waiting[0] >= LONGEST_QUEUE:
        return False
    number = step(tx, seat.booking, other)
    tx.run("INSERT INTO signal (booking, number, role, body) VALUES (?, ?, ?, ?)", (seat.booking, number, other, body))
    return True


def news(tx: Tx, rooms: Sequence[str]) -> list[Row]:
    """Return (booking, last change for the citizen, last change for the clerk, the booking's version) of rooms."""
    found: list[Row] = []
    for first in range(0, len(rooms), _AT_ONCE):
        some = rooms[first : first + _AT_ONCE]
        marks = ", ".join("?" * len(some))
        sql = "SELECT room.booking, for_citizen, for_clerk, version FROM room JOIN booking ON id = room.booking"
        found.extend(tx.rows(f"{sql} WHERE room.booking IN ({marks})", some))
    return found
