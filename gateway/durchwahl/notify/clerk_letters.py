"""What the clerk of a lane is written: the appointment as far as the offer's `calendar_fields` allow it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from typing import Literal
from urllib.parse import urlsplit

from durchwahl.model.booking import Needs
from durchwahl.notify.calendar_file import CalendarEvent
from durchwahl.notify.envelope import attach_calendar, envelope, message_id, sender_address
from durchwahl.notify.guard import lines, one_line
from durchwahl.notify.letter import PhoneMode
from durchwahl.texts import closest, say_language, say_languages, say_start, say_when, translate

ClerkLetterKind = Literal["new", "change", "corrected", "cancellation", "request"]


@dataclass(frozen=True, kw_only=True)
class ClerkLetter:
    """An appointment as it may be told to the clerk of `lane`.

    `title` is what a calendar would show, neutral where the offer is discreet. `fields` are the offer's
    `calendar_fields`: what is not among them is left out, whatever stands here. `until` is when a request expires:
    it is no appointment yet, and has no calendar file. `public_url` gives the host
    of Message-ID and UID. Times and `spoken` as in `Letter`: who talks has to know in which language.
    """

    kind: ClerkLetterKind
    to: str = field(repr=False)
    language: str
    booking_id: str
    version: int
    lane: str
    title: str
    fields: frozenset[str]
    reference: str
    start: datetime
    end: datetime
    zone: str
    city: str
    channel: str
    spoken: tuple[str, ...] = ()
    phone_mode: PhoneMode | None = None
    name: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    needs: Needs | None = field(default=None, repr=False)
    answers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    join_url: str | None = field(default=None, repr=False)
    public_url: str
    notice: str = ""
    sequence: int
    previous_start: datetime | None = None
    until: datetime | None = None
    written_at: datetime


def clerk_letter(letter: ClerkLetter, sender: str) -> EmailMessage:
    """Return the mail, with a calendar file but for a request; its subject says when, never who or what about.

    Raises:
        Rejected: (`reason="mail"`) `letter.to` is no address that a mail can be sent to.
        ValueError: a time without a zone.
    """
    author = sender_address(sender, letter.city)
    when = say_start(letter.start, zone=letter.zone, language=letter.language)
    text = "\n\n".join(_paragraphs(letter))
    message = envelope(
        sender=author,
        to=letter.to,
        subject=_say(letter, f"clerk.{letter.kind}.subject", when=when),
        text=text + "\n",
        mail_id=message_id(letter.booking_id, f"clerk-{letter.kind}", letter.version, _host(letter)),
        written_at=letter.written_at,
        language=closest(letter.language),
    )
    if letter.kind != "request":
        event = _event(letter, description=text, organizer=author.addr_spec)
        attach_calendar(message, event, _say(letter, "mail.calendar_file"))
    return message


def _event(letter: ClerkLetter, *, description: str, organizer: str) -> CalendarEvent:
    return CalendarEvent(
        booking_id=letter.booking_id,
        host=_host(letter),
        method="CANCEL" if letter.kind == "cancellation" else "PUBLISH",
        sequence=letter.sequence,
        start=letter.start,
        end=letter.end,
        zone=letter.zone,
        summary=letter.title,
        description=description,
        url=letter.join_url if letter.join_url and "link" in letter.fields else letter.public_url,
        written_at=letter.written_at,
        changed_at=letter.written_at,
        organizer=organizer,
    )


def _say(letter: ClerkLetter, key: str, **values: str) -> str:
    return translate(key, letter.language, **values)


def _host(letter: ClerkLetter) -> str:
    return urlsplit(letter.public_url).hostname or ""


def _paragraphs(letter: ClerkLetter) -> Iterator[str]:
    yield _say(letter, f"clerk.{letter.kind}.intro", lane=one_line(letter.lane))
    yield "\n".join((one_line(letter.title), *_facts(letter)))
    if letter.kind != "cancellation":
        yield from _person(letter)
        yield from _way_in(letter)
    if letter.notice:
        yield lines(letter.notice)
    yield _say(letter, "mail.automatic")


def _facts(letter: ClerkLetter) -> Iterator[str]:
    city = one_line(letter.city)
    when = say_when(letter.start, letter.end, zone=letter.zone, language=letter.language, city=city)
    yield _say(letter, "mail.when", when=when)
    if letter.previous_start is not None:
        before = say_start(letter.previous_start, zone=letter.zone, language=letter.language)
        yield _say(letter, "mail.previously", when=before)
    if letter.until is not None:
        until = say_start(letter.until, zone=letter.zone, language=letter.language)
        yield _say(letter, "clerk.until", when=until)
    if "channel" in letter.fields:
        yield _say(letter, "mail.how", channel=_say(letter, f"channel.{letter.channel}"))
    if letter.spoken:
        yield _say(letter, "mail.language", language=one_line(say_languages(letter.spoken, letter.language)))
    if "reference" in letter.fields:
        yield _say(letter, "mail.reference", reference=one_line(letter.reference))


def _person(letter: ClerkLetter) -> Iterator[str]:
    rows = []
    for name in ("name", "phone", "email"):
        value = getattr(letter, name)
        if value and name in letter.fields:
            rows.append(_say(letter, f"clerk.{name}", **{name: one_line(value)}))
    if "needs" in letter.fields and (needs := ", ".join(_needs(letter))):
        rows.append(_say(letter, "clerk.needs", needs=needs))
    if "answers" in letter.fields:
        for label, value in letter.answers:
            rows.append(_say(letter, "clerk.answer", label=one_line(label), value=one_line(value, at_most=2_000)))
    if rows:
        yield "\n".join(rows)


def _needs(letter: ClerkLetter) -> Iterator[str]:
    if letter.needs is None:
        return
    if letter.needs.interpreter:
        language = say_language(letter.needs.interpreter, letter.language)
        yield _say(letter, "needs.interpreter", language=one_line(language))
    for need in ("support_person", "captions", "easy_language"):
        if getattr(letter.needs, need):
            yield _say(letter, f"needs.{need}")


def _way_in(letter: ClerkLetter) -> Iterator[str]:
    if letter.phone_mode:
        yield _say(letter, f"clerk.{letter.phone_mode}")
    if letter.join_url and "link" in letter.fields:
        yield _say(letter, "clerk.join", url=one_line(letter.join_url, at_most=2_000))
