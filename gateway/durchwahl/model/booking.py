"""Bookings: what a citizen gives, what a calendar is asked to keep, what it answers."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue
from pydantic_core import PydanticCustomError

from durchwahl.model.schedule import Interval, Lane
from durchwahl.model.text import LONGEST_TAG, canonical_tag

_BLANKS = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and symbols that are drawn as nothing."""
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Controls, line ends, what turns the reading direction of a line around (UTR 36 §2.5), and halves of characters."""


def _without_controls(value: str) -> str:
    """Refuse control characters: they are how headers, calendars and logs are forged."""
    if _CONTROLS.search(value):
        raise PydanticCustomError("controls", "must not contain control characters or line breaks")
    return _said(value)


def _said(value: str) -> str:
    """Return the text without blanks around it; nothing where all of it is invisible (zero-width, Braille blank)."""
    text = value.strip()
    return text if any(unicodedata.category(c)[0] not in "ZC" and c not in _BLANKS for c in text) else ""


def _without_controls_but_lines(value: str) -> str:
    cleaned = value.replace("\r\n", "\n").replace("\r", "\n")
    for line in cleaned.split("\n"):
        _without_controls(line)
    return _said(cleaned)


def _tag(value: str) -> str:
    try:
        return canonical_tag(value)
    except ValueError as error:
        raise PydanticCustomError("language_tag", "must be a language tag (BCP 47)") from error


LanguageTag = Annotated[str, Field(max_length=LONGEST_TAG), AfterValidator(_tag)]
"""A well-formed language tag in its usual case."""
Line = Annotated[str, AfterValidator(_without_controls)]
Paragraph = Annotated[str, AfterValidator(_without_controls_but_lines)]


class Given(BaseModel):
    """Something a citizen or the website gives: unknown fields are refused, nothing is coerced silently.

    What was wrong is never repeated in an error's text: it would carry a name into a log.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class Person(Given):
    """Who comes to the appointment. What is required depends on the offer's `identity` and channel."""

    name: Annotated[Line, Field(max_length=120)] | None = Field(default=None, repr=False)
    email: Annotated[Line, Field(max_length=254)] | None = Field(default=None, repr=False)
    phone: Annotated[Line, Field(max_length=40)] | None = Field(default=None, repr=False)


class Needs(Given):
    """What a citizen needs so that the talk succeeds; each is optional, none is stored longer than the booking."""

    interpreter: LanguageTag | None = Field(
        default=None, repr=False, description="BCP 47 tag of the language to interpret"
    )
    support_person: bool = Field(default=False, repr=False)
    captions: bool = Field(default=False, repr=False)
    easy_language: bool = Field(default=False, repr=False)


@dataclass(frozen=True)
class FormField:
    """A field that an offer needs before it can be booked; `label` is already in the asked language."""

    name: str
    type: Literal["text", "email", "tel", "textarea", "select"]
    required: bool
    label: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Visitor:
    """Who an appointment system is told of. `note` is for the clerk: reference, needs, the clerk's link to the room."""

    person: Person
    answers: Mapping[str, str] = field(default_factory=dict, repr=False)
    note: str = field(default="", repr=False)
    language: str = "de"


PlacedState = Literal["placed", "held", "tentative", "awaiting_email", "awaiting_approval"]


@dataclass(frozen=True)
class Placed:
    """What a write left behind in the department's system.

    `ref` is a small JSON value: the journal keeps it encrypted and gives it back on every later call. `etag` is the
    version, where the system has one. `expires_at` is when the system drops it by itself. `interval` and `lane` are
    where it stands now, where the system tells: a clerk may have moved it.
    """

    ref: JsonValue = None
    etag: str | None = None
    state: PlacedState = "placed"
    expires_at: datetime | None = None
    interval: Interval | None = None
    lane: str | None = None


@dataclass(frozen=True)
class Appointment:
    """What a calendar is asked to keep, as the clerk will see it.

    `interval` is what the lane is occupied for, buffers included; `talk` is when the consultation itself takes place.
    `title` and `description` hold only what the offer's `calendar_fields` allow. `sequence` rises with each change
    (RFC 5545 §3.8.7.4). Entries are private.
    """

    lane: Lane
    interval: Interval
    talk: Interval
    zone: str
    title: str
    description: str = field(repr=False)
    sequence: int = 0
    changed_at: datetime | None = None
    tentative: bool = False


@dataclass(frozen=True)
class SlotQuery:
    """Which free slots an appointment system is asked for; `remote` is the offer's own `offer_settings` instance."""

    offer: str
    services: tuple[tuple[str, int], ...]
    channel: str
    window: Interval
    duration: timedelta
    lanes: tuple[Lane, ...] = ()
    remote: object = None


@dataclass(frozen=True)
class RemoteSlot:
    """A free slot as an appointment system gives it; `ref` is what it needs to recognise the slot."""

    interval: Interval
    ref: JsonValue
    lane: str | None = None
    remaining: int | None = None


@dataclass(frozen=True)
class Link:
    """Where a citizen goes when a system has no interface: a booking address, a phone number, or both."""

    url: str | None
    phone: str | None = None
