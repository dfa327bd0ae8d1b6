"""Closed times that are kept as iCalendar files: read once for each change of a file, however often they are asked for.

A file that cannot be read closes nobody knows what, so whatever depends on it has no times until it can be read: a city
must not sell appointments on a closed day.
"""

import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from durchwahl.availability.hours import Span, opening_instant
from durchwahl.availability.units import unit_after, unit_of

if TYPE_CHECKING:
    from icalendar import Component

LARGEST_ICS = 1 << 20

Version = tuple[int, int] | None
"""When a file was changed, in nanoseconds, and its size in bytes; None while there is no such file."""

logger = logging.getLogger("durchwahl.availability")


@dataclass(frozen=True)
class _Reading:
    version: Version
    spans: list[Span] | None


class IcsFiles:
    """Remembers what the files of a folder close; spans are in units since the epoch."""

    def __init__(self, folder: Path, zone: ZoneInfo) -> None:
        self._folder = folder
        self._zone = zone
        self._readings: dict[str, _Reading] = {}

    def version(self, name: str) -> Version:
        """Return what changes with the file."""
        try:
            found = (self._folder / name).stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size

    def spans(self, name: str) -> list[Span] | None:
        """Return what the file closes, None where it cannot be read; logged once for each version of it."""
        version, kept = self.version(name), self._readings.get(name)
        if kept is None or kept.version != version:
            kept = self._readings[name] = _Reading(version, self._read(name))
        return kept.spans

    def _read(self, name: str) -> list[Span] | None:
        try:
            return ics_spans(self._folder / name, self._zone)
        except ValueError as error:
            # A mistake in a file, not a bug.
            logger.error("closures in %s cannot be read, so what they may close has no times: %s", name, error)  # noqa: TRY400
            return None


def ics_spans(path: Path, zone: ZoneInfo) -> list[Span]:
    """Return the events of an iCalendar file as closed spans; all-day events close whole local days.

    Raises:
        ValueError: missing, too large or no iCalendar.
    """
    import icalendar  # noqa: PLC0415  # only where a closure is kept as .ics

    try:
        if path.stat().st_size > LARGEST_ICS:
            raise ValueError(f"larger than {LARGEST_ICS} bytes")
        calendar = icalendar.Calendar.from_ical(path.read_bytes())
    except FileNotFoundError as error:
        raise ValueError("does not exist") from error
    except OSError as error:
        raise ValueError(error.strerror or str(error)) from error
    events = (event for event in calendar.walk("VEVENT") if str(event.get("STATUS", "")).upper() != "CANCELLED")
    return [_event_span(event, zone) for event in events]


def _event_span(event: "Component", zone: ZoneInfo) -> Span:
    """Return the units of an event; it ends by DTEND or DURATION, else with its day or at once (RFC 5545 §3.6.1)."""
    if event.get("RRULE") is not None or event.get("RDATE") is not None:
        raise ValueError("recurring events are not read as closures: write the dates out")
    start, end = event.decoded("DTSTART", None), event.decoded("DTEND", None)
    length = event.decoded("DURATION", None)
    if not isinstance(start, date):
        raise ValueError("an event has no DTSTART that can be read")
    if end is None:
        length = timedelta(days=0 if isinstance(start, datetime) else 1) if length is None else length
        if not isinstance(length, timedelta):
            raise ValueError("an event has a DURATION that cannot be read")
        end = (_instant(start, zone).astimezone(UTC) if isinstance(start, datetime) else start) + length
    if not isinstance(end, date):
        raise ValueError("an event has a DTEND that cannot be read")
    return unit_of(_instant(start, zone)), unit_after(_instant(end, zone))


def _instant(value: date | datetime, zone: ZoneInfo) -> datetime:
    if not isinstance(value, datetime):
        return opening_instant(value, time(), zone)
    return value if value.tzinfo is not None else value.replace(tzinfo=zone)
