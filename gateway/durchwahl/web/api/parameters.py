"""What may be asked. Unknown parameters and fields are refused, so that a typing mistake is never a wrong answer."""

import re
from datetime import date, datetime, time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import Header
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from durchwahl.errors import FieldError, Problem
from durchwahl.model.booking import Given, Line, Needs, Paragraph, Person
from durchwahl.texts import negotiate

Words = Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=50)]
Channels = Annotated[list[Literal["video", "phone", "in_person"]], Field(max_length=3)]
EXAMPLE_BOOKING: dict[str, Any] = {
    "hold": "3f0c9d0e5b1a4e6f8d7c6b5a49382716",
    "token": "…",
    "person": {"name": "Erika Beispiel", "email": "erika@example.org", "phone": None},
    "answers": {},
    "needs": {"interpreter": "uk", "support_person": True, "captions": True, "easy_language": False},
    "lang": "de",
}
Kinds = Annotated[list[Literal["consultation", "form", "information"]], Field(max_length=3)]


class Asked(BaseModel):
    """The parameters of a GET."""

    model_config = ConfigDict(extra="forbid")

    lang: Annotated[str, Field(max_length=35)] | None = Field(default=None, description="language of texts: de or en")

    def language(self, accept_language: str | None) -> str:
        """Return the language of the answer's texts."""
        return negotiate(self.lang or accept_language)


class Listed(Asked):
    """The parameters of a list."""

    limit: int = Field(default=100, ge=1, le=1000)
    offset: int = Field(default=0, ge=0, le=1_000_000)


class ServicesAsked(Listed):
    """`GET /v1/services`. Values of one parameter mean OR, parameters mean AND."""

    kind: Kinds = Field(default_factory=list)
    department: Words = Field(default_factory=list)
    channel: Channels = Field(default_factory=list)
    language_: Words = Field(default_factory=list, alias="language", description="spoken or signed, e.g. gsg")
    leika_key: Words = Field(default_factory=list)
    form_url: Annotated[list[Annotated[str, Field(max_length=2000)]], Field(max_length=20)] = Field(
        default_factory=list
    )
    q: str = Field(default="", max_length=200)
    bookable: bool | None = None


class EarliestAsked(Listed):
    """`GET /v1/slots/earliest`."""

    department: Words = Field(default_factory=list)
    channel: Channels = Field(default_factory=list)
    language_: Words = Field(default_factory=list, alias="language")
    q: str = Field(default="", max_length=200)


class ServiceSlotsAsked(Listed):
    """`GET /v1/services/{id}/slots`."""

    count: Annotated[list[Annotated[int, Field(ge=1, le=20)]], Field(max_length=10)] = Field(default_factory=list)
    channel: Channels = Field(default_factory=list)
    language_: Words = Field(default_factory=list, alias="language")
    from_: str | None = Field(default=None, alias="from", description="RFC 3339, or a date in the city's zone")
    to: str | None = Field(default=None, description="not included; at most 62 days after `from`")


class SlotsAsked(ServiceSlotsAsked):
    """`GET /v1/slots`: all services together in one appointment, the n-th `count` belonging to the n-th `service`."""

    service: Annotated[list[Annotated[str, Field(max_length=200)]], Field(min_length=1, max_length=10)]


class HoldWanted(Given):
    """`POST /v1/holds`."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"slot": "q7Jx…", "lang": "de"}]})

    slot: str = Field(max_length=1000)
    lang: Annotated[str, Field(max_length=35)] | None = None
    continues: "HoldProof | None" = Field(
        default=None, description="a hold that was lost: what was typed into it comes along"
    )


class HoldProof(Given):
    """A hold with its token."""

    hold: str = Field(max_length=64)
    token: str = Field(max_length=200)


class BookingWanted(HoldProof):
    """`POST /v1/bookings`. Without `person`, what came along with the hold is used."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_BOOKING]})

    person: Person = Person()
    answers: dict[Annotated[str, Field(max_length=64)], Annotated[Paragraph, Field(max_length=2000)]] = Field(
        default_factory=dict, max_length=50
    )
    needs: Needs = Needs()
    lang: Annotated[str, Field(max_length=35)] | None = None


class RescheduleWanted(Given):
    """`POST /v1/bookings/{id}/reschedule`."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"slot": "q7Jx…"}]})

    slot: str = Field(max_length=1000)


class ContactCorrected(Given):
    """`POST /v1/bookings/{id}/contact`. The name stays: appointments are not for sale."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"email": "erika@example.org"}]})

    email: Annotated[Line, Field(max_length=254)] | None = None
    phone: Annotated[Line, Field(max_length=40)] | None = None


class VerifyWanted(Given):
    """`POST /v1/bookings/{id}/verify`."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"token": "…"}]})

    token: str = Field(max_length=200)


IdempotencyKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", description="required; 16 to 255 characters, a new one for each new wish"),
]
AcceptLanguage = Annotated[str | None, Header(include_in_schema=False)]
Authorization = Annotated[str | None, Header(description="Bearer, and the token of the hold or booking")]

REACHABLE = range(2000, 9000)
"""The years that anybody may ask for."""

_STARTS_WITH_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = TypeAdapter(datetime)
_DAY = TypeAdapter(date)


def checked_key(key: str | None) -> str:
    """Return the idempotency key; raises `idempotency-key-missing` or `invalid-parameter`."""
    if key is None:
        raise Problem("idempotency-key-missing")
    if not 16 <= len(key) <= 255:
        raise Problem("invalid-parameter", errors=[FieldError("Idempotency-Key", "must have 16 to 255 characters")])
    return key


def bearer(authorization: str | None) -> str:
    """Return the token; a missing one is answered like a wrong one."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Problem("not-found")
    return token.strip()


def parsed_instant(text: str, name: str, zone: ZoneInfo) -> datetime:
    """Return an instant; a plain date is its first moment in the city's zone.

    Raises:
        Problem: `invalid-parameter`, also for what lies so far away that reckoning with it would leave the calendar.
    """
    if not _STARTS_WITH_DATE.match(text):  # pydantic would take a number of seconds as well
        raise _wrong(name, "is no RFC 3339 time")
    try:
        if len(text) == 10:
            instant = datetime.combine(_DAY.validate_python(text), time(), zone)
        else:
            instant = _INSTANT.validate_python(text.replace(" ", "+"))
    except ValidationError as error:
        raise _wrong(name, "is no RFC 3339 time") from error
    if instant.tzinfo is None:
        raise _wrong(name, "needs an offset, e.g. +01:00")
    if instant.year not in REACHABLE:
        raise _wrong(name, "is too far away")
    return instant


def _wrong(name: str, detail: str) -> Problem:
    return Problem("invalid-parameter", errors=[FieldError(f"?{name}", detail)])
