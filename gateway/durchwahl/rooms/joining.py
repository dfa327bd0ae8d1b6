"""Joining a video talk. Looking at the page changes nothing; joining is a POST, inside the window."""

import re
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, Literal

from durchwahl.booking.access import authentic
from durchwahl.booking.context import Context
from durchwahl.booking.rooming import (
    join_window,
    meeting_of,
    opened_room_ref,
    platform_of,
    remember_room,
    room_name,
    written,
)
from durchwahl.booking.views import View, view_of
from durchwahl.errors import Problem, SourceError
from durchwahl.model.booking import Placed
from durchwahl.model.room import BuiltInRoom, Joined, Redirect, Role, flaw_of
from durchwahl.model.schedule import Interval
from durchwahl.model.states import LIVE, State
from durchwahl.store import places

_ADDRESS = re.compile(r"https?://[\x21-\x7e]+")

Doorstep = Literal["too_early", "ready", "over", "cancelled", "not_booked"]


@dataclass(frozen=True)
class Door:
    """What somebody with a join link may see: when, where, and whether the room is open."""

    view: View
    role: Role
    window: Interval
    stands: Doorstep


class Joining:
    """Answers join links."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def door(self, booking_id: str, token: str) -> Door:
        """Return what the link leads to; raises `not-found` for a link that we did not give."""
        view, role = await self._known(booking_id, token)
        window = join_window(view)
        return Door(view, role, window, self._stands(view, window))

    async def enter(self, booking_id: str, token: str, display_name: str = "") -> Redirect | BuiltInRoom:
        """Return this visitor's way in, made now: the platform's address, or the gateway's own room.

        Raises:
            Problem: `not-found`; `room-closed` outside the window or without an appointment; `source-unavailable`.
        """
        door = await self.door(booking_id, token)
        if door.stands != "ready":
            raise Problem("room-closed")
        found = platform_of(self._context, door.view.booking)
        place = await self._context.store.look(places.place_of, door.view.booking.id, door.view.booking.placement)
        if found is None or place is None:
            raise Problem("source-unavailable", retry_after=60)
        source, platform = found
        name, meeting = room_name(door.view.booking), meeting_of(door.view, place, source)
        ref = opened_room_ref(door.view)
        try:
            joined = await written(
                self._context,
                door.view.booking,
                source,
                lambda: _checked(platform.join(name, meeting, ref, door.role, display_name)),
            )
        except SourceError as error:
            raise Problem("source-unavailable", retry_after=30) from error
        await remember_room(self._context, door.view, joined.placed)
        return joined.how

    async def _known(self, booking_id: str, token: str) -> tuple[View, Role]:
        roles: tuple[Role, ...] = ("citizen", "clerk")
        for role in roles:
            try:
                booking = await self._context.store.look(authentic, booking_id, f"join-{role}", token)
            except Problem:
                continue
            return view_of(self._context, booking), role
        raise Problem("not-found")

    def _stands(self, view: View, window: Interval) -> Doorstep:
        state = State(view.booking.state)
        now = self._context.clock()
        if state in (State.CANCELLING, State.CANCELLED):
            return "cancelled"
        if state not in LIVE | {State.COMPLETED}:
            return "not_booked"
        if now < window.start:
            return "too_early"
        return "over" if now >= window.end else "ready"


async def _checked(joining: Awaitable[Any]) -> Joined:
    """Return what the platform said; raise `TypeError`, as the plugin's own bug, for anything else than a way in."""
    joined: Any = await joining
    how: Any = getattr(joined, "how", None)
    url: Any = getattr(how, "url", None)
    if not isinstance(joined, Joined) or not isinstance(getattr(joined, "placed", None), Placed):
        raise TypeError(f"join() returned a {type(joined).__name__} instead of a Joined")
    if isinstance(how, Redirect) and isinstance(url, str) and _ADDRESS.fullmatch(url):
        return joined
    if isinstance(how, BuiltInRoom) and not any(flaw_of(one) for one in how.ice_servers):
        return joined
    raise TypeError("join() gave no way in that a browser can take")
