"""What confirming, moving and withdrawing have in common: one appointment of a booking in one calendar."""

from durchwahl.booking.appointments import appointment_for
from durchwahl.booking.calendars import PlaceInCalendar, in_calendar
from durchwahl.booking.context import Context
from durchwahl.booking.references import opened_ref, sealed_ref
from durchwahl.booking.views import View
from durchwahl.model.booking import Placed
from durchwahl.store import places
from durchwahl.store.journal import Booking, Superseded


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

    async def write(self, place: PlaceInCalendar, view: View, *, starts: int, ends: int, sequence: int) -> bool:
        """Read, write, read again; True where somebody else has the time. What was written is remembered first."""
        own = frozenset(p.name for p in await self._context.store.look(places.places_of, view.booking.id))
        if await place.is_taken(own):
            return True
        appointment = appointment_for(view, place.place, place.lane, starts=starts, ends=ends, sequence=sequence)
        placed = await place.ensure(appointment, opened_ref(view.key, place.place))
        await self._remember(view, place, placed)
        return await place.is_taken(own)

    async def refresh(self, place: PlaceInCalendar, view: View) -> None:
        """Let the entry say what the booking says now."""
        booking = view.booking
        appointment = appointment_for(
            view, place.place, place.lane, starts=booking.starts, ends=booking.ends, sequence=booking.sequence
        )
        placed = await place.ensure(appointment, opened_ref(view.key, place.place))
        await self._remember(view, place, placed)

    async def remove(self, booking: Booking, placement: int) -> None:
        """Make sure that nothing of ours is left at a place; one that is cleared already is no error."""
        place = await self._context.store.look(places.place_of, booking.id, placement)
        if place is None:
            return
        where = in_calendar(self._context, place)
        await where.remove(opened_ref(self._context.key_of(booking), place))
        self.changed(place.source)

    def changed(self, source: str) -> None:
        """Ask the calendar anew at the next question, and see to what follows."""
        self._context.occupations.forget(source)
        self._context.wake.set()

    async def _remember(self, view: View, place: PlaceInCalendar, placed: Placed) -> None:
        sealed = sealed_ref(view.key, place.place, placed.ref)
        await self._context.store.write(
            places.remember_ref, view.booking.id, place.place.placement, sealed, placed.etag
        )
