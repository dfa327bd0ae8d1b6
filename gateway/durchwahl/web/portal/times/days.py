"""Free times as a page shows them: by day, each time once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any


@dataclass(frozen=True)
class Time:
    """One time to choose. `start` and `end` carry the offset of the city's zone; `slot` is its sealed token."""

    slot: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Day:
    """A day's times, ascending."""

    date: date
    times: tuple[Time, ...]


def days_of(slots: Iterable[Mapping[str, Any]]) -> tuple[Day, ...]:
    """Return slots, as the interface gives them in ascending order, by the day on which they begin in the city's zone.

    Where two offers have the same time, it stands there once.
    """
    seen: set[datetime] = set()
    times = []
    for slot in slots:
        start = datetime.fromisoformat(slot["start"])
        if start not in seen:
            seen.add(start)
            times.append(Time(slot["slot"], start, datetime.fromisoformat(slot["end"])))
    return tuple(Day(day, tuple(each)) for day, each in groupby(times, key=lambda time: time.start.date()))
