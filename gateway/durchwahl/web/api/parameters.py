"""What may be asked. Unknown parameters and fields are refused, so that a typing mistake is never a wrong answer."""

import re
from collections import Counter
from datetime import date, datetime, time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import Header, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from durchwahl.errors import FieldError, Problem
from durchwahl.model.booking import LanguageTag
from durchwahl.texts import negotiate

Words = Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=50)]
Languages = Annotated[list[LanguageTag], Field(max_length=50)]
Channels = Annotated[list[Literal["video", "phone", "in_person"]], Field(max_length=3)]
Kinds = Annotated[list[Literal["consultation", "form", "information"]], Field(max_length=3)]


REPEATABLE = frozenset({"kind", "department", "channel", "language", "leika_key", "form_url", "service", "count"})
"""Parameters whose values mean OR; of any other that is given twice, nobody could say which one counts."""


async def given_once(request: Request) -> None:
    """Refuse a parameter that is given twice; raises `invalid-parameter`."""
    seen = Counter(name for name, _ in request.query_params.multi_items())
    repeated = [name for name, times in seen.items() if times > 1 and name not in REPEATABLE]
    if repeated:
        raise Problem("invalid-parameter", errors=[FieldError(f"?{name}", "repeated") for name in repeated])


async def no_body(request: Request) -> None:
    """Refuse what is sent where nothing is read; `{}` is nothing. Raises `invalid-body`."""
    if (await request.body()).strip() not in (b"", b"{}"):
        raise Problem("invalid-body", errors=[FieldError("", "no_body")])


class Asked(BaseModel):
    """The parameters of a GET."""

    model_config = ConfigDict(extra="forbid")

    lang: LanguageTag | None = Field(default=None, description="language of texts: de or en")

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
    language_: Languages = Field(default_factory=list, alias="language", description="spoken or signed, e.g. gsg")
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
    language_: Languages = Field(default_factory=list, alias="language")
    q: str = Field(default="", max_length=200)


class ServiceSlotsAsked(Listed):
    """`GET /v1/services/{id}/slots`."""

    count: Annotated[list[Annotated[int, Field(ge=1, le=20)]], Field(max_length=10)] = Field(default_factory=list)
    channel: Channels = Field(default_factory=list)
    language_: Languages = Field(default_factory=list, alias="language")
    from_: str | None = Field(default=None, alias="from", description="RFC 3339, or a date in the city's zone")
    to: str | None = Field(default=None, description="not included; at most 62 days after `from`")


class SlotsAsked(ServiceSlotsAsked):
    """`GET /v1/slots`: all services together in one appointment, the n-th `count` belonging to the n-th `service`."""

    service: Annotated[list[Annotated[str, Field(max_length=200)]], Field(min_length=1, max_length=10)]


IdempotencyKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", description="required; 16 to 255 characters, a new one for each new wish"),
]
Citizen = Annotated[
    str | None,
    Header(
        alias="Durchwahl-Citizen",
        description="an API client's pseudonym for the citizen: 1 to 128 visible ASCII characters; with credentials it"
        " is required, without them it is refused",
    ),
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
        raise Problem("invalid-parameter", errors=[FieldError("Idempotency-Key", "key_length")])
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
        raise _wrong(name, "no_instant")
    try:
        if len(text) == 10:
            instant = datetime.combine(_DAY.validate_python(text), time(), zone)
        else:
            instant = _INSTANT.validate_python(text.replace(" ", "+"))
    except ValidationError as error:
        raise _wrong(name, "no_instant") from error
    if instant.tzinfo is None:
        raise _wrong(name, "no_offset")
    if instant.year not in REACHABLE:
        raise _wrong(name, "too_far")
    return instant


def _wrong(name: str, reason: str) -> Problem:
    return Problem("invalid-parameter", errors=[FieldError(f"?{name}", reason)])
