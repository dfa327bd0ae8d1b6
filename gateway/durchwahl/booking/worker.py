"""Does what is due in the outbox, for as long as the gateway runs."""

import asyncio
import logging
from contextlib import suppress

from durchwahl.booking.context import Context, milliseconds
from durchwahl.booking.steps import Steps
from durchwahl.store import idempotency, steps
from durchwahl.store.tx import StoreUnavailable, Tx

AT_ONCE = 32
LONGEST_SLEEP = 1.0
HOUSEKEEPING = 600.0

logger = logging.getLogger("durchwahl.booking")


class Worker:
    """One loop that claims due steps and does them side by side."""

    def __init__(self, context: Context, work: Steps) -> None:
        self._context = context
        self._work = work
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Work until cancelled; a store that is gone is waited for."""
        loop = asyncio.get_running_loop()
        next_cleaning = loop.time()
        while True:
            try:
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
        room = AT_ONCE - len(self._tasks)
        if room <= 0:
            await asyncio.wait(set(self._tasks), return_when=asyncio.FIRST_COMPLETED)
            return
        self._context.wake.clear()
        if not await self._context.store.look(_is_due):
            return
        for step in await self._context.store.write(steps.claim_due, room):
            task = asyncio.create_task(self._work.run_logged(step))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _sleep(self) -> None:
        due = await self._context.store.look(steps.next_due)
        wait = LONGEST_SLEEP
        if due is not None:
            wait = min(LONGEST_SLEEP, max(0.0, (due - milliseconds(self._context.clock())) / 1000))
        # Not `wait_for`: in Python 3.11 it swallows a cancellation that comes together with the event.
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await self._context.wake.wait()


def _is_due(tx: Tx) -> bool:
    due = steps.next_due(tx)
    return due is not None and due <= tx.now()
