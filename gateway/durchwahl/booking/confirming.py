"""The steps of confirming, and of undoing what could not be confirmed."""

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from durchwahl.booking.context import Context, in_ms
from durchwahl.booking.in_calendars import InCalendars, Unclear
from durchwahl.booking.transitions import confirm
from durchwahl.booking.views import view_of
from durchwahl.errors import Invalid, OutcomeUnknown, Refused, Rejected, Unavailable
from durchwahl.model.states import State
from durchwahl.store import steps
from durchwahl.store.journal import Booking
from durchwahl.store.steps import Step
from durchwahl.store.tx import database_time

AT_MOST = timedelta(minutes=10)
"""How long a citizen waits for a calendar that does not answer; then it has failed, and the citizen is told."""

logger = logging.getLogger("durchwahl.booking")


async def is_too_long(context: Context, step: Step, booking: Booking) -> bool:
    """Whether a step has been tried for so long that its citizen is told that it failed."""
    since = int(step.detail.get("since", booking.updated))
    return await context.store.look(database_time) - since >= in_ms(AT_MOST)


class Confirming:
    """Puts a booking into its calendar, or gives it up. `then` does a step that follows at once."""

    def __init__(self, context: Context, calendars: InCalendars, then: Callable[[Step], Awaitable[None]]) -> None:
        self._context = context
        self._calendars = calendars
        self._then = then

    async def confirm(self, step: Step, booking: Booking) -> None:
        """Confirm by the protocol of `booking.calendars`; raises where it has to be tried again."""
        if booking.state != State.CONFIRMING:
            await self._context.store.write(steps.finish_step, step)
            return
        try:
            reason = await self._why_not(step, booking)
        except Unclear as error:
            await self._leave_open(step, booking, error)
            return
        if reason is not None:
            await self._then(await self._context.store.write(confirm.failed, booking, step, reason))
            return
        offer = self._context.offers.get(booking.offer)
        await self._context.store.write(confirm.confirmed, booking, step, offer.table if offer else None)
        if offer is not None:
            self._calendars.changed(offer.calendar)

    async def undo(self, step: Step, booking: Booking) -> None:
        """Remove what was written before somebody else's entry was seen."""
        if booking.state != State.UNDOING:
            await self._context.store.write(steps.finish_step, step)
            return
        removed = await self._calendars.remove(step, booking, booking.placement)
        await self._context.store.write(confirm.undone, booking, step, removed)
        self._context.wake.set()

    async def _leave_open(self, step: Step, booking: Booking, error: Unclear) -> None:
        """Write nothing twice: the booking waits for the system's own expiry, or for somebody who looks there."""
        logger.error("booking %s (%s) is unresolved, please look there: %s", booking.id, booking.offer, error)
        offer = self._context.offers.get(booking.offer)
        source = self._context.sources.get(offer.calendar) if offer else None
        lifetime = source.capabilities.hold_lifetime if source else None
        now = await self._context.store.look(database_time)
        until = now + in_ms(lifetime) if lifetime else booking.starts
        await self._context.store.write(confirm.unresolved, booking, step, until)
        self._context.wake.set()

    async def _why_not(self, step: Step, booking: Booking) -> str | None:
        """Write the appointment; return why it cannot stand, None where it does."""
        view = view_of(self._context, booking)
        try:
            place = await self._calendars.place(booking, booking.placement)
            taken = await self._calendars.write(
                step, place, view, starts=booking.starts, ends=booking.ends, sequence=0
            )  # fmt: skip
        except Rejected as error:
            return error.reason
        except (Unavailable, OutcomeUnknown, Invalid, Refused):
            if not await is_too_long(self._context, step, booking):
                raise
            return "unavailable"
        return "taken" if taken else None
