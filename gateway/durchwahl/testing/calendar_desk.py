"""What the calendar contract works with: appointments at fixed times, a desk that clears up after itself."""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from pydantic import JsonValue

from durchwahl.plugin import Appointment, FreeBusyCalendar, Interval, Lane, Occupant, Placed

ZONE = "Europe/Berlin"
MONDAY = datetime(2031, 3, 3, tzinfo=UTC)

SWITCHES = (datetime(2027, 3, 28, 1, tzinfo=UTC), datetime(2027, 10, 31, 1, tzinfo=UTC))
"""When the clocks of Europe/Berlin change."""

SEPARATORS = ("\r\n", "\n", "\r", "\x0b", "\x1c", "\x85", "\u2028", "\u2029")
"""What one or another program takes for the end of a line."""


class Clerk(Protocol):
    """Somebody who writes into the same calendar with a program of their own."""

    async def add(self, interval: Interval) -> str:
        """Put a busy event into the lane, and return what `remove` needs."""

    async def remove(self, event: str) -> None:
        """Take the event out again."""


def minutes(day: int, hour: int, minute: int = 0, *, length: int = 20) -> Interval:
    """Return a time on the given day after a Monday in March 2031, in UTC."""
    start = MONDAY + timedelta(days=day, hours=hour, minutes=minute)
    return Interval(start, start + timedelta(minutes=length))


def new_name() -> str:
    """Return a name as the gateway makes them."""
    return "dw-" + base64.b32encode(secrets.token_bytes(15)).decode().lower()


@dataclass
class Desk:
    """Makes appointments in one lane and remembers them, so that `clear` can delete them."""

    calendar: FreeBusyCalendar
    lane: Lane
    made: list[tuple[str, JsonValue]] = field(default_factory=list)

    async def make(
        self,
        name: str,
        interval: Interval,
        *,
        title: str = "Contract",
        sequence: int = 0,
        ref: JsonValue = None,
    ) -> Placed:
        """Make sure that the appointment exists."""
        wanted = self.appointment(interval, title=title, sequence=sequence)
        placed = await self.calendar.ensure(name, wanted, ref)
        self.made.append((name, placed.ref))
        return placed

    def appointment(self, interval: Interval, *, title: str = "Contract", sequence: int = 0) -> Appointment:
        """Return what the gateway would ask for."""
        return Appointment(
            lane=self.lane,
            interval=interval,
            talk=interval,
            zone=ZONE,
            title=title,
            description="Reference 7KQ2-M4XD\nThis is a test.",
            sequence=sequence,
            changed_at=MONDAY,
        )

    def ref_to_find(self, placed: Placed) -> JsonValue:
        """Return None where the calendar finds by name alone, as the gateway does after a lost answer."""
        return placed.ref if self.calendar.capabilities.find == "by_ref" else None

    async def busy(self, window: Interval) -> Sequence[Interval]:
        """Return the lane's busy times, clipped to the window."""
        found = await self.calendar.busy([self.lane], window)
        spans = [span for span in found.get(self.lane.name, ()) if span.overlaps(window)]
        return sorted({Interval(*_clip(span, window)) for span in spans})

    async def occupants(self, interval: Interval) -> Sequence[Occupant]:
        """Return what overlaps the interval, earliest first."""
        return sorted(await self.calendar.occupants(self.lane, interval), key=lambda one: one.interval)

    async def clear(self) -> None:
        """Delete what was made."""
        for name, ref in self.made:
            await self.calendar.delete(name, ref)


def _clip(span: Interval, window: Interval) -> tuple[datetime, datetime]:
    return max(span.start, window.start), min(span.end, window.end)


def forged(separator: str, elsewhere: Interval, name: str) -> str:
    """Return a title that frees its own time, passes for another name, and adds an event elsewhere."""
    start, end = (f"{moment:%Y%m%dT%H%M%SZ}" for moment in (elsewhere.start, elsewhere.end))
    lines = ("Contract", "TRANSP:TRANSPARENT", "STATUS:CANCELLED", f"X-DURCHWAHL-NAME:{name}", f"UID:{name}")
    event = ("END:VEVENT", "BEGIN:VEVENT", f"UID:{name}", f"DTSTART:{start}", f"DTEND:{end}", "SUMMARY:x")
    return separator.join((*lines, *event))
