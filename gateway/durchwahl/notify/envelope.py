"""The outside of every mail: headers that hold nothing of a citizen but the address it goes to."""

from base64 import encodebytes
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from hashlib import sha256

from durchwahl.errors import Refused, Rejected
from durchwahl.notify.calendar_file import CalendarEvent, calendar_file
from durchwahl.notify.folding import KEPT
from durchwahl.notify.guard import host_name, identifier, mail_address, one_line

_LONGEST_SUBJECT = 200


def message_id(booking_id: str, kind: str, version: int, host: str) -> str:
    """Return the same id for the same mail, so that sending it once more is no second mail.

    Raises:
        ValueError: an id that is none.
    """
    return f"<{identifier(booking_id)}.{identifier(kind)}.{version}@{host_name(host)}>"


def sender_address(sender: str, city: str) -> Address:
    """Return the From address; without a name of its own it carries the city's.

    Raises:
        Refused: the configured sender is no address; no mail can leave before an operator mends it.
    """
    name, address = parseaddr(one_line(sender))
    try:
        local, _, domain = mail_address(address).rpartition("@")
    except Rejected as error:
        raise Refused("Mail cannot be sent.", detail=f"mail.sender: {sender!r} is no address") from error
    return Address(display_name=one_line(name or city), username=local, domain=domain)


def envelope(
    *, sender: Address, to: str, subject: str, text: str, mail_id: str, written_at: datetime, language: str
) -> EmailMessage:
    """Return a plain-text mail; `written_at` (aware) is its Date.

    Raises:
        Rejected: (`reason="mail"`) `to` is no address that a mail can be sent to.
        ValueError: `written_at` has no time zone.
    """
    if written_at.tzinfo is None:
        raise ValueError("a mail's date without a time zone")
    message = EmailMessage(policy=KEPT)
    message["From"] = sender
    message["To"] = mail_address(to)
    message["Subject"] = one_line(subject, at_most=_LONGEST_SUBJECT)
    message["Date"] = written_at.replace(microsecond=0)
    message["Message-ID"] = mail_id
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: no out-of-office note comes back
    message.set_content(text, cte="quoted-printable")  # 7 bit all the way: no relay has to know 8BITMIME
    message["Content-Language"] = language  # after the content, which would drop it
    return message


def attach_calendar(message: EmailMessage, event: CalendarEvent, file_name: str) -> None:
    """Add the appointment as a file, byte for byte as `calendar_file` gives it.

    `file_name` is our own word. The part's headers are written whole: `add_attachment` parses them anew for each
    parameter, which takes longer than the rest of the mail.

    Raises:
        ValueError: see `calendar_file`.
    """
    part = EmailMessage(policy=message.policy)
    part["Content-Type"] = f'text/calendar; method="{event.method}"; charset="utf-8"'
    part["Content-Transfer-Encoding"] = "base64"
    part["Content-Disposition"] = f'attachment; filename="{file_name}"'
    part.set_payload(encodebytes(calendar_file(event)).decode("ascii"))
    # Left to the library the boundary would be random, and a repeated mail another one.
    message.make_mixed(f"=_{sha256(str(message['Message-ID']).encode()).hexdigest()[:32]}")
    message.attach(part)
