"""What a citizen is written: what its reader needs and no more, in a discreet letter not even the topic."""

from collections.abc import Iterator
from email.message import EmailMessage

from durchwahl.notify.calendar_file import CalendarEvent
from durchwahl.notify.envelope import attach_calendar, envelope, message_id, sender_address
from durchwahl.notify.guard import lines, one_line
from durchwahl.notify.letter import Letter, LetterKind, PhoneMode
from durchwahl.texts import closest, say_languages, say_start, say_when, translate

__all__ = ["Letter", "LetterKind", "PhoneMode", "compose", "event_of"]

_UPCOMING = frozenset({"confirmation", "change", "corrected", "not_moved", "reminder", "moved_by_office"})
_PUBLISHED = frozenset({"confirmation", "change", "corrected", "moved_by_office"})
_WITHDRAWN = frozenset({"cancellation", "cancelled_by_office"})
_LEADING_ON = frozenset({"cancelled_by_office", "refused", "unanswered"})
"""Who is told these may want another appointment."""
_LONGEST_ADDRESS = 2_000


def compose(letter: Letter, sender: str) -> EmailMessage:
    """Return the mail; `sender` is an address, with or without a name. Same letter, same bytes.

    Raises:
        Rejected: (`reason="mail"`) `letter.to` is no address that a mail can be sent to.
        ValueError: a time without a zone, a `verify` letter without its link.
    """
    author = sender_address(sender, letter.city)
    message = envelope(
        sender=author,
        to=letter.to,
        subject=_subject(letter),
        text="\n\n".join(_paragraphs(letter)) + "\n",
        mail_id=message_id(letter.booking_id, letter.kind, letter.version, letter.host),
        written_at=letter.written_at,
        language=closest(letter.language),
    )
    if letter.kind in _PUBLISHED | _WITHDRAWN:
        name = translate("mail.calendar_file", letter.language)
        attach_calendar(message, event_of(letter, organizer=author.addr_spec), name)
    return message


def event_of(letter: Letter, *, organizer: str | None = None) -> CalendarEvent:
    """Return the letter's appointment for a calendar file; it is withdrawn where the letter says so."""
    services = ", ".join(one_line(name) for name in letter.service_names)
    summary = "calendar.summary_discreet" if letter.discreet or not services else "calendar.summary"
    return CalendarEvent(
        booking_id=letter.booking_id,
        host=letter.host,
        method="CANCEL" if letter.kind in _WITHDRAWN else "PUBLISH",
        sequence=letter.sequence,
        start=letter.start,
        end=letter.end,
        zone=letter.zone,
        summary=translate(summary, letter.language, services=services),
        description="\n\n".join(_calendar_paragraphs(letter)),
        url=letter.manage_url,
        written_at=letter.written_at,
        changed_at=letter.written_at,
        organizer=organizer,
    )


def _say(letter: Letter, key: str, **values: str) -> str:
    return translate(key, letter.language, **values)


def _subject(letter: Letter) -> str:
    when = say_start(letter.start, zone=letter.zone, language=letter.language)
    subject = _say(letter, f"mail.{letter.kind}.subject", when=when)
    if letter.discreet:
        return subject
    department = one_line(letter.department_name)
    return _say(letter, "mail.subject_with_department", department=department, subject=subject)


def _paragraphs(letter: Letter) -> Iterator[str]:
    yield _say(letter, "mail.greeting")
    yield _say(letter, f"mail.{letter.kind}.intro")
    if letter.kind == "verify":
        if not letter.verify_url:
            raise ValueError("a letter that asks for confirmation needs its link")
        yield _say(letter, "mail.verify", url=_address(letter.verify_url))
        yield _say(letter, "mail.verify_not_you")
    yield "\n".join(_facts(letter))
    if letter.reason:
        yield _say(letter, "mail.reason", reason=one_line(letter.reason))
    if letter.kind in _UPCOMING:
        yield from _way_in(letter)
        yield from _documents(letter)
    if letter.kind in _UPCOMING | {"requested"}:
        key = "mail.manage_moved" if letter.kind == "moved_by_office" else "mail.manage"
        yield _say(letter, key, url=_address(letter.manage_url))
    if letter.kind in _LEADING_ON and letter.again_url:
        yield _say(letter, "mail.again", url=_address(letter.again_url))
    yield from _contact(letter)
    if letter.notice:
        yield lines(letter.notice)
    yield _say(letter, "mail.automatic")


def _facts(letter: Letter) -> Iterator[str]:
    when = say_when(letter.start, letter.end, zone=letter.zone, language=letter.language, city=one_line(letter.city))
    yield _say(letter, "mail.when", when=when)
    if letter.previous_start is not None:
        before = say_start(letter.previous_start, zone=letter.zone, language=letter.language)
        yield _say(letter, "mail.previously", when=before)
    if letter.until is not None:
        until = say_start(letter.until, zone=letter.zone, language=letter.language)
        yield _say(letter, "mail.until", when=until)
    if letter.service_names and not letter.discreet:
        yield _say(letter, "mail.what", services=", ".join(one_line(name) for name in letter.service_names))
    if not letter.discreet:
        yield _say(letter, "mail.where", department=one_line(letter.department_name))
    yield _say(letter, "mail.how", channel=_say(letter, f"channel.{letter.channel}"))
    if letter.spoken:
        yield _say(letter, "mail.language", language=one_line(say_languages(letter.spoken, letter.language)))
    yield _say(letter, "mail.reference", reference=one_line(letter.reference))


def _way_in(letter: Letter) -> Iterator[str]:
    if letter.join_url:
        yield _say(letter, "mail.join", url=_address(letter.join_url))
    number = letter.phone_number or letter.department_phone
    if letter.phone_mode == "callback":
        yield _say(letter, "mail.phone.callback")
    elif letter.phone_mode == "citizen_calls" and number:
        yield _say(letter, "mail.phone.citizen_calls", phone=one_line(number))


def _documents(letter: Letter) -> Iterator[str]:
    """Yield the papers to bring; where discreet only that there are some, for they name the topic too."""
    if letter.documents and letter.discreet:
        yield _say(letter, "mail.documents_on_page")
    elif letter.documents:
        items = (f"- {one_line(document)}" for document in letter.documents)
        yield "\n".join((_say(letter, "mail.documents"), *items))


def _contact(letter: Letter) -> Iterator[str]:
    if not letter.department_phone:
        return
    key = "mail.contact_discreet" if letter.discreet else "mail.contact"
    values = {"department": one_line(letter.department_name), "phone": one_line(letter.department_phone)}
    yield _say(letter, key, **values)


def _calendar_paragraphs(letter: Letter) -> Iterator[str]:
    yield _say(letter, "mail.reference", reference=one_line(letter.reference))
    if letter.kind not in _WITHDRAWN:
        yield from _way_in(letter)
        yield _say(letter, "mail.manage", url=_address(letter.manage_url))
    if letter.notice:
        yield lines(letter.notice)


def _address(url: str) -> str:
    return one_line(url, at_most=_LONGEST_ADDRESS)
