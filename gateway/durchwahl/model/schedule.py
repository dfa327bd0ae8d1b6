"""Time: intervals, lanes, weekly hours. All instants are aware; intervals are half-open."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any

from durchwahl.errors import Invalid


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """From `start` up to and not including `end`, both aware; kept in UTC.

    Raises:
        Invalid: an instant without a zone, or an end that is not after the start.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise Invalid("A time without a time zone was given.", detail=f"naive: {self.start!r} – {self.end!r}")
        if self.end <= self.start:
            raise Invalid("A time span ends before it begins.", detail=f"{self.start!r} – {self.end!r}")
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))

    def overlaps(self, other: "Interval") -> bool:
        """Whether the two share an instant; touching ends share none."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True)
class Lane:
    """One consultant's place in a calendar: a mailbox, a collection, a desk (Platz).

    `name` is known within its source; `languages` are BCP 47 tags of what is spoken or signed there (`gsg` is German
    Sign Language); `settings` is the instance of the source type's `lane_settings`, None where the type has none.
    """

    name: str
    languages: tuple[str, ...] = ("de",)
    settings: Any = None


@dataclass(frozen=True)
class Occupant:
    """What stands in a lane's calendar: `name` is our deterministic name where the entry is ours, else None."""

    interval: Interval
    name: str | None = None


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class WeeklyHours:
    """Opening hours as wall-clock spans per weekday (`mon` … `sun`); "24:00" is kept as the next midnight."""

    spans: Mapping[str, tuple[tuple[time, time | None], ...]] = field(default_factory=dict)

    def on(self, weekday: int) -> tuple[tuple[time, time | None], ...]:
        """Return the spans of a weekday (0 is Monday); an end of None is the midnight that closes the day."""
        return self.spans.get(WEEKDAYS[weekday], ())

    def __hash__(self) -> int:
        return hash(tuple((day, self.spans.get(day, ())) for day in WEEKDAYS))
