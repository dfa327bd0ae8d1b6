"""The built-in room: two seats, and who is let in.

Every change has a number of its room's own, which rises: whoever has heard of one asks for what came after it. Numbers
come from the room's row, so that they are given in the order of the commits, on every kind of database.
"""

import secrets
from typing import NamedTuple

from durchwahl.errors import Problem
from durchwahl.model.room import Role
from durchwahl.store.tx import Row, Tx

ALIVE = 15_000
"""How long, in milliseconds, a seat is its holder's after he was last heard of."""
ROLES: tuple[Role, Role] = ("citizen", "clerk")
_THIS = "booking = ? AND role = ? AND holder = ? AND entered = ?"


class Talk(NamedTuple):
    """Which talk a room is for: the booking, its placement, and when the room closes, in milliseconds."""

    booking: str
    placement: int
    closes: int


class SeatKey(NamedTuple):
    """What proves that a seat is somebody's. `entered` tells two windows with the same holder apart."""

    booking: str
    role: Role
    holder: str
    entered: int


def take_seat(tx: Tx, talk: Talk, role: Role, holder: str | None) -> SeatKey:
    """Sit down; with the `holder` of before, as after a reload or a lost answer, admission stays.

    A `holder` is a secret that whoever sits down has chosen; without one, he is given one.

    Raises:
        Problem: `room-occupied`; `room-ended`, for citizens.
    """
    _open(tx, talk)
    if role == "citizen" and _is_ended(tx, talk.booking):
        raise Problem("room-ended")
    now, number = tx.now(), step(tx, talk.booking, *ROLES, begins=True)
    mine = holder or secrets.token_urlsafe(16)
    taken = tx.run(
        "INSERT INTO seat (booking, role, holder, entered, seen, admitted) VALUES (?, ?, ?, ?, ?, 0)"
        " ON CONFLICT (booking, role) DO UPDATE SET holder = excluded.holder, entered = excluded.entered,"
        " seen = excluded.seen, admitted = CASE WHEN seat.holder = excluded.holder THEN seat.admitted ELSE 0 END"
        " WHERE seat.holder = excluded.holder OR seat.seen <= ?",
        (talk.booking, role, mine, number, now, now - ALIVE),
    )
    if taken != 1:
        raise Problem("room-occupied")
    _forget_signals(tx, talk.booking)
    return SeatKey(talk.booking, role, mine, number)


def keep_seat(tx: Tx, seat: SeatKey) -> None:
    """Note that the seat's holder is there; whoever was away and is back is news to the other side.

    Raises:
        Problem: `room-ended`, `seat-lost`.
    """
    seen, now = must_sit(tx, seat), tx.now()
    tx.run(f"UPDATE seat SET seen = ? WHERE {_THIS} AND seen > 0", (now, *seat))  # noqa: S608  # our own words
    if seen <= now - ALIVE:
        step(tx, seat.booking, other_than(seat.role))


def must_sit(tx: Tx, seat: SeatKey) -> int:
    """Return when the seat's holder was last heard of; raise as `keep_seat`, and note nothing."""
    row = tx.row(f"SELECT seen FROM seat WHERE {_THIS} AND seen > 0", seat)  # noqa: S608  # our own words
    if row is None:
        raise _lost(tx, seat)
    return int(row[0])


def admit(tx: Tx, seat: SeatKey, guest: int) -> None:
    """Let in the citizen who sits there as `guest`, and nobody who has come instead; raises as `keep_seat`."""
    keep_seat(tx, seat)
    admitted = tx.run(
        "UPDATE seat SET admitted = 1"
        " WHERE booking = ? AND role = 'citizen' AND entered = ? AND seen > 0 AND admitted = 0",
        (seat.booking, guest),
    )
    if admitted:
        step(tx, seat.booking, *ROLES, begins=True)


def end(tx: Tx, seat: SeatKey) -> None:
    """End the talk: the citizen's seat is gone, and cannot be taken until `reopen`; raises as `keep_seat`."""
    keep_seat(tx, seat)
    tx.run("UPDATE room SET ended = 1 WHERE booking = ?", (seat.booking,))
    tx.run("DELETE FROM seat WHERE booking = ? AND role = 'citizen'", (seat.booking,))
    _forget_signals(tx, seat.booking)
    step(tx, seat.booking, *ROLES)


