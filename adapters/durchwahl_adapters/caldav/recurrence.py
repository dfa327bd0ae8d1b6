"""The busy spans of a calendar object, recurrences expanded within bounds (RFC 5545 §3.8.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import prod
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Event

from durchwahl_adapters.caldav.events import (
    Span,
    blocks_time,
    calendars,
    events_of,
    instant,
    text_of,
    times,
    value_of,
)
from durchwahl_adapters.caldav.lines import BROKEN, Unreadable, essence, listed

MOST_OCCURRENCES = 20_000
MOST_STEPS = 250_000
MOST_DATES = 5_000
MOST_OVERRIDES = 2_000
_DAY = timedelta(days=1)
_RECURRING = ("RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID")
_FREQUENT = {"HOURLY", "DAILY", "WEEKLY"}
_TIME_PARTS = {"BYHOUR", "BYMINUTE", "BYSECOND"}
_RULE_PARTS = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYMONTH"} | _TIME_PARTS
_LONG_PARTS = {"BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"}


@dataclass(frozen=True)
class Window:
    """The half-open span that is asked about, both ends aware."""

    start: datetime
    end: datetime


def object_spans(text: str, *, zone: str, window: Window) -> tuple[list[Span], bool]:
    """Return the busy spans of one calendar object, and whether they are the same for every window.

    Spans are neither clipped nor merged; of a recurring event those around the window are returned. Transparent
    and cancelled events are not busy, and an event without a length takes no time. Whole days and floating times
    are counted in `zone`.

    Raises:
        Unreadable: no iCalendar, an event without times, or a recurrence beyond the bounds.
    """
    found = calendars(essence(text))
    events = list(events_of(found))
    if not events or len(events) > MOST_OVERRIDES:
        raise Unreadable(f"{len(events)} events in one object")
    for event in events:
        _check(event, window)
    names = [text_of(event, "UID") for event in events if "RECURRENCE-ID" not in event]
    if len(set(names)) != len(names):
        raise Unreadable("two events under one UID")
    recurs = any(key in event for event in events for key in _RECURRING)
    if recurs:
        spans = _occurrences(found, ZoneInfo(zone), window)
    else:
        spans = [Span(*times(event, ZoneInfo(zone))) for event in events if blocks_time(event)]
    return [span for span in spans if span.start < span.end], not recurs


def _occurrences(found: Sequence[Calendar], zone: ZoneInfo, window: Window) -> list[Span]:
    start, end = window.start.astimezone(UTC) - _DAY, window.end.astimezone(UTC) + _DAY
    spans: list[Span] = []
    try:
        for calendar in found:
            for event in recurring_ical_events.of(calendar).between(start, end):
                spans += [_occurrence(event, zone)] if blocks_time(event) else []
    except BROKEN as error:
        raise Unreadable(f"a recurrence that cannot be followed ({type(error).__name__})") from error
    if len(spans) > MOST_OCCURRENCES:
        raise Unreadable(f"more than {MOST_OCCURRENCES} occurrences")
    return spans


def _occurrence(event: Event, zone: ZoneInfo) -> Span:
    """Return one occurrence; its DTSTART and DTEND are wall-clock times.

    §3.8.5.3 gives every occurrence the exact length of the first; Thunderbird and others keep the length on
    the clock. They differ only across a change of the clock, and then the later end is taken.
    """
    start, end = value_of(event, "DTSTART"), value_of(event, "DTEND")
    began, ended = instant(start, zone), instant(end, zone)
    if ended == began and not isinstance(start, datetime):
        ended = instant(start + _DAY, zone)
    if isinstance(start, datetime) and isinstance(end, datetime):
        ended = max(ended, began + (end.replace(tzinfo=None) - start.replace(tzinfo=None)))
    return Span(began, ended)


def _check(event: Event, window: Window) -> None:
    """Refuse before it is tried what would take the expansion out of its bounds."""
    if event.errors:
        raise Unreadable(f"an event with a broken {event.errors[0][0]}")
    if "EXRULE" in event:
        raise Unreadable("an event with EXRULE, which RFC 5545 has withdrawn")
    dates = sum(len(entry.dts) for key in ("RDATE", "EXDATE") for entry in listed(event.get(key)))
    rules = listed(event.get("RRULE"))
    if dates > MOST_DATES or len(rules) > 5:
        raise Unreadable("an event with too many rules or dates")
    if rules:
        start, end = times(event, ZoneInfo("UTC"))
        walked = max(1, (window.end - start).days + 3)
        touching = min(walked, (window.end - window.start + (end - start)).days + 4)
        for rule in rules:
            _check_rule(rule, walked, touching)


def _check_rule(rule: Any, walked: int, touching: int) -> None:
    """Refuse a rule that steps too often, or that may step to the year 9999 without ever matching.

    `walked` are the days from its start to the window's end, `touching` those whose occurrences reach into
    the window. dateutil (2.9) goes on until a rule matches; `FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30` takes 6 s,
    an interval of 0 for ever. Monthly and yearly rules take at most half a second.
    """
    frequency = str(rule.get("FREQ", [""])[0]).upper()
    parts = {str(part).upper() for part in rule}
    allowed = _RULE_PARTS if frequency in _FREQUENT else _RULE_PARTS | _LONG_PARTS
    if frequency not in {*_FREQUENT, "MONTHLY", "YEARLY"} or not parts <= allowed:
        raise Unreadable(f"a recurrence that is not followed: {frequency} {' '.join(sorted(parts - allowed))}")
    if not all(1 <= int(step) <= 10_000 for step in rule.get("INTERVAL", [1])):
        raise Unreadable("a recurrence with an interval out of bounds")
    hours = 24 if frequency == "HOURLY" else len(rule.get("BYHOUR", [0]))
    daily = prod((hours, len(rule.get("BYMINUTE", [0])), len(rule.get("BYSECOND", [0]))))
    if daily * walked > MOST_STEPS or daily * touching > MOST_OCCURRENCES:
        raise Unreadable("a recurrence with too many occurrences")
