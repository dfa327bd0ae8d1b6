"""What is free: the slots of services, and the first slot of every consultation."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from durchwahl.availability.answers import (
    CHANNEL_ORDER,
    Availability,
    FirstSlots,
    FreeSlot,
    Wish,
    can_be_spoken,
    unit_window,
)
from durchwahl.availability.calendar import Bounds, OpeningTimes, bounds_of, demand_of, units_to_ask
from durchwahl.availability.grid import Demand
from durchwahl.availability.occupation import Occupation, Occupations
from durchwahl.availability.reasons import reason_for
from durchwahl.availability.rows import Row, first_slots, keep_first, row_of
from durchwahl.availability.units import instant_of, unit_after
from durchwahl.catalogue.offers import Offer

__all__ = ["CHANNEL_ORDER", "Availability", "FirstSlots", "FreeSlot", "Slots", "Wish", "unit_window"]


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
        rows = [self.row(offer, channels, wish, occupation) for offer, channels in candidates]
        bounds = [self._bounds(row.offer) for row in rows]
        total = sum(row.grid.starts.bit_count() * len(row.channels) for row in rows)
        is_more_later = total <= offset + limit and any(b.last > wish.window[1] for b in bounds)
        emptiness = [row.emptiness for row in rows]
        return Availability(
            slots=tuple(first_slots(rows, wish, offset + limit)[offset:]),
            states=occupation.states,
            complete=all(one.usable for one in emptiness),
            empty_reason=None if total else reason_for(emptiness),
            next_release_at=min((b.next_release for b in bounds), default=None),
            next_from=instant_of(wish.window[1]) if is_more_later else None,
            total=total,
        )

    async def free_lanes(
        self, offer: Offer, services: Sequence[tuple[str, int]], start: int, language: str | None
    ) -> list[str] | None:
        """Return the offer's lanes that are free at `start`, in the order in which they should be taken.

        None where not enough is known of a calendar or of the closures to say.
        """
        wish = Wish(tuple(services), (start, start + 1), languages=(language,) if language else ())
        row = await self.one(offer, wish)
        free = set(row.grid.free_lanes(0))
        if not free and not row.emptiness.usable:
            return None
        return [name for name in offer.lanes_speaking(language) if name in free]

    async def one(self, offer: Offer, wish: Wish, *, at_any_notice: bool = False) -> Row:
        """Return where one offer is free in the wish's window; `at_any_notice` leaves its lead and horizon aside."""
        demand, (first, last) = demand_of(offer, wish.services), wish.window
        occupation = await self._occupations.between([offer], first - demand.before, last - 1 + demand.occupied)
        bounds = self._bounds(offer)
        if at_any_notice:
            bounds = replace(bounds, first=unit_after(self._clock()), last=max(bounds.last, last))
        return self.row(offer, (), wish, occupation, bounds)

    async def first_of_each(
        self, consultations: AbstractSet[tuple[str, str]], window: tuple[int, int], languages: tuple[str, ...]
    ) -> FirstSlots:
        """Return the first slot of each (service, channel) in the window; offers are computed once per demand."""
        consultations = {one for one in consultations if can_be_spoken(one[1], languages)}
        asked_of = self._asked_of(consultations)
        demands = [(o, demand_of(o, [(service, 1)])) for o, services in asked_of for service in services]
        asked = units_to_ask(demands, window, self._clock(), self._zone)
        occupation = await self._occupations.between([offer for offer, _ in asked_of], *asked)
        found: dict[tuple[str, str], FreeSlot] = {}
        every_row: list[Row] = []
        for offer, services in asked_of:
            rows: dict[Demand, Row] = {}
            for service in services:
                wish = Wish(((service, 1),), window, (), languages)
                demand = demand_of(offer, wish.services)
                if demand not in rows:
                    rows[demand] = self.row(offer, offer.channels, wish, occupation)
                keep_first(found, rows[demand], wish, consultations)
            every_row.extend(rows.values())
        return FirstSlots(
            slots=found,
            states=occupation.states,
            complete=all(row.emptiness.usable for row in every_row),
            emptiness=[row.emptiness for row in every_row],
            next_release_at=min((self._bounds(offer).next_release for offer, _ in asked_of), default=None),
        )

    def is_open(self, offer: Offer, services: Sequence[tuple[str, int]], start: int) -> bool:
        """Whether the offer's hours, closures, lead and horizon allow this start on any lane, busy or not.

        Closures that cannot be read forbid nothing here: `free_lanes` then says that nothing is known.
        """
        bounds = self._bounds(offer)
        opening = self._opening_times.opening(offer, demand_of(offer, services), start, 1)
        return bounds.first <= start < bounds.last and any(opening.starts.values())

    def row(
        self, offer: Offer, channels: tuple[str, ...], wish: Wish, occupation: Occupation, bounds: Bounds | None = None
    ) -> Row:
        """Return where one offer is free in the wish's window."""
        demand = demand_of(offer, wish.services)
        first, last = wish.window
        return row_of(
            offer,
            channels,
            wish,
            demand=demand,
            occupation=occupation,
            opening=self._opening_times.opening(offer, demand, first, last - first),
            bounds=bounds or self._bounds(offer),
        )

    def _asked_of(self, consultations: AbstractSet[tuple[str, str]]) -> list[tuple[Offer, list[str]]]:
        """Return the offers that have one of the consultations, each with the services in question."""
        found = []
        for offer in self.offers.values():
            services = [s for s in offer.services if any((s, channel) in consultations for channel in offer.channels)]
            if services:
                found.append((offer, services))
        return found

    def _bounds(self, offer: Offer) -> Bounds:
        return bounds_of(offer, self._clock(), self._zone)


def _wanted(offer: Offer, wish: Wish) -> tuple[str, ...]:
    named = (c for c in offer.channels if not wish.channels or c in wish.channels)
    return tuple(c for c in named if can_be_spoken(c, wish.languages))
