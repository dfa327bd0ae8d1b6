"""How long what is personal is kept: the sweep that ends it by today's configuration.

There is no step of the outbox for it: its due time would be that of yesterday's configuration, and whoever restores a
backup or updates would need the sweep all the same.
"""

import asyncio
import logging
from datetime import date, timedelta

from durchwahl.booking.context import Context, in_ms
from durchwahl.booking.transitions.retain import RETAINED, end_retaining, overdue
from durchwahl.model.states import State
from durchwahl.store import kept
from durchwahl.store.journal import Booking, Superseded
from durchwahl.store.kept import Run
from durchwahl.store.tx import StoreUnavailable

PAUSE = 60.0
"""Seconds between two looks. After an erasing a small journal's files hold nothing of it for longer than this."""
SMALL = 16 << 20
"""A journal of up to so many bytes is written anew in a sixth of a second. A larger one waits for the night."""
NIGHT = 3
"""The hour, by the city's clocks, in which a large journal is written anew, once: requests wait for it."""
BATCH = 50
"""How many bookings are erased in one transaction: requests wait for no more."""
NEVER_BOOKED = timedelta(days=1)
"""How long what was typed is kept where it became no booking: for as long as requests may be repeated."""
_NEVER_BOOKED = frozenset({State.FAILED, State.EXPIRED, State.RELEASED, State.REFUSED})

logger = logging.getLogger("durchwahl.booking")


class Retention:
    """Looks through what is over, in batches, and erases what is due."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._night: date | None = None
        self._must_clean = True  # whoever was here before may have been killed between erasing and cleaning

    async def run(self) -> None:
        """Sweep until cancelled; a store that is gone is waited for."""
        while True:
            try:
                await self.sweep()
            except StoreUnavailable as error:
                logger.error("nothing is erased while the store is unavailable: %s", error)  # noqa: TRY400  # see there
            await asyncio.sleep(PAUSE)

    async def sweep(self) -> int:
        """Erase what is due, or see to it, and return how many bookings that were; then clean the journal's files."""
        found = 0
        for run in await self._context.store.read(kept.runs):
            if run.state in RETAINED:
                found += await self._end(run, in_ms(self.length_of(run)))
        self._must_clean |= found > 0 or self._context.has_erased
        if self._must_clean:
            self._context.has_erased = False
            await self._clean()
        if found:
            logger.info("the time to keep %d bookings is over", found)
            self._context.wake.set()
        return found

    def length_of(self, run: Run) -> timedelta:
        """Return for how long bookings of an offer table and state are kept; a talk that runs over keeps its room."""
        settings = self._context.settings
        length = settings.retention_of(run.offer.split("/")[0])
        if run.state in _NEVER_BOOKED:
            return min(length, NEVER_BOOKED)
        offer = settings.offers.get(run.offer)
        return max(length, offer.table.join_late) if offer is not None else length

    async def _clean(self) -> None:
        now = self._context.clock().astimezone(self._context.settings.zone)
        is_time = now.hour == NIGHT and now.date() != self._night
        self._must_clean = not await self._context.store.leave_no_traces(largest=None if is_time else SMALL)
        if is_time and not self._must_clean:
            self._night = now.date()

    async def _end(self, run: Run, length: int) -> int:
        found = 0
        while due := await self._context.store.read(overdue, run, length, BATCH):
            ended = await asyncio.gather(*map(self._end_one, due))
            found += sum(ended)
            if not all(ended) or len(due) < BATCH:
                break
        return found

    async def _end_one(self, booking: Booking) -> bool:
        """End one; False where it has moved on: it is looked at again next time."""
        try:
            await self._context.store.write(end_retaining, booking)
        except Superseded:
            return False
        return True
