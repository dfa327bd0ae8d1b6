"""One offer's part of an answer: where it is free, and what its slots look like."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property

from durchwahl.availability.answers import CHANNEL_ORDER, FreeSlot, Wish
from durchwahl.availability.calendar import Bounds, Opening
from durchwahl.availability.grid import Demand, Grid, free_grid
from durchwahl.availability.occupation import Occupation
from durchwahl.availability.reasons import Emptiness
from durchwahl.availability.units import is_set, ordered_bytes, set_units, span_bits
from durchwahl.catalogue.offers import Offer
from durchwahl.model.text import is_signed


@dataclass(frozen=True)
class Row:
    """Where an offer is free, in a window and on the lanes that a wish wants.

    `usable`: enough is known to book what is free. `emptiness.usable`: everything is known, so that what is not free is
    known to be taken.
    """

    offer: Offer
    channels: tuple[str, ...]
    demand: Demand
    grid: Grid
    usable: bool
    emptiness: Emptiness

    @cached_property
    def _spoken(self) -> Mapping[str, bytes]:
        """The starts at which each language is spoken or signed on a free lane."""
        starts = dict.fromkeys(self.offer.languages, 0)
        for name, free in self.grid.lanes.items():
            for tag in self.offer.lanes[name].lane.languages:
                starts[tag] |= free
        return {tag: ordered_bytes(bits) for tag, bits in starts.items()}

    def slot(self, wish: Wish, place: int, channel: str) -> FreeSlot:
        """Return the free slot at a start, counted from the grid's base."""
        start = self.grid.base + place
        languages = tuple([tag for tag, starts in self._spoken.items() if is_set(starts, place)])
        if channel == "phone":
            languages = tuple([tag for tag in languages if not is_signed(tag)])
        return FreeSlot(
            start=start,
            end=start + self.demand.talk,
            offer=self.offer,
            channel=channel,
            services=wish.services,
            remaining=self.grid.remaining(place),
            languages=languages,
            language=next((tag for tag in wish.languages if tag in languages), None),
        )


def row_of(
    offer: Offer,
    channels: tuple[str, ...],
    wish: Wish,
    *,
    demand: Demand,
    occupation: Occupation,
    opening: Opening,
    bounds: Bounds,
) -> Row:
    """Return the offer's part of the answer; `opening` is of the wish's window."""
    first, last = wish.window
    ahead = span_bits(max(bounds.first - first, 0), last - first)
    released = ahead & span_bits(0, min(bounds.last, last) - first)
    lanes = lanes_for(offer, wish.languages)
    readable = [name for name in lanes if name not in opening.unknown]
    usable = occupation.usable(offer) and bool(readable or not lanes)
    allowed = {name: opening.starts[name] & released for name in readable if usable}
    busy = occupation.of(offer) if usable else {}
    emptiness = Emptiness(
        usable=usable and len(readable) == len(lanes),
        has_hours=any(opening.hours[name] & ahead for name in lanes),
        is_closed=not any(opening.starts[name] & ahead for name in lanes),
        is_released=any(allowed.values()),
    )
    grid = free_grid(base=first, size=last - first, demand=demand, allowed=allowed, busy=busy)
    return Row(offer, channels, demand, grid, usable, emptiness)


def lanes_for(offer: Offer, languages: tuple[str, ...]) -> list[str]:
    """Return the lanes where one of the languages is spoken or signed; without languages, all."""
    if not languages:
        return list(offer.lanes_speaking(None))
    return list(dict.fromkeys(name for tag in languages for name in offer.lanes_speaking(tag)))


def first_slots(rows: Sequence[Row], wish: Wish, most: int) -> list[FreeSlot]:
    """Return the first slots of all rows together, ascending by start, then by channel and offer."""
    found: list[FreeSlot] = []
    for row in rows:
        for index, place in enumerate(set_units(row.grid.starts)):
            if index * len(row.channels) >= most:
                break
            found.extend(row.slot(wish, place, channel) for channel in row.channels)
    found.sort(key=lambda slot: (slot.start, CHANNEL_ORDER.get(slot.channel, 9), slot.offer.id))
    return found[:most]


def keep_first(
    found: dict[tuple[str, str], FreeSlot], row: Row, wish: Wish, consultations: AbstractSet[tuple[str, str]]
) -> None:
    """Keep the row's first slot for each of the consultations that have none as early."""
    starts = row.grid.starts
    if not starts:
        return
    place = (starts & -starts).bit_length() - 1
    for channel in row.offer.channels:
        key = (wish.services[0][0], channel)
        if key in consultations and (key not in found or row.grid.base + place < found[key].start):
            found[key] = row.slot(wish, place, channel)
