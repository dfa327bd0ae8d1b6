"""The steps of confirming, and of undoing what could not be confirmed."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from durchwahl.booking.context import Context, instant
from durchwahl.booking.in_calendars import InCalendars
from durchwahl.booking.transitions import confirm
from durchwahl.booking.views import view_of
from durchwahl.errors import Invalid, OutcomeUnknown, Refused, Rejected, Unavailable
from durchwahl.model.states import State
from durchwahl.store import steps
from durchwahl.store.journal import Booking
from durchwahl.store.steps import Step

AT_MOST = timedelta(minutes=10)
"""How long a citizen waits for a calendar that does not answer; then it has failed, and the citizen is told."""


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
        if (reason := await self._why_not(booking)) is not None:
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
        await self._calendars.remove(booking, booking.placement)
        await self._context.store.write(confirm.undone, booking, step)
        self._context.wake.set()

    async def _why_not(self, booking: Booking) -> str | None:
        """Write the appointment; return why it cannot stand, None where it does."""
        view = view_of(self._context, booking)
        try:
            place = await self._calendars.place(booking, booking.placement)
            taken = await self._calendars.write(place, view, starts=booking.starts, ends=booking.ends, sequence=0)
        except Rejected as error:
            return error.reason
        except (Unavailable, OutcomeUnknown, Invalid, Refused):
            if self._context.clock() - instant(booking.updated) < AT_MOST:
                raise
            return "unavailable"
        return "taken" if taken else None
