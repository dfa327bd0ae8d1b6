"""Closed times of offers and lanes: config, .ics files, public holidays."""

import logging
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from durchwahl.availability.hours import Span, closed_span, closing_instant, opening_instant
from durchwahl.availability.units import unit_after, unit_of
from durchwahl.errors import Finding
from durchwahl.settings.words import Closure

if TYPE_CHECKING:
    from icalendar import Component

LARGEST_ICS = 1 << 20

logger = logging.getLogger("durchwahl.availability")


def holiday_spans(code: str | None, years: Iterable[int], zone: ZoneInfo) -> list[Span]:
    """Return the public holidays of `DE-SN` (country, then state) in these years; None has none.

    Raises:
        ValueError: no such country or state.
    """
    if code is None:
        return []
    import holidays  # noqa: PLC0415  # 10 MB that a gateway without holidays, or idle, does not need

    country, _, state = code.partition("-")
    try:
        days = holidays.country_holidays(country, subdiv=state or None, years=list(years))
    except NotImplementedError as error:
        raise ValueError(str(error)) from error
    return sorted(
        (unit_of(opening_instant(day, time(), zone)), unit_after(closing_instant(day, None, zone))) for day in days
    )


def closure_spans(closures: Iterable[Closure], folder: Path, zone: ZoneInfo) -> list[Span]:
    """Return all closed spans; an .ics file that cannot be read closes nothing and is logged."""
    spans: list[Span] = []
    for closure in closures:
        if closure.ics is None:
            span = closed_span(closure, zone)
            if span is not None:
                spans.append(span)
            continue
        try:
            spans.extend(ics_spans(folder / closure.ics, zone))
        except ValueError as error:
            logger.warning("closures in %s are not used: %s", closure.ics, error)
    return sorted(spans)


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
    except OSError as error:
        raise ValueError(str(error)) from error
    events = (event for event in calendar.walk("VEVENT") if str(event.get("STATUS", "")).upper() != "CANCELLED")
    return [_event_span(event, zone) for event in events]


def closure_findings(closures: Iterable[Closure], folder: Path, zone: ZoneInfo, file: str, key: str) -> list[Finding]:
    """Return a finding for each .ics file that cannot be read."""
    found = []
    for closure in closures:
        if closure.ics is not None:
            try:
                ics_spans(folder / closure.ics, zone)
            except ValueError as error:
                found.append(Finding(file, key, f"{closure.ics}: {error}.", f"Put a readable file into {folder}."))
    return found


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
