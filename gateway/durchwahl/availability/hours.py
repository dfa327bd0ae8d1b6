"""Weekly hours and closures -> instants. Hours are wall-clock times per local date, converted edge by edge."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from durchwahl.availability.units import unit_after, unit_of
from durchwahl.model.schedule import Interval, WeeklyHours
from durchwahl.settings.words import Closure

Span = tuple[int, int]
"""Units since the epoch, the last one not included."""


def opening_instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """Return when an opening begins: the first of an ambiguous time, one in the gap moved forward by the gap."""
    return datetime.combine(day, wall.replace(fold=0), zone).astimezone(UTC)


def closing_instant(day: date, wall: time | None, zone: ZoneInfo) -> datetime:
    """Return when an opening ends: the second of an ambiguous time; None is the midnight that ends the day."""
    if wall is None:
        return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    late = datetime.combine(day, wall.replace(fold=1), zone)
    early = late.replace(fold=0)
    # In the gap, fold=1 would move the edge backward (PEP 495); the gap moves every edge forward.
    is_gap = early.utcoffset() != late.utcoffset() and early.astimezone(UTC).astimezone(zone).time() != wall
    return (early if is_gap else late).astimezone(UTC)


def openings(hours: WeeklyHours, first: date, last: date, zone: ZoneInfo) -> Iterator[Span]:
    """Yield the openings of the dates from `first` to `last` (included), in units, rounded inward."""
    day = first
    while day <= last:
        for start, end in hours.on(day.weekday()):
            begin = unit_after(opening_instant(day, start, zone))
            close = unit_of(closing_instant(day, end, zone))
            if close > begin:
                yield begin, close
        day += timedelta(days=1)


def intersection(left: Sequence[Span], right: Sequence[Span]) -> list[Span]:
    """Return what lies in a span of both; each list is ascending and free of overlaps."""
    found, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        low, high = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if low < high:
            found.append((low, high))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return found


def runs_over_midnight(hours: WeeklyHours) -> bool:
    """Whether some opening goes on at midnight."""
    ends = [any(end is None for _, end in hours.on(day)) for day in range(7)]
    begins = [any(start == time() for start, _ in hours.on(day)) for day in range(7)]
    return any(ends[day] and begins[(day + 1) % 7] for day in range(7))


def joined(spans: Iterable[Span]) -> list[Span]:
    """Return ascending spans without overlaps; two that touch become one."""
    found: list[Span] = []
    for low, high in sorted(spans):
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return found


def closed_span(closure: Closure, zone: ZoneInfo) -> Span | None:
    """Return a closure's units, rounded outward; None for one that an .ics file describes."""
    if closure.from_ is None:
        return None
    start, end = closure.from_, closure.to if closure.to is not None else closure.from_
    if not isinstance(start, datetime):
        last = end if not isinstance(end, datetime) else end.date()
        return unit_of(opening_instant(start, time(), zone)), unit_after(closing_instant(last, None, zone))
    aware_end = end if isinstance(end, datetime) else datetime.combine(end, time(), zone)
    return unit_of(_aware(start, zone)), unit_after(_aware(aware_end, zone))


def span_of(interval: Interval) -> Span:
    """Return the units that an interval touches."""
    return unit_of(interval.start), unit_after(interval.end)


def _aware(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=zone)
