"""Other ways to the same result: bare integers, as fast as Python can; and brute force, as plain as it can be."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from bench.slots_case import ZONE, Case, Span

UNIT = 300


def hours_mask(case: Case) -> int:
    """Return the starts that the hours leave open, in units from the window's first; made once, not measured."""
    first, _ = case.window
    mask = 0
    for start in all_starts(case):
        mask |= 1 << (int(start.timestamp()) // UNIT - first)
    return mask


def bare_bitset(case: Case, mask: int, busy: Mapping[str, Sequence[Span]]) -> int:
    """Return how many places are free, by nothing but integers: no offer, no buffers, no count per start."""
    base, last = case.window
    length = case.duration // timedelta(seconds=UNIT)
    everything = (1 << (last - base + length)) - 1
    free = 0
    for spans in busy.values():
        taken = 0
        for low, high in spans:
            begin = low - base if low > base else 0
            if high - base > begin:
                taken |= ((1 << (high - base - begin)) - 1) << begin
        open_units = everything & ~taken
        runs = open_units
        for step in range(1, length):
            runs &= open_units >> step
        free += (runs & mask).bit_count()
    return free


def all_starts(case: Case) -> list[datetime]:
    """Return every start that the hours allow, by the clock on the wall."""
    found = []
    for number in range(case.days):
        day = case.first + timedelta(days=number)
        # Sums of times in one zone are the wall clock's own (PEP 495), as opening hours are.
        wall = datetime(day.year, day.month, day.day, case.opens, tzinfo=ZONE)
        close = datetime(day.year, day.month, day.day, case.closes, tzinfo=ZONE)
        while wall + case.duration <= close:
            found.append(wall.astimezone(UTC))
            wall += case.step
    return found


def brute_force(case: Case, busy: Mapping[str, Sequence[tuple[datetime, datetime]]]) -> dict[datetime, int]:
    """Return the free places of each start that has one: every start held against every busy time of every lane."""
    remaining: dict[datetime, int] = {}
    for start in all_starts(case):
        begin, end = start - case.before, start + case.duration + case.after
        free = sum(not any(low < end and high > begin for low, high in spans) for spans in busy.values())
        if free:
            remaining[start] = free
    return remaining
