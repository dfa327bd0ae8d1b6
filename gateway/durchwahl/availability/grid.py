"""How many lanes are free at each start of an offer, over a whole window at once.

Lanes are counted with bit planes: plane 0 holds the ones of every count, plane 1 the twos, and so on. Adding a lane is
one addition with carry over all starts of the window at the same time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from durchwahl.availability.units import is_set, ordered_bytes, runs, set_units, window_bits


@dataclass(frozen=True)
class Demand:
    """What a start needs, in units: the talk inside the opening hours, the buffers only free of other things."""

    before: int
    talk: int
    after: int

    @property
    def occupied(self) -> int:
        """Return how long the lane is taken."""
        return self.before + self.talk + self.after


@dataclass(frozen=True)
class Grid:
    """Remaining places per start. Units count from `base`; `lanes` says which lane is free at which starts."""

    base: int
    planes: tuple[int, ...]
    lanes: Mapping[str, int]

    @property
    def starts(self) -> int:
        """The starts with at least one place left."""
        bits = 0
        for plane in self.planes:
            bits |= plane
        return bits

    @cached_property
    def _ordered(self) -> tuple[bytes, ...]:
        return tuple(ordered_bytes(plane) for plane in self.planes)

    def remaining(self, place: int) -> int:
        """Return how many lanes are free at a start, counted from `base`."""
        return sum(is_set(plane, place) << index for index, plane in enumerate(self._ordered))

    def free_lanes(self, place: int) -> list[str]:
        """Return the lanes that are free at a start, in the order in which they were given."""
        return [name for name, bits in self.lanes.items() if (bits >> place) & 1]

    def each(self) -> Iterator[tuple[int, int]]:
        """Yield (unit since the epoch, remaining places) of every start with a place left, ascending."""
        for place in set_units(self.starts):
            yield self.base + place, self.remaining(place)


def free_grid(
    *,
    base: int,
    size: int,
    demand: Demand,
    allowed: Mapping[str, int],
    busy: Mapping[str, Sequence[tuple[int, int]]],
) -> Grid:
    """Return the remaining places of one offer.

    Args:
        base: the window's first unit since the epoch.
        size: the window's length in units.
        demand: what a start needs.
        allowed: per lane, the starts (from `base`) that hours, closures, lead and horizon leave open.
        busy: per lane, spans of units since the epoch, the last not included; they may overlap.
    """
    # The window is widened by what a start at its edges occupies outside it.
    low, width = base - demand.before, size + demand.occupied
    everything = (1 << width) - 1
    planes: list[int] = []
    lanes: dict[str, int] = {}
    for name, starts in allowed.items():
        taken = busy.get(name)
        free = runs(everything ^ window_bits(taken, low, width), demand.occupied) if taken else everything
        lanes[name] = starts & free
        _add(planes, lanes[name])
    return Grid(base=base, planes=tuple(planes), lanes=lanes)


def _add(planes: list[int], bits: int) -> None:
    for index, plane in enumerate(planes):
        planes[index], bits = plane ^ bits, plane & bits
        if not bits:
            return
    if bits:
        planes.append(bits)
