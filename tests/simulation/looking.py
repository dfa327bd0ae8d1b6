"""How things stand in a world at one moment, in every system, as a history has it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from durchwahl.audit.history import Entry, Looked, Standing
from durchwahl.booking.context import milliseconds
from durchwahl.store.doubts import doubts
from durchwahl.store.tx import Row, Tx
from tests.simulation import remotes
from tests.simulation.town import CALENDAR, HOUSE, PLATFORM

if TYPE_CHECKING:
    from tests.simulation.world import World

OVERDUE = 60_000
"""In milliseconds: what became due a moment ago is nothing left undone."""
SCHEDULED = ("expire", "remind", "complete", "resolve", "erase")
"""Kinds of steps that wait for a time; all others are to be done at once, however often they have put it off."""


def looked(world: "World", *, is_quiet: bool) -> list[Looked | Standing | Entry]:
    """Return the lines of a look; staff are asked to look at what nobody else can tell."""
    lines: list[Standing | Entry] = [*world.disk.read(_standings), *_entries(world)]
    reported = tuple(one.name for one in world.disk.read(doubts))
    return [Looked(world.milliseconds(), (CALENDAR, PLATFORM), is_quiet, reported, len(lines)), *lines]


def _entries(world: "World") -> Iterator[Entry]:
    for remote in world.remotes.values():
        for one in remote.entries.values():
            yield _entry(remote, one)
        for lane, interval, since in remote.foreign:
            first, last = milliseconds(interval.start), milliseconds(interval.end)
            yield Entry(remote.key, None, lane, first, last, since=since)


def _entry(remote: remotes.Remote, one: remotes.Entry) -> Entry:
    it = one.appointment
    if it is None:
        return Entry(remote.key, one.name)
    occupied, talk = it.interval, it.talk
    return Entry(
        remote.key, one.name, it.lane.name, milliseconds(occupied.start), milliseconds(occupied.end),
        milliseconds(talk.start), milliseconds(talk.end), it.sequence,
    )  # fmt: skip


def _standings(tx: Tx) -> list[Standing]:
    columns = "id, state, starts, ends, room_name, placement, sequence, personal IS NOT NULL"
    return [_standing(tx, row) for row in tx.rows(f"SELECT {columns} FROM booking")]


def _standing(tx: Tx, row: Row) -> Standing:
    booking, state, starts, ends, room, placement, sequence, has_mail = row
    sql = "SELECT placement, name, source, lane, starts, ends FROM placement WHERE booking = ?"
    places = tx.rows(sql, (booking,))
    found = Standing(
        booking, state, None, None, None, None, starts, ends,
        names=tuple(one[1] for one in places),
        room=room,
        steps=_left_to_do(tx, booking),
        sequence=sequence,
        has_mail=bool(has_mail),
    )  # fmt: skip
    here = next((one for one in places if one[0] == placement), None)
    if here is None:
        return found
    _, _, source, lane, first, last = here
    guards = "journal" if source == HOUSE else "calendar"
    return replace(found, source=source, lane=lane, first=first, last=last, guards=guards)


def _left_to_do(tx: Tx, booking: str) -> tuple[str, ...]:
    rows = tx.rows("SELECT kind, due FROM step WHERE booking = ?", (booking,))
    return tuple(kind for kind, due in rows if kind not in SCHEDULED or due <= tx.now() - OVERDUE)
