"""Rooms: where a video consultation takes place."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from durchwahl.model.booking import Placed
from durchwahl.model.schedule import Interval

Role = Literal["citizen", "clerk"]

_ICE_ADDRESS = re.compile(r"(?:stuns?|turns?):[\x21-\x7e]{1,300}")


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
    """The gateway's own room; the servers are told to the browsers of those who sit in it, and kept nowhere.

    A platform that answers with it declares the capability `built_in_room`.
    """

    ice_servers: tuple[IceServer, ...] = ()


@dataclass(frozen=True)
class Joined:
    """How a visitor gets in, and what the platform now holds (to be kept for later calls)."""

    how: Redirect | BuiltInRoom
    placed: Placed


@dataclass(frozen=True)
class DialIn:
    """A phone number (E.164) and PIN that lead into a room."""

    number: str
    pin: str
    label: str = ""


def flaw_of(server: object) -> str | None:
    """Return why no browser would take this for an ICE server, None where it would; a plugin may have given anything.

    A relay without credentials is one: browsers refuse the whole call for it (WebRTC 1.0, to set a configuration).
    """
    if not isinstance(server, IceServer):
        return f"is a {type(server).__name__} instead of an IceServer"
    urls: Any = server.urls
    credentials: tuple[Any, ...] = (server.username, server.credential)
    if not isinstance(urls, tuple) or not urls:
        return "has no tuple of addresses in `urls`"
    if not all(isinstance(url, str) and _ICE_ADDRESS.fullmatch(url) for url in urls):
        return "has an address that is neither stun:…, stuns:…, turn:… nor turns:…"
    if not all(isinstance(text, str | None) for text in credentials):
        return "has a username or a credential that is no text"
    if any(url.startswith("turn") for url in urls) and not all(credentials):
        return "is a relay without username and credential"
    return None
