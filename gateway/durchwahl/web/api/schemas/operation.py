"""The state of the gateway and of its sources."""

from pydantic import Field

from durchwahl.web.api.schemas.answered import Answered


class StandingOut(Answered):
    """Whether the gateway answers."""

    status: str = Field(examples=["ready"])


class SourceOut(Answered):
    """A source, and whether it answers."""

    department: str = Field(examples=["buergeramt"])
    name: str = Field(examples=["termine"])
    type: str = Field(examples=["caldav"])
    mode: str = Field(examples=["live"])
    state: str = Field(examples=["ok"], description="ok, unavailable, refused or left_out")
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
