"""Calendar objects for tests."""

from datetime import UTC, datetime

from durchwahl_adapters.caldav.events import Span
from durchwahl_adapters.caldav.recurrence import Window, object_spans

BERLIN = "Europe/Berlin"
SPRING = Window(datetime(2027, 3, 1, tzinfo=UTC), datetime(2027, 5, 1, tzinfo=UTC))


def event(*lines: str, more: str = "", before: str = "", end: str = "\r\n") -> str:
    """Return a calendar object with one event of these lines, `before` it and `more` after it."""
    content = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//x//y//EN",
        *before.splitlines(),
        "BEGIN:VEVENT",
        "UID:u1",
    ]
    content += ["DTSTAMP:20260101T000000Z", *lines, "END:VEVENT", *more.splitlines(), "END:VCALENDAR", ""]
    return end.join(content)


def override(*lines: str) -> str:
    """Return another event with the same UID."""
    return "\n".join(["BEGIN:VEVENT", "UID:u1", "DTSTAMP:20260101T000000Z", *lines, "END:VEVENT"])


def spans(text: str, window: Window = SPRING, zone: str = BERLIN) -> list[Span]:
    """Return the object's busy spans, earliest first."""
    found, _ = object_spans(text, zone=zone, window=window)
    return sorted(span for span in found if span.touches(window.start, window.end))


def utc(text: str) -> datetime:
    """Read `2027-03-01 09:00` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def starts(text: str, window: Window = SPRING) -> list[str]:
    """Return when the spans begin, in UTC."""
    return [f"{span.start:%m-%d %H:%M}" for span in spans(text, window)]