def reopen(tx: Tx, seat: SeatKey) -> None:
    """Let the citizen come into the waiting room again; raises as `keep_seat`."""
    keep_seat(tx, seat)
    tx.run("UPDATE room SET ended = 0 WHERE booking = ?", (seat.booking,))
    step(tx, seat.booking, *ROLES)


def leave(tx: Tx, seat: SeatKey) -> None:
    """Free the seat. Its holder finds it again as it was, unless somebody else was quicker."""
    _vacate(tx, seat, f"UPDATE seat SET seen = 0 WHERE {_THIS} AND seen > 0")  # noqa: S608  # our own words


def lose_seat(tx: Tx, seat: SeatKey) -> None:
    """Take the seat from its holder: who sits down again has to be let in again."""
    _vacate(tx, seat, f"DELETE FROM seat WHERE {_THIS}")  # noqa: S608  # our own words


def any_over(tx: Tx) -> bool:
    """Whether the window of any room is over."""
    return tx.row("SELECT 1 FROM room WHERE closes <= ?", (tx.now(),)) is not None


def forget_over(tx: Tx) -> None:
    """Forget everything of rooms whose window is over."""
    for (booking,) in tx.rows("SELECT booking FROM room WHERE closes <= ?", (tx.now(),)):
        _forget(tx, booking)
        tx.run("DELETE FROM room WHERE booking = ?", (booking,))


def other_than(role: Role) -> Role:
    """Return the other side."""
    return "clerk" if role == "citizen" else "citizen"


def step(tx: Tx, booking: str, *concerned: Role, begins: bool = False) -> int:
    """Number a change that concerns these sides; with `begins`, another connection begins with it."""
    columns = [f"for_{role}" for role in concerned] + ["call"] * begins
    changes = ", ".join(f"{column} = last + 1" for column in ("last", *columns))
    row = tx.row(f"UPDATE room SET {changes} WHERE booking = ? RETURNING last", (booking,))  # noqa: S608  # our own words
    assert row is not None  # noqa: S101  # whoever sits in a room has opened it
    return int(row[0])


def seats_in(tx: Tx, booking: str) -> dict[Role, Row]:
    """Return (entered, seen, admitted) by role; who has left was last seen at 0."""
    rows = tx.rows("SELECT role, entered, seen, admitted FROM seat WHERE booking = ?", (booking,))
    return {role: (entered, seen, admitted) for role, entered, seen, admitted in rows}


def _open(tx: Tx, talk: Talk) -> None:
    """Make sure that the room is there, for this time of the appointment."""
    known = tx.row("SELECT placement FROM room WHERE booking = ?", (talk.booking,))
    if known is not None and known != (talk.placement,):
        _forget(tx, talk.booking)
    tx.run(
        "INSERT INTO room (booking, placement, last, for_citizen, for_clerk, call, ended, closes)"
        " VALUES (?, ?, 0, 0, 0, 0, 0, ?) ON CONFLICT (booking) DO UPDATE SET closes = excluded.closes,"
        " ended = CASE WHEN room.placement = excluded.placement THEN room.ended ELSE 0 END,"
        " placement = excluded.placement",
        talk,
    )


def _is_ended(tx: Tx, booking: str) -> bool:
    return tx.row("SELECT 1 FROM room WHERE booking = ? AND ended = 1", (booking,)) is not None


def _lost(tx: Tx, seat: SeatKey) -> Problem:
    return Problem("room-ended" if seat.role == "citizen" and _is_ended(tx, seat.booking) else "seat-lost")


def _vacate(tx: Tx, seat: SeatKey, how: str) -> None:
    if tx.run(how, seat):
        _forget_signals(tx, seat.booking)
        step(tx, seat.booking, *ROLES)


def _forget(tx: Tx, booking: str) -> None:
    tx.run("DELETE FROM seat WHERE booking = ?", (booking,))
    _forget_signals(tx, booking)


def _forget_signals(tx: Tx, booking: str) -> None:
    tx.run("DELETE FROM signal WHERE booking = ?", (booking,))
