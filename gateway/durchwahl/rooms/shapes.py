"""What two browsers may say to each other through the gateway: WebRTC's descriptions and candidates, and their state.

The other browser is told nothing that has not been looked at here. Names are those of the browsers' own interface
(WebRTC 1.0 §4.8.1), so that their scripts pass on what they have.
"""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from durchwahl.errors import Problem
from durchwahl.model.booking import Given

LARGEST_MESSAGE = 24_000
"""In bytes, everything included."""

Sdp = Annotated[str, Field(max_length=20_000, pattern=r"^v=0\r?\n[\t\r\n\x20-\x7e]*$")]
CandidateLine = Annotated[str, Field(max_length=1_000, pattern=r"^[\x20-\x7e]*$")]


class Description(Given):
    """An offer or an answer (RFC 8829 §4.1.8); SDP holds the addresses of a computer."""

    kind: Literal["offer", "answer"]
    sdp: Sdp = Field(repr=False)


class Candidate(Given):
    """One more way to reach a computer (RFC 8838); an empty one says that there are no more."""

    kind: Literal["candidate"]
    candidate: CandidateLine = Field(repr=False)
    sdp_mid: Annotated[str, Field(max_length=64, pattern=r"^[\x20-\x7e]*$")] | None = None
    sdp_m_line_index: Annotated[int, Field(ge=0, le=50)] | None = None

    model_config = ConfigDict(alias_generator=to_camel)


class State(Given):
    """What a side has switched off."""

    kind: Literal["state"]
    muted: bool
    camera: bool


Signal = Annotated[Description | Candidate | State, Field(discriminator="kind")]


class Sent(Given):
    """A signal, and the connection that it belongs to."""

    call: Annotated[int, Field(ge=0)]
    signal: Signal


def read_signal(raw: bytes) -> Sent:
    """Return what somebody sent.

    Raises:
        Problem: `body-too-large`, `invalid-body`.
    """
    if len(raw) > LARGEST_MESSAGE:
        raise Problem("body-too-large")
    try:
        return Sent.model_validate_json(raw)
    except ValidationError as error:
        raise Problem("invalid-body") from error


def plain_of(sent: Sent) -> dict[str, Any]:
    """Return the signal as the other browser reads it; `call` tells it which connection is meant."""
    return {"call": sent.call, **sent.signal.model_dump(by_alias=True)}
