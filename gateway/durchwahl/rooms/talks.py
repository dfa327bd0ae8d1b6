"""The built-in room: who sits in it, who is let in, and what passes between them. Every call proves its link anew."""

import json
import re
from asyncio import sleep
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar

from pydantic_core import to_json

from durchwahl.booking.context import Context, milliseconds
from durchwahl.errors import Problem
from durchwahl.model.room import BuiltInRoom, IceServer, Role
from durchwahl.rooms.allowance import Allowance
from durchwahl.rooms.holding import Holding, moderate, side_of
from durchwahl.rooms.joining import Door, Joining
from durchwahl.rooms.shapes import plain_of, read_signal
from durchwahl.rooms.signalling import Heard, Signalling, Since, StoreSignalling
from durchwahl.store import rooms, signals
from durchwahl.store.rooms import SeatKey, Talk
from durchwahl.store.signals import Standing
from durchwahl.store.tx import Tx

P = ParamSpec("P")
T = TypeVar("T")

PATIENCE = 10.0
"""Seconds that a question for news waits: shorter than a seat lives without being heard of."""
SWEEP = 30.0
_SEAT = re.compile(r"([A-Za-z0-9_-]{22})\.(\d{1,15})")


@dataclass(frozen=True)
class Told:
    """What one side is told: how the room stands, and the opened signals in their order."""

    standing: Standing
    signals: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Seated:
    """What somebody gets who sits down; `seat` proves on each further call that it is he."""

    seat: str
    ice_servers: tuple[IceServer, ...]
    told: Told


@dataclass(frozen=True)
class Link:
    """What a call comes with: the booking's id, the link's token, and the seat.

    A seat is what its holder has chosen, a dot, and 0 or the number that the gateway has given it.
    """

    booking_id: str
    token: str
    seat: str = ""


class Talks:
    """Answers the room's script.

    Each method raises `Problem`: `not-found`, `room-closed`, `room-ended`, `seat-lost`, and what it names itself.
    """

    def __init__(self, context: Context, signalling: Signalling | None = None) -> None:
        self._context = context
        self._joining = Joining(context)
        self._signalling = signalling or StoreSignalling(context.store)
        self._holding = Holding(context.store)
        self._may_sit = Allowance(a_second=1, burst=5)  # each time, the other side's browser connects anew
        self._may_ask = Allowance(a_second=40, burst=200)
        self._may_speak = Allowance(a_second=12, burst=60, debt=30)

    async def sit(self, link: Link) -> Seated:
        """Sit down, or sit down again; raises `room-occupied`, `source-unavailable`, `too-many-signals`."""
        door = await self._open_door(link)
        moderate(self._may_sit, (door.view.booking.id, door.role))
        way = await self._joining.enter(link.booking_id, link.token)
        if not isinstance(way, BuiltInRoom):
            raise Problem("not-found")
        chosen = _SEAT.fullmatch(link.seat)
        seat = await self._changed(rooms.take_seat, _talk(door), door.role, chosen[1] if chosen else None)
        heard = await self._context.store.look(signals.heard, seat, 0)
        return Seated(f"{seat.holder}.{seat.entered}", way.ice_servers, self._told(door, heard))

    async def listen(self, link: Link, after: int) -> Told:
        """Return what is new since the change `after`, and wait for it a while.

        A booking that is cancelled meanwhile closes the room; so does the end of the window.
        """
        door, seat = await self._seated(link)
        await self._holding.must(seat)
        moderate(self._may_ask, side_of(seat))
        left = (door.window.end - self._context.clock()).total_seconds()
        since = Since(after, door.view.booking.version)
        heard = await self._signalling.subscribe(seat, since, min(PATIENCE, left))
        return self._told(await self._open_door(link), heard)

    async def send(self, link: Link, raw: bytes) -> bool:
        """Pass a signal on; False where the other side may not or need not hear it.

        Who sends what is no signal loses the seat, and so does who goes on although there were too many:
        `body-too-large`, `invalid-body`, `too-many-signals`. A seat that is not the sender's is not touched.
        """
        door, seat = await self._seated(link)
        try:
            sent = read_signal(raw)
        except Problem:
            if await self._holding.holds(seat):
                await self._changed(rooms.lose_seat, seat)
            raise
        await self._holding.must(seat)
        if not self._may_speak.takes(side_of(seat)):
            if self._may_speak.is_overdrawn(side_of(seat)):
                await self._changed(rooms.lose_seat, seat)
            raise Problem("too-many-signals", retry_after=1)
        body = door.view.key.seal(to_json(plain_of(sent)), "signal")
        return await self._signalling.publish(seat, sent.call, body)

    async def admit(self, link: Link, guest: int) -> Told:
        """Let the waiting citizen in."""
        return await self._as_clerk(link, rooms.admit, guest)

    async def end(self, link: Link) -> Told:
        """End the talk."""
        return await self._as_clerk(link, rooms.end)

    async def reopen(self, link: Link) -> Told:
        """Let the citizen come again."""
        return await self._as_clerk(link, rooms.reopen)

    async def leave(self, link: Link) -> None:
        """Free the seat, at any time: also when the room is closed already."""
        door = await self._joining.door(link.booking_id, link.token)
        seat = _key(door, link)
        if await self._holding.holds(seat):
            await self._changed(rooms.leave, seat)

    async def sweep(self) -> None:
        """Forget, until cancelled, everything of rooms whose window is over."""
        while True:
            if await self._context.store.look(rooms.any_over):
                await self._context.store.write(rooms.forget_over)
            await sleep(SWEEP)

    def close(self) -> None:
        """Let nobody wait any more, because the gateway stops."""
        self._signalling.close()

    async def _as_clerk(self, link: Link, operation: Callable[Concatenate[Tx, SeatKey, P], None], *args: P.args,
                        **kwargs: P.kwargs) -> Told:  # fmt: skip
        door, seat = await self._seated(link)
        if door.role != "clerk":
            raise Problem("not-found")
        await self._holding.must(seat)
        moderate(self._may_ask, side_of(seat))
        await self._changed(operation, seat, *args, **kwargs)
        return Told((await self._context.store.look(signals.heard, seat, 0)).standing)

    async def _changed(self, operation: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Change something in a room, and tell whoever waits for news of it."""
        result = await self._context.store.write(operation, *args, **kwargs)
        about: Any = args[0]
        self._signalling.stir(about.booking)
        return result

    async def _seated(self, link: Link) -> tuple[Door, SeatKey]:
        door = await self._open_door(link)
        return door, _key(door, link)

    async def _open_door(self, link: Link) -> Door:
        door = await self._joining.door(link.booking_id, link.token)
        if door.stands != "ready":
            raise Problem("room-closed")
        return door

    def _told(self, door: Door, heard: Heard) -> Told:
        opened = (json.loads(door.view.key.unseal(body, "signal")) for body in heard.signals)
        return Told(heard.standing, tuple(opened))


def _talk(door: Door) -> Talk:
    booking = door.view.booking
    return Talk(booking.id, booking.placement, milliseconds(door.window.end))


def _key(door: Door, link: Link) -> SeatKey:
    given = _SEAT.fullmatch(link.seat)
    role: Role = door.role
    if given is None:
        raise Problem("seat-lost")
    return SeatKey(door.view.booking.id, role, given[1], int(given[2]))
