"""The built-in video room: one citizen and one clerk, from browser to browser, without other software.

    [sources.raeume]
    type = "room"
    stun = ["stun:stun.example.org"]
    [[sources.raeume.turn]]
    urls = ["turn:turn.example.org?transport=udp", "turns:turn.example.org:443?transport=tcp"]
    shared_secret = { file = "/run/secrets/turn" }

Pictures and sound go from one browser to the other, encrypted between the two (DTLS-SRTP); the gateway only introduces
them to each other. Without STUN and TURN that works where one can reach the other directly, as inside one network;
behind home routers and firewalls it needs both. None is set by default: whose server is asked learns who talks to whom.
"""

import hmac
import re
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, WithJsonSchema, model_validator

from durchwahl.plugin import (
    BuiltInRoom,
    Capabilities,
    IceServer,
    Joined,
    Meeting,
    Placed,
    Privacy,
    Role,
    Secret,
    SourceSettings,
    SourceType,
    Toolbox,
    VideoPlatform,
    hookimpl,
)

_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?"
_STUN = re.compile(rf"stuns?:{_HOST}")
_TURN = re.compile(rf"turns?:{_HOST}(?:\?transport=(?:udp|tcp))?")
_ONE_KIND = "Give shared_secret, or username with credential"


def _stun(value: str) -> str:
    if not _STUN.fullmatch(value):
        raise ValueError("is no address of a STUN server. Write it like stun:stun.example.org:3478, without // and ?.")
    return value


def _turn(value: str) -> str:
    if not _TURN.fullmatch(value):
        remedy = "Write it like turn:turn.example.org:3478 or turns:turn.example.org:443?transport=tcp, without //."
        raise ValueError(f"is no address of a TURN server. {remedy}")
    return value


StunAddress = Annotated[str, AfterValidator(_stun), WithJsonSchema({"type": "string", "pattern": f"^{_STUN.pattern}$"})]
"""RFC 7064 §3.1."""
TurnAddress = Annotated[str, AfterValidator(_turn), WithJsonSchema({"type": "string", "pattern": f"^{_TURN.pattern}$"})]
"""RFC 7065 §3.1."""
LONGEST = timedelta(days=1)
"""Longer than that no credential is good, however early a room opens."""


class TurnServer(BaseModel):
    """A relay, with a lasting user or with the secret that it shares with the gateway."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    urls: tuple[TurnAddress, ...] = Field(
        min_length=1,
        max_length=8,
        description="turn:host, turns:host:443?transport=tcp",
        examples=[["turn:turn.example.org:3478"]],
    )
    username: str | None = Field(default=None, min_length=1, max_length=256, description="of a lasting user")
    credential: Secret | None = Field(default=None, description="that user's password; every visitor gets to know it")
    shared_secret: Secret | None = Field(
        default=None, description="of which a credential for each visitor is made, good until the room closes"
    )

    @model_validator(mode="after")
    def _has_one_kind_of_credential(self) -> "TurnServer":
        lasting = (self.username is not None, self.credential is not None)
        if self.shared_secret is not None and any(lasting):
            raise ValueError(f"has two kinds of credentials. {_ONE_KIND}, not both.")
        if any(lasting) and not all(lasting):
            raise ValueError(f"has only one of username and credential. {_ONE_KIND}.")
        if self.shared_secret is None and not any(lasting):
            raise ValueError(f"has no credentials: browsers refuse every call with such a relay. {_ONE_KIND}.")
        return self

    def for_a_visitor(self, until: datetime) -> IceServer:
        """Return the server with credentials; those made of a shared secret are good until then.

        They follow the draft "A REST API For Access To TURN Services" (draft-uberti-behave-turn-rest-00 §2.2): the user
        is the second of the expiry, the password its HMAC-SHA1. coturn calls it `use-auth-secret`.

        Raises:
            SecretMissing: it is not where the settings say.
        """
        if self.shared_secret is not None:
            username = str(int(until.timestamp()))
            mac = hmac.digest(self.shared_secret.reveal().encode(), username.encode(), "sha1")
            return IceServer(self.urls, username, b64encode(mac).decode())
        return IceServer(self.urls, self.username, self.credential.reveal() if self.credential else None)


class RoomSettings(SourceSettings):
    """Which servers help two browsers to find each other."""

    model_config = ConfigDict(hide_input_in_errors=True)

    stun: tuple[StunAddress, ...] = Field(
        default=(),
        max_length=8,
        description="servers that tell a browser its public address, e.g. stun:host:3478",
        examples=[["stun:stun.example.org:3478"]],
    )
    turn: tuple[TurnServer, ...] = Field(
        default=(), max_length=8, description="relays: urls, and shared_secret, or username with credential"
    )

    def secrets(self) -> dict[str, Secret]:
        """Return the secrets by place."""
        found = {}
        for number, server in enumerate(self.turn):
            for name in ("credential", "shared_secret"):
                if (secret := getattr(server, name)) is not None:
                    found[f"turn[{number}].{name}"] = secret
        return found


class RoomPlatform(VideoPlatform):
    """Has a room for every booking, and is told nothing of who comes."""

    capabilities = Capabilities(
        find="by_name",
        create="none",
        window="gateway",
        lobby="gateway",
        host_link="token",
        built_in_room=True,
        captions=False,
        data_location="on_prem",
        end_to_end="always",
    )

    def __init__(self, settings: RoomSettings, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._clock = clock

    async def check(self) -> None:
        """Read the relays' secrets: there is nothing else outside that could be wrong."""
        for secret in self._settings.secrets().values():
            secret.reveal()

    async def prepare(self, name: str, meeting: Meeting, ref: JsonValue) -> Placed:
        """Do nothing: a room comes into being when somebody sits down in it."""
        return Placed()

    async def find(self, name: str, meeting: Meeting, ref: JsonValue) -> Placed | None:
        """Return that there is one: every name is a room."""
        return Placed()

    async def join(self, name: str, meeting: Meeting, ref: JsonValue, role: Role, display_name: str) -> Joined:
        """Return the gateway's own room, with credentials that are good as long as it is open."""
        until = min(meeting.window.end, self._clock() + LONGEST)
        stun = [IceServer(self._settings.stun)] if self._settings.stun else []
        return Joined(BuiltInRoom((*stun, *(one.for_a_visitor(until) for one in self._settings.turn))), Placed())

    async def end(self, name: str, ref: JsonValue) -> None:
        """Do nothing: a room closes with its booking."""


def _build(settings: RoomSettings, toolbox: Toolbox) -> RoomPlatform:
    return RoomPlatform(settings, toolbox.clock)


ROOM = SourceType(
    name="room",
    settings=RoomSettings,
    build=_build,
    privacy=Privacy(
        processor="the gateway itself; a TURN server, where one is set, passes on what it cannot read",
        retention="none: pictures and sound are kept nowhere; the addresses of the two computers until the room closes",
    ),
)


@hookimpl
def durchwahl_video_platforms() -> list[SourceType]:
    """Offer the built-in room as a video platform."""
    return [ROOM]
