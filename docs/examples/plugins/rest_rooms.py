"""Video rooms of a platform with a small REST API, in which whoever makes a room chooses its name."""

from datetime import timedelta
from typing import Any

import httpx
from pydantic import BaseModel, Field, JsonValue, ValidationError

from durchwahl import plugin as dw


class RoomsSettings(dw.SourceSettings):
    """The keys of [sources.<name>]."""

    url: dw.Url = Field(description="where the platform's API begins, e.g. https://video.example/api")
    token: dw.Secret = Field(description="the API's token, by reference")


class Room(BaseModel):
    """A room as the platform answers it: one way in for guests, one for the host."""

    guest: dw.Url
    host: dw.Url


class RestRooms(dw.VideoPlatform):
    """One platform; `ref` is the room's name."""

    capabilities = dw.Capabilities(find="by_name", create="ahead", data_location="on_prem")

    def __init__(self, settings: RoomsSettings, toolbox: dw.Toolbox) -> None:
        self._settings, self._toolbox = settings, toolbox

    async def check(self) -> None:
        """Prove address and token."""
        await self._call("GET", "/rooms")

    async def prepare(self, name: str, meeting: dw.Meeting, ref: JsonValue) -> dw.Placed:
        """Make sure that the room exists, open for as long as the gateway lets anybody in."""
        await self._made(name, meeting)
        return dw.Placed(ref=name)

    async def find(self, name: str, meeting: dw.Meeting, ref: JsonValue) -> dw.Placed | None:
        """Return the room, None where there is none."""
        return dw.Placed(ref=name) if (await self._call("GET", f"/rooms/{name}", gone=404)).is_success else None

    async def join(self, name: str, meeting: dw.Meeting, ref: JsonValue, role: dw.Role, display_name: str) -> dw.Joined:
        """Return this visitor's way in. The platform is not told who it is: a display name is the visitor's own."""
        room = await self._made(name, meeting)
        way_in = dw.Redirect(room.host if role == "clerk" else room.guest, self._toolbox.clock() + timedelta(minutes=5))
        return dw.Joined(way_in, dw.Placed(ref=name))

    async def end(self, name: str, ref: JsonValue) -> None:
        """Close the room; already gone is done."""
        await self._call("DELETE", f"/rooms/{name}", gone=404)

    async def _made(self, name: str, meeting: dw.Meeting) -> Room:
        times = {"opens": meeting.window.start.isoformat(), "closes": meeting.window.end.isoformat()}
        answer = await self._call("PUT", f"/rooms/{name}", json={**times, "title": meeting.title})
        try:
            return Room.model_validate_json(answer.content)
        except ValidationError as error:
            raise dw.Invalid("The platform's answer cannot be understood.", detail=str(error.error_count())) from error

    async def _call(self, method: str, path: str, *, gone: int | None = None, **more: Any) -> httpx.Response:
        try:
            bearer = {"Authorization": f"Bearer {self._settings.token.reveal()}"}
        except LookupError as error:
            raise dw.Refused("The platform's token is not there.", detail=str(error)) from error
        answer = await self._toolbox.http.request(method, self._settings.url + path, headers=bearer, **more)
        if answer.is_success or answer.status_code == gone:
            return answer
        raise dw.classify(answer, write=method != "GET")


@dw.hookimpl
def durchwahl_video_platforms() -> list[dw.SourceType]:
    """Offer the platform as `type = "rest-rooms"`."""
    return [dw.SourceType("rest-rooms", RoomsSettings, RestRooms)]
