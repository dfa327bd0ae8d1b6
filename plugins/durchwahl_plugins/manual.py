"""Video by a static room for each lane: for platforms that give out lasting addresses and have no interface.

    [sources.raeume]
    type = "manual"
    [sources.raeume.rooms."buergeramt/termine/platz-1"]
    url = "https://video.example.org/buergeramt-platz-1"

Citizens get the gateway's own link; it leads to the room inside the appointment's window only. But the
address is the same every day: whoever was there once could come again, so the platform should have a lobby.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, model_validator

from durchwahl.plugin import (
    Capabilities,
    DialIn,
    Invalid,
    Joined,
    Lane,
    Meeting,
    Placed,
    Privacy,
    Redirect,
    Role,
    SourceSettings,
    SourceType,
    Toolbox,
    Url,
    VideoPlatform,
    hookimpl,
)

E164 = Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")]


class ManualSettings(SourceSettings):
    """The rooms themselves are given per lane, under `rooms`."""

    data_location: Literal["on_prem", "eu", "third_country", "unknown"] = Field(
        default="unknown", description="where the platform behind the addresses stands"
    )
    captions: bool = Field(
        default=False, description="whether that platform shows captions of what is said: only then are they offered"
    )


class ManualRoom(BaseModel):
    """A lane's room. The addresses open it, so they are not shown in logs."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: Url = Field(repr=False, description="the citizens' way into the room")
    clerk_url: Url | None = Field(default=None, repr=False, description="the host's way in, where it is another")
    dial_in: E164 | None = Field(default=None, description="phone number into the room, e.g. +4935100000")
    pin: str | None = Field(
        default=None, pattern=r"^[0-9*#]{1,32}$", repr=False, description="what dialling in asks for"
    )

    @model_validator(mode="after")
    def _pin_belongs_to_a_number(self) -> "ManualRoom":
        if self.pin is not None and self.dial_in is None:
            raise ValueError("pin is what dialling in asks for, but dial_in names no number")
        return self


class ManualRooms(VideoPlatform):
    """Rooms that exist by their addresses. The platform is told nothing, neither who comes nor what about."""

    capabilities = Capabilities(find="by_name", create="none", window="gateway", lobby="none", dial_in=True)

    def __init__(self, settings: ManualSettings, toolbox: Toolbox) -> None:
        self._settings = settings

    async def check(self) -> None:
        """Pass: without an interface there is nothing to ask."""

    async def probe(self, lanes: Sequence[Lane]) -> Capabilities:
        """Return the declaration with what the settings say of the platform."""
        told = {"data_location": self._settings.data_location, "captions": self._settings.captions}
        return self.capabilities.model_copy(update=told)

    async def prepare(self, name: str, meeting: Meeting, ref: JsonValue) -> Placed:
        """Make sure that the lane has a room, before a citizen is promised one.

        Raises:
            Invalid: the lane has none.
        """
        _room_of(meeting)
        return Placed()

    async def find(self, name: str, meeting: Meeting, ref: JsonValue) -> Placed | None:
        """Return that there is one: the room is always there."""
        return Placed()

    async def join(self, name: str, meeting: Meeting, ref: JsonValue, role: Role, display_name: str) -> Joined:
        """Send the visitor to the lane's room, a clerk to `clerk_url` where there is one.

        Raises:
            Invalid: the lane has no room.
        """
        room = _room_of(meeting)
        url = room.clerk_url if role == "clerk" and room.clerk_url is not None else room.url
        return Joined(Redirect(url), Placed())

    async def end(self, name: str, ref: JsonValue) -> None:
        """Do nothing: the gateway's link stops leading here, and the address cannot be taken back."""

    async def dial_in(self, name: str, meeting: Meeting, ref: JsonValue) -> Sequence[DialIn]:
        """Return the room's number, where it has one."""
        room = _room_of(meeting)
        return () if room.dial_in is None else (DialIn(number=room.dial_in, pin=room.pin or ""),)


def _room_of(meeting: Meeting) -> ManualRoom:
    if not isinstance(meeting.room, ManualRoom):
        raise Invalid(
            "There is no video room for this appointment.",
            detail=f'lane {meeting.lane} has no room: add rooms."{meeting.lane}" with its url to the source',
        )
    return meeting.room


MANUAL = SourceType(
    name="manual",
    settings=ManualSettings,
    build=ManualRooms,
    room_settings=ManualRoom,
    privacy=Privacy(
        processor="whoever runs the platform behind the addresses",
        retention="as that platform keeps it; the gateway sends it nothing",
    ),
)


@hookimpl
def durchwahl_video_platforms() -> list[SourceType]:
    """Offer static rooms as a video platform."""
    return [MANUAL]
