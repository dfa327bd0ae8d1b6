"""Appointments in a calendar with a small REST API, in which whoever writes an entry chooses its id."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import AwareDatetime, BaseModel, Field, JsonValue, TypeAdapter, ValidationError

from durchwahl import plugin as dw


class RestSettings(dw.SourceSettings):
    """The keys of [sources.<name>]."""

    url: dw.Url = Field(description="where the calendar's API begins, e.g. https://office.example/api")
    token: dw.Secret = Field(description="the API's token, by reference")


class RestLane(BaseModel, frozen=True, extra="forbid"):
    """The keys of [sources.<name>.lanes.<lane>]."""

    desk: str = Field(pattern="^[a-z0-9-]+$", description="the desk's id in the calendar")


class Entry(BaseModel):
    """An entry as the calendar answers it; what else it holds is ignored."""

    id: str
    start: AwareDatetime
    end: AwareDatetime


@dataclass
class RestCalendar(dw.FreeBusyCalendar):
    """The desks of one office; `ref` is the path of our entry."""

    settings: RestSettings
    toolbox: dw.Toolbox
    capabilities = dw.Capabilities(find="by_name", data_location="on_prem")

    async def check(self) -> None:
        """Prove address and token."""
        await self._call("GET", "/desks")

    async def busy(self, lanes: Sequence[dw.Lane], window: dw.Interval) -> Mapping[str, Sequence[dw.Interval]]:
        """Return the busy spans of each lane."""
        found = await asyncio.gather(*(self.occupants(lane, window) for lane in lanes))
        return {lane.name: [one.interval for one in own] for lane, own in zip(lanes, found, strict=True)}

    async def occupants(self, lane: dw.Lane, interval: dw.Interval) -> Sequence[dw.Occupant]:
        """Return what overlaps the interval, ours by name."""
        asked = {"from": interval.start.isoformat(), "to": interval.end.isoformat()}
        answer = await self._call("GET", f"/desks/{lane.settings.desk}/entries", params=asked)
        try:
            entries = TypeAdapter(list[Entry]).validate_json(answer.content)
        except ValidationError as error:
            raise dw.Invalid("The calendar gave an answer that cannot be understood.", detail=error.title) from error
        return [dw.Occupant(dw.Interval(e.start, e.end), e.id if e.id.startswith("dw-") else None) for e in entries]

    async def ensure(self, name: str, appointment: dw.Appointment, ref: JsonValue) -> dw.Placed:
        """Write the entry under our name: a repeat replaces it by itself."""
        path = f"/desks/{appointment.lane.settings.desk}/entries/{name}"
        start, end = appointment.interval.start.isoformat(), appointment.interval.end.isoformat()
        entry = {"start": start, "end": end, "title": appointment.title, "text": appointment.description}
        await self._call("PUT", path, json=entry)
        return dw.Placed(ref=path)

    async def find(self, name: str, lane: dw.Lane, ref: JsonValue) -> dw.Placed | None:
        """Look where `ref` says; a first write whose answer was lost has left none, but its lane is known."""
        path = str(ref or f"/desks/{lane.settings.desk}/entries/{name}")
        return dw.Placed(ref=path) if (await self._call("GET", path, gone=404)).is_success else None

    async def delete(self, name: str, ref: JsonValue) -> None:
        """Delete the entry; already gone is done."""
        await self._call("DELETE", str(ref), gone=404)

    async def _call(self, method: str, path: str, *, gone: int | None = None, **more: Any) -> httpx.Response:
        try:
            bearer = {"Authorization": f"Bearer {self.settings.token.reveal()}"}
        except LookupError as error:
            raise dw.Refused("The calendar's token is not there.", detail=str(error)) from error
        answer = await self.toolbox.http.request(method, self.settings.url + path, headers=bearer, **more)
        if answer.is_success or answer.status_code == gone:
            return answer
        raise dw.classify(answer, write=method != "GET")


PRIVACY = dw.Privacy(fields=("name", "phone", "email"), retention="until the office deletes the entry")


@dw.hookimpl
def durchwahl_calendars() -> list[dw.SourceType]:
    """Offer the office's calendar as `type = "rest-calendar"`."""
    return [dw.SourceType("rest-calendar", RestSettings, RestCalendar, lane_settings=RestLane, privacy=PRIVACY)]
