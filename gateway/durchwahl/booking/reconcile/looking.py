"""Reads a calendar to the end: everything in it that bears our mark, and what became of what is missing."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, time, timedelta

from durchwahl.booking.context import Context, milliseconds
from durchwahl.booking.expected import as_found, as_occupants
from durchwahl.booking.keys import KeyMissing
from durchwahl.booking.reconcile.comparing import Difference, Seen, Standing
from durchwahl.booking.references import opened_ref
from durchwahl.model.booking import Placed
from durchwahl.model.schedule import Interval, Lane, Occupant
from durchwahl.plugin.kinds import FreeBusyCalendar
from durchwahl.sources.opening import OpenSource

QUIET_HOUR = time(3)
"""Spans are cut in the night, where no appointment is: a calendar may clip what it shows to what it is asked for."""


class Looking:
    """Looks at one calendar. `keep` is called before each question, so that nobody else begins the same work."""

    def __init__(
        self, context: Context, source: OpenSource, calendar: FreeBusyCalendar, keep: Callable[[], Awaitable[None]]
    ) -> None:
        self._context = context
        self._source = source
        self._calendar = calendar
        self._keep = keep

    async def entries(self, until: datetime) -> list[Seen]:
        """Return what bears our mark from now on.

        Raises:
            SourceError: a part of it could not be read; then nothing is known of the whole.
        """
        found = []
        for lane in self._source.lanes.values():
            for span in _spans(self._context.clock(), until, self._source.capabilities.widest_query):
                found += [_seen(one, lane) for one in await self._occupants(lane, span) if one.name is not None]
        now = milliseconds(self._context.clock())
        return [one for one in found if one.ends > now]

    async def is_missing(self, standing: Standing) -> Difference | None:
        """Look for an appointment by its name; None where it stands where it should, or nobody can say."""
        place = standing.place
        lane = self._source.lanes.get(place.lane, Lane(place.lane))
        try:
            ref = opened_ref(self._context.key_of(standing.booking), place)
        except KeyMissing:  # the installation's key is away: that is no reason to cancel anything
            return None
        if ref is None and self._source.capabilities.find == "by_ref":
            return None
        await self._keep()

        async def find() -> Placed | None:
            return as_found(await self._calendar.find(place.name, lane, ref))

        found = await self._source.supervisor.read(find)
        if found is None:
            return Difference("missing", place.name, standing)
        if found.interval is None:
            return None
        seen = _seen(Occupant(found.interval, place.name), Lane(found.lane or place.lane))
        is_there = (seen.lane, seen.starts, seen.ends) == (place.lane, place.starts, place.ends)
        return None if is_there else Difference("moved", place.name, standing, seen)

    async def _occupants(self, lane: Lane, span: Interval) -> list[Occupant]:
        await self._keep()

        async def who() -> list[Occupant]:
            return list(as_occupants(await self._calendar.occupants(lane, span)))

        return await self._source.supervisor.read(who)


def _seen(one: Occupant, lane: Lane) -> Seen:
    return Seen(one.name or "", lane.name, milliseconds(one.interval.start), milliseconds(one.interval.end))


def _spans(now: datetime, until: datetime, widest: timedelta) -> Iterator[Interval]:
    whole_days = max(timedelta(days=widest.days), timedelta(days=1))
    start = datetime.combine(now.date() - timedelta(days=1), QUIET_HOUR, now.tzinfo)
    while start < until:
        yield Interval(start, start + whole_days)
        start += whole_days
