"""What is free: the slots of services, and the earliest slot of every consultation."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from durchwahl.availability.busy import SourceState
from durchwahl.availability.calendar import OpeningTimes, bounds_of, demand_of, units_to_ask
from durchwahl.availability.grid import Demand, Grid, free_grid
from durchwahl.availability.occupation import Occupation, Occupations
from durchwahl.availability.reasons import Emptiness, reason_for
from durchwahl.availability.units import instant_of, set_units, span_bits, unit_after
from durchwahl.catalogue.offers import Offer

CHANNEL_ORDER = {"video": 0, "phone": 1, "in_person": 2}


@dataclass(frozen=True)
class Wish:
    """What a citizen looks for. `window` is in units since the epoch, half-open; empty tuples mean any."""

    services: tuple[tuple[str, int], ...]
    window: tuple[int, int]
    channels: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


@dataclass(frozen=True)
class FreeSlot:
    """A start with a place left. `start` and `end` are units since the epoch; `language` is what was asked for."""

    start: int
    end: int
    offer: Offer
    channel: str
    services: tuple[tuple[str, int], ...]
    remaining: int
    languages: tuple[str, ...]
    language: str | None


@dataclass(frozen=True)
class Availability:
    """The answer: slots in ascending order, how complete it is, and why it is empty where it is.

    `next_from` is where the next window begins; it comes with the last slots of this one, so that paging by offset to
    the window's end and going on from there gives every slot once.
    """

    slots: tuple[FreeSlot, ...]
    states: Mapping[str, SourceState]
    complete: bool
    empty_reason: str | None = None
    next_release_at: datetime | None = None
    next_from: datetime | None = None
    total: int = 0


@dataclass(frozen=True)
class FirstSlots:
    """The first slot per (service, channel)."""

    slots: Mapping[tuple[str, str], FreeSlot]
    states: Mapping[str, SourceState]
    complete: bool


@dataclass
class _Row:
    """One offer's part of an answer, while it is put together."""

    offer: Offer
    channels: tuple[str, ...]
    demand: Demand
    grid: Grid
    usable: bool
    emptiness: Emptiness


class Slots:
    """Answers questions about free times. `clock` gives aware instants."""

    def __init__(
        self,
        offers: Mapping[str, Offer],
        occupations: Occupations,
        opening_times: OpeningTimes,
        zone: ZoneInfo,
        clock: Callable[[], datetime],
    ) -> None:
        self.offers = offers
        self._occupations = occupations
        self._opening_times = opening_times
        self._zone = zone
        self._clock = clock

    async def find(self, wish: Wish, *, limit: int, offset: int = 0) -> Availability:
        """Return the free slots of a wish, at most `limit` after the first `offset`."""
        candidates = [
            (offer, channels)
            for offer in self.offers.values()
            if (channels := tuple(c for c in _wanted(offer, wish) if offer.accepts(wish.services, c)))
        ]
        demands = [(offer, demand_of(offer, wish.services)) for offer, _ in candidates]
        asked = units_to_ask(demands, wish.window, self._clock(), self._zone)
        occupation = await self._occupations.between([o for o, _ in candidates], *asked)
        rows = [self._row(offer, channels, wish, occupation) for offer, channels in candidates]
        kept = _first_slots(rows, wish, offset + limit)[offset:]
        total = sum(row.grid.starts.bit_count() * len(row.channels) for row in rows)
        bounds = [bounds_of(row.offer, self._clock(), self._zone) for row in rows]
        is_more_later = total <= offset + limit and any(b.last > wish.window[1] for b in bounds)
        return Availability(
            slots=tuple(kept),
            states=occupation.states,
            complete=all(row.usable for row in rows),
            empty_reason=None if total else reason_for([row.emptiness for row in rows]),
            next_release_at=min((b.next_release for b in bounds), default=None),
            next_from=instant_of(wish.window[1]) if is_more_later else None,
            total=total,
        )

    async def free_lanes(
        self, offer: Offer, services: Sequence[tuple[str, int]], start: int, language: str | None
    ) -> list[str] | None:
        """Return the offer's lanes that are free at `start`, in the order in which they should be taken.

        None where a calendar is not known well enough to say.
        """
        demand = demand_of(offer, services)
        occupation = await self._occupations.between([offer], start - demand.before, start + demand.occupied)
        wish = Wish(tuple(services), (start, start + 1), languages=(language,) if language else ())
        row = self._row(offer, (), wish, occupation)
        if not row.usable:
            return None
        free = set(row.grid.free_lanes(0))
        return [name for name in offer.lanes_speaking(language) if name in free]

    async def first_of_each(
        self, consultations: AbstractSet[tuple[str, str]], window: tuple[int, int], languages: tuple[str, ...]
    ) -> FirstSlots:
        """Return the first slot of each (service, channel) in the window; offers are computed once per demand."""
        services = {service for service, _ in consultations}
        offers = [offer for offer in self.offers.values() if services & set(offer.services)]
        demands = [(o, demand_of(o, [(one, 1)])) for o in offers for one in services.intersection(o.services)]
        asked = units_to_ask(demands, window, self._clock(), self._zone)
        occupation = await self._occupations.between(offers, *asked)
        found: dict[tuple[str, str], FreeSlot] = {}
        for offer in offers:
            rows: dict[Demand, _Row] = {}
            for service in services.intersection(offer.services):
                wish = Wish(((service, 1),), window, (), languages)
                demand = demand_of(offer, wish.services)
                if demand not in rows:
                    rows[demand] = self._row(offer, offer.channels, wish, occupation)
                _keep_first(found, rows[demand], wish, consultations)
        return FirstSlots(found, occupation.states, all(occupation.usable(offer) for offer in offers))

    def is_open(self, offer: Offer, services: Sequence[tuple[str, int]], start: int) -> bool:
        """Whether the offer's hours, closures, lead and horizon allow this start on any lane, busy or not."""
        bounds = bounds_of(offer, self._clock(), self._zone)
        opening = self._opening_times.opening(offer, demand_of(offer, services), start, 1)
        return bounds.first <= start < bounds.last and any(opening.starts.values())

    def _row(self, offer: Offer, channels: tuple[str, ...], wish: Wish, occupation: Occupation) -> _Row:
        demand = demand_of(offer, wish.services)
        first, last = wish.window
        opening = self._opening_times.opening(offer, demand, first, last - first)
        bounds = bounds_of(offer, self._clock(), self._zone)
        ahead = span_bits(max(bounds.first - first, 0), last - first)
        released = ahead & span_bits(0, min(bounds.last, last) - first)
        usable = occupation.usable(offer)
        lanes = _lanes(offer, wish.languages)
        allowed = {name: opening.starts[name] & released for name in lanes if usable}
        grid = free_grid(
            base=first,
            size=last - first,
            demand=demand,
            allowed=allowed,
            busy=occupation.of(offer) if usable else {},
        )
        emptiness = Emptiness(
            usable=usable,
            has_hours=any(opening.hours[name] & ahead for name in lanes),
            is_closed=not any(opening.starts[name] & ahead for name in lanes),
            is_released=any(allowed.values()),
        )
        return _Row(offer, channels, demand, grid, usable, emptiness)


