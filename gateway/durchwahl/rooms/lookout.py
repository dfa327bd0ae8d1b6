"""Who waits for news of a room, and how they are woken: at once by this process, soon by what another one has written.

One look at the store serves all waiters, and only while there are any.
"""

import asyncio
import logging
from dataclasses import dataclass, field

from durchwahl.model.room import Role
from durchwahl.store import signals
from durchwahl.store.rooms import SeatKey
from durchwahl.store.tx import Store, StoreUnavailable

PAUSE = 0.2
"""Seconds between two looks."""

logger = logging.getLogger("durchwahl.rooms")


@dataclass(frozen=True)
class Since:
    """What a waiter knows already: the room's last change, and the version of the booking."""

    change: int
    version: int


@dataclass(eq=False)
class _Waiter:
    since: Since
    woken: asyncio.Event = field(default_factory=asyncio.Event)


class Lookout:
    """Keeps one waiter for each side of each room."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiters: dict[tuple[str, Role], _Waiter] = {}
        self._looking: asyncio.Task[None] | None = None
        self._is_closed = False

    async def wait(self, seat: SeatKey, since: Since, patience: float) -> None:
        """Return when something may have changed for the seat, or after `patience` seconds.

        Whoever waited for the same side before returns at once: a link must not keep more than one request waiting.
        """
        if self._is_closed:
            return
        waiter, side = _Waiter(since), (seat.booking, seat.role)
        if (earlier := self._waiters.get(side)) is not None:
            earlier.woken.set()
        self._waiters[side] = waiter
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look(), name="lookout")
        try:
            async with asyncio.timeout(patience):
                await waiter.woken.wait()
        except TimeoutError:
            return
        finally:
            if self._waiters.get(side) is waiter:
                del self._waiters[side]

    def wake(self, room: str) -> None:
        """Wake both sides of a room."""
        for role in ("citizen", "clerk"):
            if (waiter := self._waiters.get((room, role))) is not None:
                waiter.woken.set()

    def close(self) -> None:
        """Let nobody wait any more."""
        self._is_closed = True
        for waiter in self._waiters.values():
            waiter.woken.set()
        if self._looking is not None:
            self._looking.cancel()

    async def _look(self) -> None:
        await asyncio.sleep(PAUSE)
        while self._waiters:
            try:
                await self._look_once()
            except StoreUnavailable as error:
                logger.warning("rooms cannot be looked at: %s", error)
            await asyncio.sleep(PAUSE)

    async def _look_once(self) -> None:
        rooms = sorted({room for room, _ in self._waiters})
        found = {room: rest for room, *rest in await self._store.look(signals.news, rooms)}
        for (room, role), waiter in self._waiters.items():
            for_citizen, for_clerk, version = found.get(room, (0, 0, None))
            change = for_citizen if role == "citizen" else for_clerk
            if change > waiter.since.change or version != waiter.since.version:
                waiter.woken.set()
