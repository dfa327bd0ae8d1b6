"""Problems (RFC 9457)."""

from pydantic import Field

from durchwahl.web.api.schemas.answered import Answered
from durchwahl.web.api.schemas.times import SlotOut


class ProblemTypeOut(Answered):
    """What a problem's `type` means."""

    code: str = Field(examples=["slot-taken"])
    status: int = Field(examples=[409])
    title: str
    detail: str


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