def _keep_first(
    found: dict[tuple[str, str], FreeSlot], row: _Row, wish: Wish, consultations: AbstractSet[tuple[str, str]]
) -> None:
    starts = row.grid.starts
    if not starts:
        return
    place = (starts & -starts).bit_length() - 1
    for channel in row.offer.channels:
        key = (wish.services[0][0], channel)
        if key in consultations and (key not in found or row.grid.base + place < found[key].start):
            found[key] = _slot(row, wish, place, channel)


def unit_window(start: datetime, end: datetime) -> tuple[int, int]:
    """Return the units that begin in the half-open time from `start` to `end`."""
    first = unit_after(start)
    return first, max(unit_after(end), first)


def _wanted(offer: Offer, wish: Wish) -> tuple[str, ...]:
    return tuple(c for c in offer.channels if not wish.channels or c in wish.channels)


def _lanes(offer: Offer, languages: tuple[str, ...]) -> list[str]:
    if not languages:
        return list(offer.lanes_speaking(None))
    return list(dict.fromkeys(name for tag in languages for name in offer.lanes_speaking(tag)))


def _first_slots(rows: Sequence[_Row], wish: Wish, most: int) -> list[FreeSlot]:
    """Return the first slots of all rows together, ascending by start, then by channel and offer."""
    found: list[FreeSlot] = []
    for row in rows:
        for index, place in enumerate(set_units(row.grid.starts)):
            if index * len(row.channels) >= most:
                break
            found.extend(_slot(row, wish, place, channel) for channel in row.channels)
    found.sort(key=lambda slot: (slot.start, CHANNEL_ORDER.get(slot.channel, 9), slot.offer.id))
    return found[:most]


def _slot(row: _Row, wish: Wish, place: int, channel: str) -> FreeSlot:
    start = row.grid.base + place
    free = row.grid.free_lanes(place)
    languages = tuple(dict.fromkeys(tag for name in free for tag in row.offer.lanes[name].lane.languages))
    return FreeSlot(
        start=start,
        end=start + row.demand.talk,
        offer=row.offer,
        channel=channel,
        services=wish.services,
        remaining=len(free),
        languages=languages,
        language=next((tag for tag in wish.languages if tag in languages), None),
    )
