"""Slots."""

from pydantic import Field

from durchwahl.web.api.schemas.answered import Answered


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
