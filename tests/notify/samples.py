from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import icalendar

from durchwahl.notify.calendar_file import CalendarEvent
from durchwahl.notify.clerk_letters import ClerkLetter
from durchwahl.notify.letters import Letter

SENDER = "durchwahl@city.example"
START = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
WRITTEN = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

_TIME = {"start": START, "end": START + timedelta(minutes=20), "zone": "Europe/Berlin", "written_at": WRITTEN}
_BOOKING = {"booking_id": "Q7vX2mK9aLr4TzBn8cWd5g", "version": 1, "sequence": 0, "reference": "7K3M9QTZ"}


def letter(**changes: Any) -> Letter:
    values = {
        "kind": "confirmation",
        "to": "erika@example.org",
        "language": "de",
        "city": "Landeshauptstadt Dresden",
        "department_name": "Bürgeramt",
        "department_phone": "0351 0000000",
        "service_names": ("Meldebescheinigung",),
        "channel": "video",
        "documents": ("Personalausweis",),
        "manage_url": "https://www.example.org/beratung/termin/Q7v/manage-token",
        "join_url": "https://www.example.org/beratung/raum/Q7v/join-token",
        "verify_url": "https://www.example.org/beratung/termin/Q7v/verify-token",
        "notice": "Dies ist eine Vorführung und kein Angebot der Stadt.",
        "discreet": False,
    }
    return Letter(**{**_TIME, **_BOOKING, **values, **changes})


def clerk(**changes: Any) -> ClerkLetter:
    values = {
        "kind": "new",
        "to": "platz-1@city.example",
        "language": "de",
        "lane": "platz-1",
        "title": "Meldebescheinigung (Video)",
        "fields": frozenset({"reference", "channel", "name", "phone", "email", "needs", "answers", "link"}),
        "city": "Landeshauptstadt Dresden",
        "channel": "video",
        "name": "Erika Mustermann",
        "phone": "+49 351 1234567",
        "email": "erika@example.org",
        "join_url": "https://www.example.org/beratung/raum/Q7v/clerk-token",
        "public_url": "https://www.example.org/beratung/",
    }
    return ClerkLetter(**{**_TIME, **_BOOKING, **values, **changes})


def event(**changes: Any) -> CalendarEvent:
    values = {
        "booking_id": "Q7vX2mK9aLr4TzBn8cWd5g",
        "host": "www.example.org",
        "method": "PUBLISH",
        "sequence": 2,
        "summary": "Termin",
        "description": "Vorgangsnummer: 7K3M9QTZ",
        "url": "https://www.example.org/beratung/termin/Q7v/manage-token",
        "changed_at": WRITTEN,
    }
    return CalendarEvent(**{**_TIME, **values, **changes})


def body(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def attached(message: EmailMessage) -> list[tuple[str, bytes]]:
    return [(part.get_filename() or "", part.get_payload(decode=True)) for part in message.iter_attachments()]


def entry(content: bytes) -> icalendar.Event:
    calendar = icalendar.Calendar.from_ical(content)
    (only,) = calendar.walk("VEVENT")
    return only


def everything(message: EmailMessage) -> str:
    """All that a reader, a preview or a file listing could show, decoded."""
    shown = [f"{name}: {value}" for name, value in message.items()]
    shown += [body(message)]
    for name, content in attached(message):
        shown += [name, content.replace(b"\r\n ", b"").decode()]
    return "\n".join(shown)
