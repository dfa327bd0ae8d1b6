"""The steps of moving a booking: the new place first, the old one cleared only when the new one stands."""

from durchwahl.booking.confirming import AT_MOST
from durchwahl.booking.context import Context, instant
from durchwahl.booking.in_calendars import InCalendars
from durchwahl.booking.transitions import change
from durchwahl.booking.views import view_of
from durchwahl.errors import Invalid, OutcomeUnknown, Refused, Rejected, Unavailable
from durchwahl.model.states import LIVE, State
from durchwahl.store import places, steps
from durchwahl.store.journal import Booking
from durchwahl.store.steps import Step
from durchwahl.store.tx import Tx


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
        if await self._stands(step, booking):
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
        await self._calendars.remove(booking, placement)
        await self._context.store.write(_cleared, step, booking.id, placement)
        self._context.wake.set()

    async def refresh(self, step: Step, booking: Booking) -> None:
        """Let the calendar show corrected contact data."""
        if booking.state in LIVE:
            place = await self._calendars.place(booking, booking.placement)
            await self._calendars.refresh(place, view_of(self._context, booking))
        await self._context.store.write(steps.finish_step, step)

    async def _stands(self, step: Step, booking: Booking) -> bool:
        view = view_of(self._context, booking)
        starts, ends = step.detail["starts"], step.detail["ends"]
        try:
            place = await self._calendars.place(booking, step.detail["placement"])
            taken = await self._calendars.write(place, view, starts=starts, ends=ends, sequence=booking.sequence + 1)
        except Rejected:
            return False
        except (Unavailable, OutcomeUnknown, Invalid, Refused):
            if self._context.clock() - instant(booking.updated) < AT_MOST:
                raise
            return False
        self._calendars.changed(place.place.source)
        return not taken


def _cleared(tx: Tx, step: Step, booking: str, placement: int) -> None:
    places.free_place(tx, booking, placement)
    steps.finish_step(tx, step)


def _give_up(tx: Tx, step: Step, booking: Booking) -> None:
    """The booking was cancelled while it moved: cancelling removes all places, this step only ends."""
    if steps.finish_step(tx, step) and booking.state in LIVE and booking.placement != step.detail["placement"]:
        steps.add_step(tx, booking.id, "clear", tx.now(), {"placement": step.detail["placement"]})
