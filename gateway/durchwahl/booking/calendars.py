"""The confirm protocol: how an appointment gets into a department's calendar, and out again.

On a free/busy calendar nobody keeps a clerk from writing into the same time. So: read who is there, past every cache;
write ours; read again. Whoever was there before or came in between wins, and ours is removed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from durchwahl.booking.context import Context, occupied_interval
from durchwahl.booking.expected import as_found, as_occupants, as_placed
from durchwahl.errors import NotSent, Rejected
from durchwahl.model.booking import Appointment, Placed
from durchwahl.model.schedule import Lane, Occupant
from durchwahl.plugin.kinds import FreeBusyCalendar
from durchwahl.sources.opening import OpenSource
from durchwahl.store.places import Place


@dataclass(frozen=True)
class PlaceInCalendar:
    """A place with the calendar that it is in."""

    place: Place
    source: OpenSource
    calendar: FreeBusyCalendar
    lane: Lane

    @property
    def finds(self) -> str:
        """How the calendar finds what was lost; the journal's own rows are found by their name."""
        return "by_name" if self.source.capabilities.records == "journal" else self.source.capabilities.find

    @property
    def can_be_asked(self) -> bool:
        """Whether a write of unknown outcome can be looked for without the ref that was lost with its answer."""
        return self.finds in ("by_name", "by_marker")

    @property
    def can_be_twice(self) -> bool:
        """Whether two entries may have our one name: then only their refs tell them apart."""
        return self.finds != "by_name"

    async def is_taken(self, own: frozenset[str]) -> bool:
        """Whether anything but ours overlaps exactly what we occupy; what the journal keeps itself is never taken."""
        if self.source.capabilities.records == "journal":
            return False
        interval = occupied_interval(self.place)

        async def who() -> Sequence[Occupant]:
            return as_occupants(await self.calendar.occupants(self.lane, interval))

        found = await self.source.supervisor.read(who)
        return any(one.name not in own and one.interval.overlaps(interval) for one in found)

    async def ensure(self, appointment: Appointment, ref: JsonValue) -> Placed:
        """Make sure that ours is there."""

        async def written() -> Placed:
            return as_placed(await self.calendar.ensure(self.place.name, appointment, ref))

        return await self.source.supervisor.write(written)

    async def find(self, ref: JsonValue = None) -> Placed | None:
        """Return what stands there under our name; without a `ref` for a write whose answer was lost."""

        async def found() -> Placed | None:
            return as_found(await self.calendar.find(self.place.name, self.lane, ref))

        return await self.source.supervisor.read(found)

    async def remove(self, ref: JsonValue) -> bool:
        """Make sure that ours is not there; False where nothing was found.

        A write of unknown outcome has left no ref: it is found by its name.
        """
        if ref is None:
            found = await self.find()
            if found is None:
                return False
            ref = found.ref
        await self.source.supervisor.write(lambda: self.calendar.delete(self.place.name, ref))
        return True


def is_the_journal(context: Context, source: str) -> bool:
    """Whether a calendar's records are ours: a time is taken with the journal's row, and nothing lies outside."""
    found = context.sources.get(source)
    return found is not None and found.capabilities.records == "journal"


def in_calendar(context: Context, place: Place) -> PlaceInCalendar:
    """Return the place with its calendar.

    Raises:
        NotSent: the source is switched off or left out; the step waits until it is back.
        Rejected: its plugin offers another kind of calendar now.
    """
    source = context.sources.get(place.source)
    if source is None:
        raise NotSent(
            "The department's calendar is switched off.", detail=f"{place.source} is not open", retry_after=60
        )
    if not isinstance(source.source, FreeBusyCalendar):
        raise Rejected("The department's calendar takes no bookings.", reason="not_bookable")
    lane = source.lanes.get(place.lane, Lane(place.lane))
    return PlaceInCalendar(place, source, source.source, lane)
