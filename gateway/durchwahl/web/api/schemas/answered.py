"""What all answers have in common."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Answered(BaseModel):
    """A part of an answer: readers must ignore what they do not know."""

    model_config = ConfigDict(extra="allow")


class ListOut(Answered):
    """One page of what was asked for, and how much there is in all."""

    items: list[Any]
    total: int = Field(examples=[41])
    limit: int = Field(examples=[100])
    offset: int = Field(examples=[0])
    snapshot: str
    notice: str | None
