"""Rooms: where a video consultation takes place."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from durchwahl.model.booking import Placed
from durchwahl.model.schedule import Interval

Role = Literal["citizen", "clerk"]


@dataclass(frozen=True)
class Meeting:
    """What a video platform is told of a consultation: when, where, never who or what about.

    `window` is when the room may be joined (aware, UTC). `lane` is `department/source/lane`; `room` is the instance of
    the source type's `room_settings` for that lane, None where the type has none. `appointment` is the name of the
    booking's entry in the calendar, for a system that is calendar and platform at once.
    """

    window: Interval
    lane: str | None
    title: str
    room: Any = None
    appointment: str = ""


@dataclass(frozen=True)
class Redirect:
    """Send the visitor to the platform; the address is good until `expires_at` and never stored or mailed."""

    url: str
    expires_at: datetime | None = None


@dataclass(frozen=True)
class IceServer:
    """A STUN or TURN server for browsers (RFC 8445): `stun:…` or `turn:…` addresses, TURN with its credentials."""

    urls: tuple[str, ...]
    username: str | None = field(default=None, repr=False)
    credential: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class BuiltInRoom:
    """The gateway's own room; the servers are told to the browsers of those who sit in it, and kept nowhere."""

    ice_servers: tuple[IceServer, ...] = ()


@dataclass(frozen=True)
class Page:
    """A platform without a page of its own: the gateway shows one, with these values for its script."""

    script: str
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Joined:
    """How a visitor gets in, and what the platform now holds (to be kept for later calls)."""

    how: Redirect | BuiltInRoom | Page
    placed: Placed


@dataclass(frozen=True)
class DialIn:
    """A phone number (E.164) and PIN that lead into a room."""

    number: str
    pin: str
    label: str = ""
