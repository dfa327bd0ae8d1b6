"""What confirming, moving and withdrawing have in common: one appointment of a booking in one calendar.

Nobody writes outside without having looked whether the step is still his and the booking still where it was. What lands
outside all the same, because a call took longer than its lease, is taken out again.
"""

import logging
from base64 import b64decode
from dataclasses import replace

from pydantic import JsonValue

from durchwahl.booking.appointments import appointment_for
from durchwahl.booking.calendars import PlaceInCalendar, in_calendar
from durchwahl.booking.context import Context, in_ms
from durchwahl.booking.references import opened_ref, sealed_ref
from durchwahl.booking.transitions import late
from durchwahl.booking.transitions.late import ARRIVES_WITHIN, Noted
from durchwahl.booking.views import View
from durchwahl.errors import DurchwahlError, Invalid, OutcomeUnknown, SourceError, Unavailable
from durchwahl.model.booking import Placed
from durchwahl.sources.health import PluginBug
from durchwahl.store import doubts, places, steps
from durchwahl.store.journal import Booking, Superseded
from durchwahl.store.places import Place
from durchwahl.store.steps import Step
from durchwahl.store.tx import Store, database_time

CALLS = 5
"""A step calls a calendar at most so often between two looks at its lease; reads may be repeated."""
SPARE = 10_000
"""In milliseconds."""

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
        """Let the entry say what the booking says now; raises as `write`.

        One that is gone is not made anew: perhaps a clerk has taken it out, comparing tells. It is believed gone when
        a search that lags behind has had its time.
        """
        booking, ref = view.booking, opened_ref(view.key, place.place)
        if ref is not None and place.finds != "none":
            await self._hold_on(step, place)
            if await place.find(ref) is None:
                await must_have_arrived(self._context.store, max(booking.updated, place.place.unsettled or 0))
                return
        await self._put(step, place, view, starts=booking.starts, ends=booking.ends, sequence=booking.sequence)

    async def remove(self, step: Step, booking: Booking, placement: int) -> Place | None:
        """Make sure that nothing of ours is left at a place, and return the place as it was; None where it is gone.

        What landed after its booking was erased is found by its name alone.

        Raises:
            Unavailable: an earlier write may still arrive; it is removed again when that is over.
        """
        place = await self._context.store.look(places.place_of, booking.id, placement)
        if place is None:
            return None
        where = in_calendar(self._context, place)
        await self._hold_on(step, where)
        ref = None if booking.key is None else opened_ref(self._context.key_of(booking), place)
        await where.remove(ref)
        if place.unsettled is not None or (booking.key is None and not where.can_be_asked):
            await self._must_be_empty(where, place.unsettled or 0)
        self.changed(place.source)
        return place

    async def take_out(self, step: Step, booking: Booking) -> None:
        """Remove an entry that was written beside the one that counts, in a system where both have one name."""
        place = await self._context.store.look(places.place_of, booking.id, step.detail["placement"])
        if place is None:
            return
        key, stray = self._context.key_of(booking), replace(place, ref=b64decode(step.detail["ref"]))
        ref, where = opened_ref(key, stray), in_calendar(self._context, place)
        if ref != opened_ref(key, place):
            await self._hold_on(step, where)
            await where.remove(ref)
            self.changed(place.source)

    def changed(self, source: str) -> None:
        """Ask the calendar anew at the next question, and see to what follows."""
        self._context.occupations.forget(source)
        self._context.wake.set()

    async def _put(
        self, step: Step, place: PlaceInCalendar, view: View, *, starts: int, ends: int, sequence: int
    ) -> None:
        place, ref = await self._known(step, place, view)
        appointment = appointment_for(view, place.place, place.lane, starts=starts, ends=ends, sequence=sequence)
        await self._hold_on(step, place)
        noted = await self._begin(step, place, view, ref)
        try:
            placed = await place.ensure(appointment, ref)
        except (OutcomeUnknown, Invalid, PluginBug) as error:
            await self._context.store.write(late.may_arrive, step, place.place, can_be_twice=place.can_be_twice)
            if ref is None and not place.can_be_asked:
                raise Unclear(error.detail) from error
            raise
        except SourceError:
            if noted is not None:
                await self._context.store.write(places.settle, place.place, noted.at, noted.before)
            raise
        await self._remember(step, view, place, placed, noted)

    async def _known(self, step: Step, place: PlaceInCalendar, view: View) -> tuple[PlaceInCalendar, JsonValue]:
        """Return the place as it is then, and its ref; a write whose answer was lost is looked for before the next.

        Also where there is a ref: if a clerk has taken that entry out, the write has made another.
        """
        ref, unsettled = opened_ref(view.key, place.place), place.place.unsettled
        if step.attempts == 1 and unsettled is None:
            return place, ref
        if not place.can_be_asked:
            if ref is not None or unsettled is None:
                return place, ref
            raise Unclear("an earlier write has no known outcome")
        found = await place.find()
        if found is not None:
            await self._remember(step, view, place, found, None)
            return await self.place(view.booking, place.place.placement), found.ref
        if place.finds != "by_name":  # there a second one would be the same
            await must_have_arrived(self._context.store, unsettled or 0)
        return place, ref

    async def _begin(self, step: Step, place: PlaceInCalendar, view: View, ref: JsonValue) -> Noted | None:
        """Look whether the booking stands where it was; note a first write where no name would tell of it."""
        if ref is not None or not place.can_be_twice:
            await self._context.store.look(late.must_stand, view.booking)
            return None
        return await self._context.store.write(late.note_write, step, view.booking, place.place)

    async def _must_be_empty(self, where: PlaceInCalendar, unsettled: int) -> None:
        """Look once more for what may have arrived since; raise `Unavailable` while it may, or where something had."""
        if not where.can_be_asked:
            place = where.place
            logger.error(
                "%s may hold an appointment named %s of booking %s that nobody needs; it cannot be asked: please look",
                *(place.source, place.name, place.booking),
            )
            await self._context.store.write(doubts.note, doubts.about("may_be_left", place))
            return
        await must_have_arrived(self._context.store, unsettled)
        if await where.remove(None):
            raise Unavailable("Something had arrived late; there may be more.", retry_after=1)

    async def _hold_on(self, step: Step, place: PlaceInCalendar) -> None:
        """Make sure that the step stays ours for as long as this calendar may take; raises `Superseded`."""
        left = await self._context.store.look(steps.lease_left, step)
        if left is None:
            raise Superseded(f"step {step.kind} of booking {step.booking} is no longer ours")
        needed = CALLS * in_ms(place.source.resolved.config.table.deadline) + SPARE
        if left < needed:
            await self._context.store.write(steps.renew_step, step, max(needed, steps.LEASE))

    async def _remember(
        self, step: Step, view: View, place: PlaceInCalendar, placed: Placed, noted: Noted | None
    ) -> None:
        sealed = sealed_ref(view.key, place.place, placed.ref)
        is_kept = await self._context.store.write(
            late.remembered, step, place.place, sealed, placed.etag, noted, can_be_twice=place.can_be_twice
        )
        if not is_kept:
            self._context.wake.set()
            raise Superseded(f"what step {step.kind} of booking {step.booking} wrote came too late")


async def must_have_arrived(store: Store, unsettled: int) -> None:
    """Raise `Unavailable` while a request that was begun at `unsettled`, and not answered, may still be on its way."""
    age = await store.look(database_time) - unsettled
    if age < ARRIVES_WITHIN:
        raise Unavailable("An earlier request may still arrive.", retry_after=(ARRIVES_WITHIN - age) / 1000)
