"""What confirming, moving and withdrawing have in common: one appointment of a booking in one calendar.

Nobody writes outside without having looked whether the step is still his and the booking still where it was. What lands
outside all the same, because a call took longer than its lease, is taken out again.
"""

import logging

from pydantic import JsonValue

from durchwahl.booking.appointments import appointment_for
from durchwahl.booking.calendars import PlaceInCalendar, in_calendar
from durchwahl.booking.context import Context, in_ms
from durchwahl.booking.references import begun_at, opened_ref, sealed_beginning, sealed_ref
from durchwahl.booking.transitions import late
from durchwahl.booking.views import View
from durchwahl.errors import DurchwahlError, Invalid, OutcomeUnknown, SourceError, Unavailable
from durchwahl.model.booking import Placed
from durchwahl.sources.health import PluginBug
from durchwahl.store import places, steps
from durchwahl.store.journal import Booking, Superseded
from durchwahl.store.places import Place
from durchwahl.store.steps import Step
from durchwahl.store.tx import database_time

CALLS = 5
"""A step calls a calendar at most so often between two looks at its lease; reads may be repeated."""
SPARE = 10_000
"""In milliseconds."""
ARRIVES_WITHIN = 30_000
"""A lost request may still arrive, and a search lag behind, for so many milliseconds."""

logger = logging.getLogger("durchwahl.booking")


class Unclear(DurchwahlError):
    """It cannot be found out whether something was written, and writing again might write it twice."""


class InCalendars:
    """Writes appointments into calendars and takes them out, and remembers what was left behind."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def place(self, booking: Booking, placement: int) -> PlaceInCalendar:
        """Return a place with its calendar; raises `Superseded` where it was cleared meanwhile."""
        place = await self._context.store.look(places.place_of, booking.id, placement)
        if place is None:
            raise Superseded(f"booking {booking.id} has no place {placement} any more")
        return in_calendar(self._context, place)

    async def write(
        self, step: Step, place: PlaceInCalendar, view: View, *, starts: int, ends: int, sequence: int
    ) -> bool:
        """Read, write, read again; True where somebody else has the time. What was written is remembered first.

        Raises:
            Superseded: the step is no longer ours, or the booking has moved on.
            Unclear: nobody can tell whether the appointment stands there.
        """
        await self._hold_on(step, place)
        own = frozenset(p.name for p in await self._context.store.look(places.places_of, view.booking.id))
        if await place.is_taken(own):
            return True
        await self._put(step, place, view, starts=starts, ends=ends, sequence=sequence)
        return await place.is_taken(own)

    async def refresh(self, step: Step, place: PlaceInCalendar, view: View) -> None:
        """Let the entry say what the booking says now; raises as `write`."""
        booking = view.booking
        await self._put(step, place, view, starts=booking.starts, ends=booking.ends, sequence=booking.sequence)

    async def remove(self, step: Step, booking: Booking, placement: int) -> Place | None:
        """Make sure that nothing of ours is left at a place, and return the place as it was; None where it is gone.

        What landed after its booking was erased is found by its name alone.
        """
        place = await self._context.store.look(places.place_of, booking.id, placement)
        if place is None:
            return None
        where = in_calendar(self._context, place)
        key = None if booking.key is None else self._context.key_of(booking)
        await self._hold_on(step, where)
        ref = None if key is None else opened_ref(key, place)
        begun = None if key is None else begun_at(key, place)
        if ref is None and (key is None or begun is not None) and not where.can_be_asked:
            logger.error(
                "%s may hold an appointment named %s of booking %s that nobody needs; it cannot be asked: please look",
                *(place.source, place.name, booking.id),
            )
        if not await where.remove(ref) and begun is not None and where.can_be_asked:
            await self._must_have_arrived(begun)
        self.changed(place.source)
        return place

    def changed(self, source: str) -> None:
        """Ask the calendar anew at the next question, and see to what follows."""
        self._context.occupations.forget(source)
        self._context.wake.set()

    async def _put(
        self, step: Step, place: PlaceInCalendar, view: View, *, starts: int, ends: int, sequence: int
    ) -> None:
        ref = await self._known(step, place, view)
        appointment = appointment_for(view, place.place, place.lane, starts=starts, ends=ends, sequence=sequence)
        if ref is None:
            await self._note_beginning(view, place)
        await self._hold_on(step, place)
        await self._context.store.look(late.must_stand, view.booking)
        try:
            placed = await place.ensure(appointment, ref)
        except (OutcomeUnknown, Invalid, PluginBug) as error:
            if ref is None:
                await self._mark(view, place, await self._context.store.look(database_time))
            await self._context.store.write(late.may_be_left, place.place)
            if ref is None and not place.can_be_asked:
                raise Unclear(error.detail) from error
            raise
        except SourceError:
            if ref is None:
                await self._note_beginning(view, place, over=True)
            raise
        await self._remember(step, view, place, placed)

    async def _known(self, step: Step, place: PlaceInCalendar, view: View) -> JsonValue:
        """Return the ref; a write whose answer was lost is looked for before it is written again."""
        ref = opened_ref(view.key, place.place)
        begun = begun_at(view.key, place.place)
        if ref is not None or (step.attempts == 1 and begun is None):
            return ref
        if not place.can_be_asked:
            if begun is None:
                return None
            raise Unclear("an earlier write has no known outcome")
        found = await place.find()
        if found is not None:
            await self._remember(step, view, place, found)
            return found.ref
        if place.finds != "by_name":  # there a second one would be the same
            await self._must_have_arrived(begun or 0)
        return None

    async def _must_have_arrived(self, begun: int) -> None:
        """Raise `Unavailable` while a request whose answer was lost may still be on its way."""
        age = await self._context.store.look(database_time) - begun
        if age < ARRIVES_WITHIN:
            raise Unavailable("An earlier request may still arrive.", retry_after=(ARRIVES_WITHIN - age) / 1000)

    async def _note_beginning(self, view: View, place: PlaceInCalendar, *, over: bool = False) -> None:
        """Keep that a first write is under way, or that nothing came of it; a name says it of itself."""
        if place.finds == "by_name":
            return
        await self._mark(view, place, None if over else await self._context.store.look(database_time))

    async def _mark(self, view: View, place: PlaceInCalendar, begun: int | None) -> None:
        """Keep when the first write of unknown outcome was under way; None: there is none."""
        mark = None if begun is None else sealed_beginning(view.key, place.place, begun)
        await self._context.store.write(places.remember_ref, view.booking.id, place.place.placement, mark, None)

    async def _hold_on(self, step: Step, place: PlaceInCalendar) -> None:
        """Make sure that the step stays ours for as long as this calendar may take; raises `Superseded`."""
        left = await self._context.store.look(steps.lease_left, step)
        if left is None:
            raise Superseded(f"step {step.kind} of booking {step.booking} is no longer ours")
        needed = CALLS * in_ms(place.source.resolved.config.table.deadline) + SPARE
        if left < needed:
            await self._context.store.write(steps.renew_step, step, max(needed, steps.LEASE))

    async def _remember(self, step: Step, view: View, place: PlaceInCalendar, placed: Placed) -> None:
        sealed = sealed_ref(view.key, place.place, placed.ref)
        if not await self._context.store.write(late.remembered, step, place.place, sealed, placed.etag):
            self._context.wake.set()
            raise Superseded(f"what step {step.kind} of booking {step.booking} wrote came too late")
