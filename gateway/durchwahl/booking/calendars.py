"""The confirm protocol: how an appointment gets into a department's calendar, and out again.

On a free/busy calendar nobody keeps a clerk from writing into the same time. So: read who is there, past every cache;
write ours; read again. Whoever was there before or came in between wins, and ours is removed.
"""

from dataclasses import dataclass

from pydantic import JsonValue

from durchwahl.booking.context import Context, occupied_interval
from durchwahl.errors import NotSent, Rejected
from durchwahl.model.booking import Appointment, Placed
from durchwahl.model.schedule import Lane
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

    async def is_taken(self, own: frozenset[str]) -> bool:
        """Whether anything but ours overlaps exactly what we occupy; what the journal keeps itself is never taken."""
        if self.source.capabilities.records == "journal":
            return False
        interval = occupied_interval(self.place)
        found = await self.source.supervisor.read(lambda: self.calendar.occupants(self.lane, interval))
        return any(one.name not in own and one.interval.overlaps(interval) for one in found)

    async def ensure(self, appointment: Appointment, ref: JsonValue) -> Placed:
        """Make sure that ours is there."""
        return await self.source.supervisor.write(lambda: self.calendar.ensure(self.place.name, appointment, ref))

    async def remove(self, ref: JsonValue) -> None:
        """Make sure that ours is not there. A write of unknown outcome has left no ref: it is found by its name."""
        if ref is None:
            found = await self.source.supervisor.read(lambda: self.calendar.find(self.place.name, self.lane, None))
            if found is None:
                return
            ref = found.ref
        await self.source.supervisor.write(lambda: self.calendar.delete(self.place.name, ref))


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
