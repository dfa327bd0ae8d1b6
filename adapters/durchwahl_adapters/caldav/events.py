"""iCalendar text (RFC 5545) to busy spans.

What cannot be understood is never free: it raises `Unreadable`, and who asked counts it as busy throughout.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from durchwahl_adapters.caldav.lines import BROKEN, Unreadable, without_zones
from durchwahl_adapters.caldav.tzids import Zones, hide_tzids

LARGEST_OBJECT = 1024 * 1024
"""Of one event's text, once what does not matter for its times has been left out."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A busy time, in UTC, half-open."""

    start: datetime
    end: datetime

    def touches(self, start: datetime, end: datetime) -> bool:
        """Whether the two share an instant."""
        return self.start < end and start < self.end


def calendars(text: str) -> list[Calendar]:
    """Return the VCALENDARs of a text; one object should hold one, some servers send more.

    Raises:
        Unreadable: the text is too large, is no iCalendar, or brings a time zone that must not be followed.
    """
    if len(text) > LARGEST_OBJECT:
        raise Unreadable("an event larger than what is read")
    bare, blocks = without_zones(text)
    try:
        found = list(Calendar.from_ical(hide_tzids(bare), multiple=True))
        Zones(blocks).apply(events_of(found))
    except Unreadable:
        raise
    except BROKEN as error:
        raise Unreadable(f"not iCalendar ({type(error).__name__})") from error
    if not found:
        raise Unreadable("the object holds no calendar")
    return found


def events_of(found: Iterable[Calendar]) -> Iterator[Event]:
    """Yield every VEVENT, overrides of recurrences included."""
    for calendar in found:
        yield from (component for component in calendar.walk("VEVENT") if isinstance(component, Event))


def masters(found: Iterable[Calendar]) -> list[Event]:
    """Return the events without a RECURRENCE-ID; where there are none, the overrides that stand alone."""
    every = list(events_of(found))
    return [event for event in every if "RECURRENCE-ID" not in event] or every


def text_of(event: Event, name: str) -> str:
    """Return a property's text, empty where it is absent; the first where it is repeated."""
    value = event.get(name, "")
    return str(value[0] if isinstance(value, list) and value else value).strip()


def value_of(event: Event, name: str) -> Any:
    """Return a property's date, time or duration; raise one of `BROKEN` where it has none."""
    content: Any = event[name]
    return content.dt


def blocks_time(event: Event) -> bool:
    """Whether the event makes its owner busy (§3.8.2.7, §3.8.1.11)."""
    transparent = text_of(event, "TRANSP").upper() == "TRANSPARENT"
    return not transparent and text_of(event, "STATUS").upper() != "CANCELLED"


def instant(value: date | datetime, zone: ZoneInfo) -> datetime:
    """Return a DATE or DATE-TIME as an instant in UTC.

    A date is its first moment in the zone; a floating time is one of the zone, and so is a time whose own
    zone nobody knows, because a calendar without its VTIMEZONE is nearly always a local one. A time in the
    gap moves forward by the gap, an ambiguous one is the first (§3.3.5).
    """
    moment = value if isinstance(value, datetime) else datetime.combine(value, time())
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def times(event: Event, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return an event's own start and end in UTC; they are equal where it takes no time.

    Raises:
        Unreadable: no start, or a start, end or duration that is not one.
    """
    try:
        start = value_of(event, "DTSTART")
        if "DTEND" in event:
            end = instant(value_of(event, "DTEND"), zone)
        elif "DURATION" in event:
            end = _after(start, value_of(event, "DURATION"), zone)
        else:
            end = instant(start if isinstance(start, datetime) else start + _DAY, zone)
        began = instant(start, zone)
    except BROKEN as error:
        raise Unreadable(f"an event without readable times ({type(error).__name__})") from error
    if end == began and not isinstance(start, datetime):
        end = instant(start + _DAY, zone)
    return min(began, end), max(began, end)


def _after(start: date | datetime, length: timedelta, zone: ZoneInfo) -> datetime:
    """Return the end: hours are exact, days are counted on the calendar (§3.3.6).

    The parser no longer knows `PT24H` from `P1D`; of the two readings the later end is taken, so that the
    time of a changing clock is never shown as free.
    """
    if not isinstance(start, datetime):
        return instant(datetime.combine(start, time()) + length, zone)
    exact = instant(start, zone) + length
    return exact if length < _DAY else max(exact, instant(start + length, zone))
