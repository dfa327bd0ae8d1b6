"""Holds and bookings."""

from pydantic import Field

from durchwahl.web.api.schemas.answered import Answered
from durchwahl.web.api.schemas.times import ServiceCount, SlotOut


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


class OfficeOut(Answered):
    """What a department has done with an appointment, and its reason in its own words."""

    did: str = Field(examples=["moved_by_office", "cancelled_by_office", "refused"])
    reason: str | None = Field(examples=["Unsere Beraterin ist erkrankt."])


class BookingOut(Answered):
    """An appointment as its citizen may see it."""

    id: str
    reference: str = Field(examples=["7G2MX0QK"])
    status: str = Field(examples=["confirmed"])
    reason: str | None = Field(
        examples=[None, "taken"], description="why it has failed; `office` where the department has cancelled"
    )
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
    alternatives: list[SlotOut] = Field(description="where it has failed: the nearest free slots of the same kind")
    office: OfficeOut | None = Field(description="what the department has done with it, where it has")
