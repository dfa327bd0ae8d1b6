"""Does what is due in the outbox, for as long as the gateway runs."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from functools import partial

from durchwahl.booking.context import Context
from durchwahl.booking.steps import Steps
from durchwahl.store import idempotency, steps
from durchwahl.store.steps import Step
from durchwahl.store.tx import StoreUnavailable, Tx

AT_ONCE = {steps.JOURNAL: 32, steps.CALENDARS: 32, steps.ROOMS: 16, steps.MAILS: 32, steps.DUTIES: 2}
"""How many steps of each pool are done side by side; one that is full keeps no other waiting."""
LONGEST_SLEEP = 1.0
HOUSEKEEPING = 600.0

logger = logging.getLogger("durchwahl.booking")


class Worker:
    """One loop that claims due steps and does them side by side."""

    def __init__(self, context: Context, work: Steps) -> None:
        self._context = context
        self._work = work
        self._tasks: set[asyncio.Task[None]] = set()
        self._busy = dict.fromkeys(AT_ONCE, 0)

    async def run(self) -> None:
        """Work until cancelled; a store that is gone is waited for."""
        loop = asyncio.get_running_loop()
        next_cleaning = loop.time()
        has_begun = False
        while True:
            try:
                if not has_begun:
                    await self._work.duty.begin()
                    has_begun = True
                if loop.time() >= next_cleaning:
                    await self._context.store.write(idempotency.drop_expired)
                    next_cleaning = loop.time() + HOUSEKEEPING
                await self._claim()
                await self._sleep()
            except StoreUnavailable as error:
                logger.error("the store is unavailable: %s", error)  # noqa: TRY400  # its traceback says nothing more
                await asyncio.sleep(LONGEST_SLEEP)

    async def drain(self) -> None:
        """Wait for what was begun; for the end of the gateway."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def _claim(self) -> None:
        self._context.wake.clear()
        room = self._room()
        if not await self._context.store.look(_is_due, room):
            return
        for step in await self._context.store.write(_claim, room):
            task = asyncio.create_task(self._work.run_logged(step))
            self._tasks.add(task)
            pool = steps.pool_of(step.kind)
            self._busy[pool] += 1
            task.add_done_callback(partial(self._done, pool))

    def _room(self) -> dict[int, int]:
        return {pool: most - self._busy[pool] for pool, most in AT_ONCE.items() if self._busy[pool] < most}

    def _done(self, pool: int, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self._busy[pool] >= AT_ONCE[pool]:
            self._context.wake.set()  # something may have waited for room
        self._busy[pool] -= 1

    async def _sleep(self) -> None:
        room = self._room()
        left = await self._context.store.look(steps.due_in, *room) if room else None
        wait = LONGEST_SLEEP if left is None else min(LONGEST_SLEEP, left / 1000)
        # Not `wait_for`: in Python 3.11 it swallows a cancellation that comes together with the event.
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await self._context.wake.wait()


def _claim(tx: Tx, room: Mapping[int, int]) -> list[Step]:
    return [step for pool, limit in room.items() for step in steps.claim_due(tx, limit, pool)]


def _is_due(tx: Tx, room: Mapping[int, int]) -> bool:
    return bool(room) and steps.due_in(tx, *room) == 0
