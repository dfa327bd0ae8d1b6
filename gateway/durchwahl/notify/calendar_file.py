"""An appointment as an iCalendar file (RFC 5545), to be imported into whatever calendar a citizen uses."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from durchwahl.notify.guard import host_name, identifier, lines, one_line
from durchwahl.notify.time_zone import rules_of

if TYPE_CHECKING:
    from icalendar import Event

_PRODUCT = "-//Durchwahl//Durchwahl//DE"
_LONGEST_URL = 2_000


@dataclass(frozen=True, kw_only=True)
class CalendarEvent:
    """What a calendar file says. Instants are aware; `zone` is the IANA name that they are written in.

    `host` is the public host, the right side of the UID. `written_at` is when this version was made
    (DTSTAMP), `changed_at` when the appointment last changed. `organizer` is the office's address: RFC 5546
    §3.2.1 wants one in whatever is published; the citizen never stands in the file, neither as ORGANIZER nor
    as ATTENDEE.
    """

    booking_id: str
    host: str
    method: Literal["PUBLISH", "CANCEL"]
    sequence: int
    start: datetime
    end: datetime
    zone: str
    summary: str
    description: str = field(repr=False)
    url: str = field(repr=False)
    written_at: datetime
    changed_at: datetime
    organizer: str | None = None

    @property
    def uid(self) -> str:
        """The same for every version of an appointment: a calendar replaces by it (RFC 5545 §3.8.4.7)."""
        return f"{identifier(self.booking_id)}@{host_name(self.host)}"


def calendar_file(event: CalendarEvent) -> bytes:
    """Return the file: CRLF, lines folded at 75 octets (RFC 5545 §3.1), UTF-8.

    Raises:
        ValueError: an instant without a time zone, an address that is no http(s) URL, an id that is none.
    """
    if event.start.tzinfo is None or event.end.tzinfo is None:
        raise ValueError("an appointment without a time zone")
    head = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:{_PRODUCT}\r\nMETHOD:{event.method}\r\n".encode()
    first, last = (at.astimezone(ZoneInfo(event.zone)) for at in (event.start, event.end))
    local = all(_readable(at) for at in (first, last))
    zone = rules_of(event.zone, first.year, last.year) if local else b""
    entry = _entry(event)
    entry.add("dtstart", first if local else first.astimezone(UTC))
    entry.add("dtend", last if local else last.astimezone(UTC))
    return b"".join((head, zone, entry.to_ical(), b"END:VCALENDAR\r\n"))


def _entry(event: CalendarEvent) -> "Event":
    from icalendar import Event  # noqa: PLC0415 - 60 ms that only the first mail needs

    from durchwahl.notify.calendar_text import CalendarText  # noqa: PLC0415 - see above

    entry = Event()
    entry.add("uid", event.uid)
    entry.add("sequence", event.sequence)
    entry.add("dtstamp", event.written_at.astimezone(UTC).replace(microsecond=0))
    entry.add("last-modified", event.changed_at.astimezone(UTC).replace(microsecond=0))
    entry.add("summary", CalendarText(one_line(event.summary)))
    entry.add("description", CalendarText(lines(event.description)))
    entry.add("url", _web_address(event.url))
    entry.add("status", "CANCELLED" if event.method == "CANCEL" else "CONFIRMED")
    entry.add("class", "PRIVATE")
    if event.organizer:
        entry.add("organizer", f"mailto:{one_line(event.organizer)}")
    return entry


def _web_address(url: str) -> str:
    if one_line(url, at_most=_LONGEST_URL) != url or urlsplit(url).scheme not in ("http", "https"):
        raise ValueError("a calendar file's address must be an http(s) URL")
    return url


def _readable(local: datetime) -> bool:
    """Whether a reader gets this instant back from its wall-clock time.

    A time that occurs twice is the first of the two (RFC 5545 §3.3.5), so the second can only be written in
    UTC.
    """
    return local.replace(fold=0).astimezone(UTC) == local.astimezone(UTC)
