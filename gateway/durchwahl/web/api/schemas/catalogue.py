"""Departments, services, coverage."""

from typing import Any

from pydantic import Field

from durchwahl.web.api.schemas.answered import Answered, ListOut


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
    unmatched: list[dict[str, Any]] = Field(description="records of catalogues that belong to no department")
    candidates: list[dict[str, Any]] = Field(description="channels that a text hints at, invisible until confirmed")
