"""Another place for an appointment that its office cannot keep: another lane at the same time, else another time."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from durchwahl.availability.answers import Wish
from durchwahl.availability.calendar import bounds_of, demand_of
from durchwahl.availability.grid import Demand
from durchwahl.availability.rows import Row
from durchwahl.availability.units import PER_DAY, UNIT_MS, set_units, span_bits, unit_after
from durchwahl.booking.context import Context
from durchwahl.booking.placing import Chosen
from durchwahl.booking.transitions.office import Elsewhere
from durchwahl.catalogue.offers import Offer
from durchwahl.errors import DurchwahlError
from durchwahl.store.listed import Listed, Which

NEAR = 14 * PER_DAY
NOTICE = timedelta(days=1)
"""Nobody is moved to an earlier time that is nearer than this: the mail might be read too late."""


class NothingKnown(DurchwahlError):
    """A calendar cannot be asked now, so that nobody can say what is free; later somebody may."""


@dataclass(frozen=True)
class Kept:
    """Units of a lane that must not be taken: `first` up to and not including `last`; None has no end."""

    source: str
    lane: str | None
    first: int | None
    last: int | None


@dataclass
class Replacements:
    """Finds other places. What lies in `closed` is not one of them; `promised` are those that a plan has given away."""

    context: Context
    closed: Which
    promised: list[Kept] = field(default_factory=list)

    async def find(self, one: Listed, tried: Iterable[Kept] = (), *, keeping_time: bool) -> Elsewhere | str:
        """Return where the appointment can be, or why nowhere; `keeping_time` looks at other lanes only.

        Raises:
            NothingKnown: a calendar cannot be asked.
        """
        booking = one.booking
        offer = self.context.offers.get(booking.offer)
        if offer is None:
            return "its offer is not in the configuration any more, or its calendar is not live"
        today = self.context.snapshot().todays_id
        services = tuple((today(service), count) for service, count in json.loads(booking.services))
        if not offer.accepts(services, booking.channel):
            return "its offer no longer has what was booked"
        demand = demand_of(offer, services)
        chosen = Chosen(
            offer, booking.channel, services, booking.language, booking.starts // UNIT_MS, demand.talk
        )  # fmt: skip
        search = _Search(self.context, chosen, demand, [*self._kept(offer), *self.promised, *tried])
        found = await search.same_time()
        if found is None and not keeping_time:
            found = await search.nearest()
        return found or "nothing is free"

    def promise(self, to: Elsewhere) -> None:
        """Let a place be given away that nobody takes yet."""
        place = to.chosen.place("", 0, to.lanes[0], "")
        self.promised.append(Kept(place.source, place.lane, place.first_unit, place.last_unit))

    def _kept(self, offer: Offer) -> Iterator[Kept]:
        """Yield what the office cannot keep: the time that it named, on the lanes that it named."""
        which = self.closed
        if which.department not in (None, offer.department) or which.source not in (None, offer.calendar):
            return
        if (which.lane, which.begins, which.ends) == (None, None, None):
            return  # a reference or a closure names no time of a lane
        first = None if which.begins is None else which.begins // UNIT_MS
        last = None if which.ends is None else -(-which.ends // UNIT_MS)
        yield Kept(offer.calendar, which.lane, first, last)


@dataclass(frozen=True)
class _Search:
    """Looks for one appointment."""

    context: Context
    chosen: Chosen
    demand: Demand
    kept: list[Kept]

    async def same_time(self) -> Elsewhere | None:
        """Return the other lanes that are free at the appointment's own time."""
        start = self.chosen.start
        free = self._free(await self._row((start, start + 1), at_any_notice=True), start)
        lanes = [name for name in self._lanes() if free.get(name)]
        return Elsewhere(self.chosen, lanes) if lanes else None

    async def nearest(self) -> Elsewhere | None:
        """Return the free time that is nearest; of two that are equally near the later one."""
        now = self.context.clock()
        bounds = bounds_of(self.chosen.offer, now, self.context.settings.zone)
        first = max(bounds.first, min(self.chosen.start, unit_after(now + NOTICE)))
        near = max(first, self.chosen.start - NEAR), min(bounds.last, self.chosen.start + NEAR)
        for low, high in (near, (first, bounds.last)):
            if low >= high:
                continue
            free = self._free(await self._row((low, high)), low)
            starts = [low + place for place in set_units(_union(free))]
            if starts:
                start = min(starts, key=lambda one: (abs(one - self.chosen.start), one < self.chosen.start))
                lanes = [name for name in self._lanes() if free.get(name, 0) >> (start - low) & 1]
                return Elsewhere(replace(self.chosen, start=start), lanes)
        return None

    async def _row(self, window: tuple[int, int], *, at_any_notice: bool = False) -> Row:
        language = self.chosen.language
        wish = Wish(self.chosen.services, window, (self.chosen.channel,), (language,) if language else ())
        row = await self.context.slots.one(self.chosen.offer, wish, at_any_notice=at_any_notice)
        if not row.usable:
            raise NothingKnown(f"the calendar of {self.chosen.offer.id} cannot be asked now")
        return row

    def _lanes(self) -> Iterable[str]:
        return self.chosen.offer.lanes_speaking(self.chosen.language)

    def _free(self, row: Row, base: int) -> Mapping[str, int]:
        """Return the starts of each lane, counted from `base`, without those that touch what is kept."""
        return {name: starts & ~self._shut(name, base, starts.bit_length()) for name, starts in row.grid.lanes.items()}

    def _shut(self, lane: str, base: int, size: int) -> int:
        bits = 0
        for kept in self.kept:
            if kept.source != self.chosen.offer.calendar or kept.lane not in (None, lane):
                continue
            before = self.demand.talk + self.demand.after - 1
            first = 0 if kept.first is None else max(0, kept.first - before - base)
            last = size if kept.last is None else min(size, kept.last + self.demand.before - base)
            bits |= span_bits(first, last)
        return bits


def tried_before(tried: Iterable[Mapping[str, Any]], one: Listed) -> list[Kept]:
    """Return the places that were tried for a booking in vain, as its batch's item keeps them."""
    if one.place is None:
        return []
    length = -(-(one.booking.ends - one.booking.starts) // UNIT_MS)
    firsts = [(str(place["lane"]), int(place["starts"]) // UNIT_MS) for place in tried]
    return [Kept(one.place.source, lane, first, first + length) for lane, first in firsts]


def _union(free: Mapping[str, int]) -> int:
    bits = 0
    for starts in free.values():
        bits |= starts
    return bits
