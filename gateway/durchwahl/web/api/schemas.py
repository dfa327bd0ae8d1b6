"""The shapes of the interface, as OpenAPI shows them. Answers may gain fields; enumerations are open."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Answered(BaseModel):
    """A part of an answer: readers must ignore what they do not know."""

    model_config = ConfigDict(extra="allow")


class DepartmentOut(Answered):
    """A Fachamt."""

    id: str = Field(examples=["buergeramt"])
    name: str = Field(examples=["Bürgeramt"])
    lang: str = Field(description="the language that the name is in", examples=["de"])
    number: str | None = Field(examples=["33"])
    parent: str | None
    order: int = Field(examples=[10])
    counts: dict[str, int] = Field(examples=[{"video": 7, "phone": 9, "in_person": 4}])
    forms: int
    contact: dict[str, str | None]


class FormOut(Answered):
    """An online form."""

    url: str = Field(examples=["https://form.example.org/ummeldung"])
    name: str | None


class ChannelOut(Answered):
    """A way to a person."""

    type: str = Field(examples=["video"])
    status: str = Field(examples=["confirmed"])
    bookable: bool
    reason: str | None = Field(description="why it cannot be booked", examples=[None])
    languages: list[str] = Field(examples=[["de", "gsg"]])
    booking_url: str | None


class ServiceOut(Answered):
    """What a department does for citizens, and the ways to a person."""

    id: str = Field(examples=["buergeramt-meldebescheinigung"])
    name: str = Field(examples=["Meldebescheinigung"])
    lang: str
    department: str
    carrier: str | None
    kind: str = Field(examples=["consultation"])
    outcome: str | None = Field(examples=["completes"])
    personal_appearance_required: bool | None
    summary: str | None
    description: str | None
    documents: list[str]
    cost: str | None
    leika_keys: list[str] = Field(examples=[["99115003012000"]])
    alt_names: list[str]
    forms: list[FormOut]
    channels: list[ChannelOut]
    url: str | None
    as_of: str
    stale: bool


class ListOut(Answered):
    """One page of what was asked for, and how much there is in all."""

    items: list[Any]
    total: int = Field(examples=[41])
    limit: int = Field(examples=[100])
    offset: int = Field(examples=[0])
    snapshot: str
    notice: str | None


class DepartmentList(ListOut):
    """All departments, in tree order."""

    items: list[DepartmentOut]


class ServiceList(ListOut):
    """Services, ordered by department."""

    items: list[ServiceOut]


class CoverageRowOut(Answered):
    """A required service."""

    department: str
    department_name: str | None
    service: str
    name: str | None
    group: str | None
    wants: str = Field(examples=["video"])
    video: dict[str, Any]
    phone: dict[str, Any]
    covered: bool
    why_not: str | None
    forms: list[str]


class CoverageList(ListOut):
    """What is required, and whether it is there."""

    items: list[CoverageRowOut]
    percent: float = Field(examples=[100.0])
    covered: int


class ServiceCount(Answered):
    """A service and how often."""

    id: str = Field(examples=["buergeramt-meldebescheinigung"])
    count: int = Field(examples=[1])


class SlotOut(Answered):
    """A time that can be held."""

    slot: str = Field(description="opaque; give it back as it is")
    start: str = Field(examples=["2026-12-01T09:00:00+01:00"])
    end: str = Field(examples=["2026-12-01T09:20:00+01:00"])
    timezone: str = Field(examples=["Europe/Berlin"])
    services: list[ServiceCount]
    service: str
    department: str
    channel: str
    languages: list[str]
    remaining: int | None = Field(examples=[2])


class SourceStateOut(Answered):
    """How much a source's part of the answer is worth."""

    department: str
    name: str
    state: str = Field(examples=["ok"])
    as_of: str | None
    retry_after: float | None


class AvailabilityOut(Answered):
    """Free times."""

    items: list[SlotOut]
    limit: int
    offset: int
    as_of: str
    complete: bool
    empty_reason: str | None = Field(examples=["fully_booked"])
    next_release_at: str | None
    next_from: str | None
    sources: list[SourceStateOut]
    notice: str | None


class FieldOut(Answered):
    """A form field."""

    name: str = Field(examples=["email"])
    type: str = Field(examples=["email"])
    required: bool
    label: str
    options: list[str]


class HoldOut(Answered):
    """A slot kept for one citizen."""

    id: str
    token: str
    expires_at: str | None = Field(
        examples=["2026-12-01T08:10:00+01:00"], description="null on a late repeat, when it is a booking by now"
    )
    extendable_until: str
    guaranteed: bool
    fields: list[FieldOut]


class ExtendedOut(Answered):
    """A prolonged hold."""

    id: str
    expires_at: str = Field(examples=["2026-12-01T08:20:00+01:00"])
    extendable_until: str
    guaranteed: bool


class BookingOut(Answered):
    """An appointment as its citizen may see it."""

    id: str
    reference: str = Field(examples=["7G2MX0QK"])
    status: str = Field(examples=["confirmed"])
    reason: str | None
    start: str
    end: str
    timezone: str
    services: list[ServiceCount]
    department: str
    channel: str
    language: str | None
    manage_token: str
    manage_url: str
    calendar_url: str
    join_url: str | None
    phone: dict[str, str | None] | None
    changed_at: str


class StandingOut(Answered):
    """Whether the gateway answers."""

    status: str = Field(examples=["ready"])


class ProblemTypeOut(Answered):
    """What a problem's `type` means."""

    code: str = Field(examples=["slot-taken"])
    status: int = Field(examples=[409])
    title: str
    detail: str


class SourceOut(Answered):
    """A source, and whether it answers."""

    department: str = Field(examples=["buergeramt"])
    name: str = Field(examples=["termine"])
    type: str = Field(examples=["caldav"])
    mode: str = Field(examples=["live"])
    state: str = Field(examples=["ok"])
    since: str
    message: str | None
    retry_after: float | None
    catalogue_as_of: str | None


class SourceList(Answered):
    """All sources."""

    items: list[SourceOut]
    total: int
    limit: int
    offset: int


class FieldErrorOut(Answered):
    """One wrong place."""

    pointer: str = Field(examples=["/person/email"])
    detail: str


class ProblemOut(Answered):
    """What is wrong (RFC 9457), and what to do about it."""

    type: str
    code: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FieldErrorOut]
    alternatives: list[SlotOut]
