"""One appointment of ours to iCalendar text (RFC 5545), and back."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from durchwahl_adapters.caldav.events import blocks_time, calendars, masters, text_of, times
from durchwahl_adapters.caldav.lines import MARK, Unreadable
from durchwahl_adapters.caldav.zones import time_zone

_PRODUCT = "-//Durchwahl//CalDAV//EN"
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_LINE_ENDS = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")


@dataclass(frozen=True)
class Entry:
    """An appointment as it shall stand in the calendar; times are aware, `stamp` is when it was decided."""

    name: str
    start: datetime
    end: datetime
    zone: str
    summary: str
    description: str
    sequence: int
    stamp: datetime
    tentative: bool = False


@dataclass(frozen=True)
class Stored:
    """An event as the calendar gives it back; times in UTC. `name` is the mark's value, None without one."""

    name: str | None
    uid: str
    start: datetime
    end: datetime
    summary: str
    description: str
    sequence: int
    tentative: bool
    plain: bool
    """Busy, not cancelled and happening once, as everything is that was written here."""

    def looks_like(self, entry: Entry) -> bool:
        """Whether a reader would see no difference; a higher SEQUENCE is a later version of the same."""
        times = (entry.start.astimezone(UTC), entry.end.astimezone(UTC), entry.tentative)
        texts = (line(entry.summary), paragraph(entry.description))
        same = times == (self.start, self.end, self.tentative) and texts == (self.summary, self.description)
        return self.plain and same and self.sequence >= entry.sequence


def is_name(text: str) -> bool:
    """Whether the text can be a name: it becomes a file's name in an address, a UID and a property."""
    return _NAME.fullmatch(text) is not None


def line(text: str) -> str:
    """Return one line: every run of control characters and line ends becomes a space.

    The guard stands before the library, whose own is an `assert` and gone under `python -O`.
    """
    return _CONTROLS.sub(" ", text).strip()


def paragraph(text: str) -> str:
    r"""Return lines separated by `\n`, each without control characters."""
    return "\n".join(line(piece) for piece in _LINE_ENDS.split(text)).strip()


def written(entry: Entry) -> bytes:
    """Return the calendar object: times in the entry's zone with its VTIMEZONE, busy and confidential.

    A local time in the hour that happens twice means the first (§3.3.5); an appointment in the second is
    written in UTC.

    Raises:
        ValueError: a name that cannot be one, or an unknown zone.
    """
    if not is_name(entry.name):
        raise ValueError(f"{entry.name!r} cannot be the name of a calendar object")
    calendar = Calendar()
    calendar.add("PRODID", _PRODUCT)
    calendar.add("VERSION", "2.0")
    zone = ZoneInfo(entry.zone)
    start, end = entry.start.astimezone(zone), entry.end.astimezone(zone)
    if start.fold or end.fold:
        start, end = entry.start.astimezone(UTC), entry.end.astimezone(UTC)
    elif entry.zone != "UTC":
        calendar.add_component(time_zone(entry.zone, start.year, end.year))
    calendar.add_component(_event(entry, start, end))
    text: bytes = calendar.to_ical()
    return text


def _event(entry: Entry, start: datetime, end: datetime) -> Event:
    event = Event()
    event.add("UID", entry.name)
    event.add("DTSTAMP", entry.stamp.astimezone(UTC))
    event.add("DTSTART", start)
    event.add("DTEND", end)
    event.add("SEQUENCE", entry.sequence)
    event.add("SUMMARY", line(entry.summary))
    event.add("DESCRIPTION", paragraph(entry.description))
    event.add("CLASS", "CONFIDENTIAL")
    event.add("TRANSP", "OPAQUE")
    event.add("STATUS", "TENTATIVE" if entry.tentative else "CONFIRMED")
    event.add(MARK, entry.name)
    return event


def read_stored(text: str, *, zone: str) -> Stored:
    """Return the event of a calendar object; `zone` is where floating times and whole days are counted.

    Raises:
        Unreadable: no event, or one whose times cannot be read.
    """
    events = masters(calendars(text))
    if not events:
        raise Unreadable("the object holds no event")
    event = events[0]
    start, end = times(event, ZoneInfo(zone))
    recurs = len(events) > 1 or any(key in event for key in ("RRULE", "RDATE", "RECURRENCE-ID"))
    return Stored(
        name=text_of(event, MARK) or None,
        uid=text_of(event, "UID"),
        start=start,
        end=end,
        summary=text_of(event, "SUMMARY"),
        description=text_of(event, "DESCRIPTION"),
        sequence=_sequence(event),
        tentative=text_of(event, "STATUS").upper() == "TENTATIVE",
        plain=blocks_time(event) and not recurs,
    )


def _sequence(event: Event) -> int:
    try:
        return int(event.get("SEQUENCE", 0))
    except (TypeError, ValueError):
        return 0
