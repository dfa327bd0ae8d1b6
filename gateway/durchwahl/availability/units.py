"""Units of five minutes, aligned to the UTC epoch: what lanes are occupied in. A set of units is one integer."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

UNIT = 300
UNIT_MS = 1000 * UNIT
PER_DAY = 86_400 // UNIT


def unit_of(instant: datetime) -> int:
    """Return the unit that the instant falls into."""
    return int(instant.timestamp() // UNIT)


def unit_after(instant: datetime) -> int:
    """Return the first unit that begins at or after the instant."""
    return int(-(-instant.timestamp() // UNIT))


def instant_of(unit: int) -> datetime:
    """Return when a unit begins, in UTC."""
    return datetime.fromtimestamp(unit * UNIT, UTC)


def units_in(length: timedelta) -> int:
    """Return how many units the length occupies, rounded outward."""
    return int(-(-length.total_seconds() // UNIT))


def span_bits(first: int, last: int) -> int:
    """Return the units from `first` up to and not including `last`, both counted from the window's start."""
    return ((1 << (last - first)) - 1) << first if last > first else 0


def window_bits(spans: Iterable[tuple[int, int]], base: int, size: int) -> int:
    """Return the units of all spans that lie in the window of `size` units from `base`; spans may overlap."""
    bits = 0
    for first, last in spans:
        low, high = max(first - base, 0), min(last - base, size)
        if high > low:
            bits |= ((1 << (high - low)) - 1) << low
    return bits


def runs(bits: int, length: int) -> int:
    """Return the units at which `length` set units in a row begin."""
    covered = 1
    while covered < length:
        step = min(covered, length - covered)
        bits &= bits >> step
        covered += step
    return bits


def every(first: int, count: int, step: int) -> int:
    """Return `count` units, `step` apart, from `first` on."""
    bits, have = 1, 1
    while have < count:
        bits |= bits << (have * step)
        have *= 2
    return (bits & ((1 << ((count - 1) * step + 1)) - 1)) << first if count > 0 else 0


def ordered_bytes(bits: int) -> bytes:
    """Return the units as bytes, the first unit lowest in the first: looking one up does not touch all the others."""
    return bits.to_bytes((bits.bit_length() + 7) // 8, "little")


def is_set(units: bytes, place: int) -> bool:
    """Whether a unit is among those of `ordered_bytes`."""
    byte = place >> 3
    return byte < len(units) and bool(units[byte] >> (place & 7) & 1)


def set_units(bits: int) -> Iterator[int]:
    """Yield the set units in ascending order, in time linear in the integer's size."""
    for place, byte in enumerate(ordered_bytes(bits)):
        left = byte
        while left:
            low = left & -left
            yield place * 8 + low.bit_length() - 1
            left ^= low
