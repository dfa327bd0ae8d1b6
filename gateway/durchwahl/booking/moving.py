"""The steps of moving a booking: the new place first, the old one cleared only when the new one stands."""

import logging

from durchwahl.booking.confirming import is_too_long
from durchwahl.booking.context import Context, instant
from durchwahl.booking.in_calendars import InCalendars, Unclear
from durchwahl.booking.transitions import change, late
from durchwahl.booking.views import view_of
from durchwahl.errors import Invalid, OutcomeUnknown, Refused, Rejected, Unavailable
from durchwahl.model.states import LIVE, State
from durchwahl.store import steps
from durchwahl.store.journal import Booking
from durchwahl.store.places import Place
from durchwahl.store.steps import Step
from durchwahl.store.tx import Tx

WRITES = ("confirm", "move", "refresh")
"""Kinds of steps that write appointments: whoever removes one waits until none of them is being done."""

logger = logging.getLogger("durchwahl.booking")


class Moving:
    """Moves a booking in its calendar; the citizen has an appointment at every moment."""

    def __init__(self, context: Context, calendars: InCalendars) -> None:
        self._context = context
        self._calendars = calendars

    async def move(self, step: Step, booking: Booking) -> None:
        """Write the new place; where that fails for good, the old time stays."""
        if booking.state != State.RESCHEDULING:
            await self._context.store.write(_give_up, step, booking)
            return
        try:
            stands = await self._stands(step, booking)
        except Unclear as error:  # the old time stands for sure; the new one is kept from everybody
            said = (booking.id, booking.offer, error)
            logger.error("a move of booking %s (%s) is unresolved: %s", *said)  # noqa: TRY400  # its frames say no more
            await self._context.store.write(change.stayed_unclear, booking, step)
            self._context.wake.set()
            return
        if stands:
            offer = self._context.offers.get(booking.offer)
            wall = instant(step.detail["starts"]).astimezone(self._context.settings.zone).replace(tzinfo=None)
            promised = wall.isoformat(timespec="minutes")
            table = offer.table if offer else None
            await self._context.store.write(change.moved, booking, step, promised, table)
        else:
            await self._context.store.write(change.stayed, booking, step)
        self._context.wake.set()

    async def clear(self, step: Step, booking: Booking) -> None:
        """Take the place that is not needed any more out of the calendar, then free it."""
        placement = step.detail["placement"]
        if booking.state in LIVE and booking.placement == placement:
            logger.error("booking %s stands at place %d: it is not cleared", booking.id, placement)
            await self._context.store.write(steps.finish_step, step)
        elif not await waits_for(self._context, step, *WRITES):
            removed = await self._calendars.remove(step, booking, placement)
            await self._context.store.write(_cleared, step, removed)
            self._context.wake.set()

    async def take_out(self, step: Step, booking: Booking) -> None:
        """Take a second entry out that a system without names was given."""
        await self._calendars.take_out(step, booking)
        await self._context.store.write(steps.finish_step, step)

    async def refresh(self, step: Step, booking: Booking) -> None:
        """Let the calendar show corrected contact data."""
        if booking.state in LIVE:
            place = await self._calendars.place(booking, booking.placement)
            try:
                await self._calendars.refresh(step, place, view_of(self._context, booking))
            except Unclear as error:  # what it says may be old; what it keeps from others it keeps
                said = (booking.id, place.place.source, error)
                logger.error("the entry of booking %s in %s may show old contact data: %s", *said)  # noqa: TRY400
        await self._context.store.write(late.refreshed, step, booking)
        self._context.wake.set()

    async def _stands(self, step: Step, booking: Booking) -> bool:
        view = view_of(self._context, booking)
        starts, ends = step.detail["starts"], step.detail["ends"]
        try:
            place = await self._calendars.place(booking, step.detail["placement"])
            sequence = booking.sequence + 1
            taken = await self._calendars.write(step, place, view, starts=starts, ends=ends, sequence=sequence)
        except Rejected:
            return False
        except (Unavailable, OutcomeUnknown, Invalid, Refused):
            if not await is_too_long(self._context, step, booking):
                raise
            return False
        self._calendars.changed(place.place.source)
        return not taken


async def waits_for(context: Context, step: Step, *kinds: str) -> bool:
    """Whether others of the booking's steps may write at this moment; then this one is put off until they end."""
    if await context.store.look(steps.claimed_until, step.booking, *kinds) is None:
        return False
    return await context.store.write(steps.wait_for, step, *kinds)


def _cleared(tx: Tx, step: Step, removed: Place | None) -> None:
    steps.must_finish(tx, step)
    late.free_as_seen(tx, removed)


def _give_up(tx: Tx, step: Step, booking: Booking) -> None:
    """The booking was cancelled while it moved: cancelling removes all places, this step only ends."""
    if steps.finish_step(tx, step) and booking.state in LIVE and booking.placement != step.detail["placement"]:
        steps.add_step(tx, booking.id, "clear", tx.now(), {"placement": step.detail["placement"]})
