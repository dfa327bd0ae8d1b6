"""Which starts opening hours leave open, and which of them closures take away; counted from a window's first unit."""

from collections.abc import Sequence

from durchwahl.availability.grid import Demand
from durchwahl.availability.hours import Span
from durchwahl.availability.units import every, runs, window_bits


def stepped(spans: Sequence[Span], demand: Demand, step: int, base: int, size: int) -> int:
    """Return the starts whose talk lies in one opening, counted from each opening's edge."""
    pattern = 0
    for low, high in spans:
        count = (high - demand.talk - low) // step + 1
        if count > 0:
            begun = max(0, -(-(base - low) // step))  # steps that lie before the window
            if count > begun and low + begun * step < base + size:
                pattern |= every(low + begun * step - base, count - begun, step)
    return pattern & ((1 << size) - 1)


def unshut(closed: Sequence[Span], demand: Demand, base: int, size: int) -> int:
    """Return the starts whose talk touches nothing closed."""
    width = size + demand.talk
    return runs(((1 << width) - 1) ^ window_bits(closed, base, width), demand.talk)
