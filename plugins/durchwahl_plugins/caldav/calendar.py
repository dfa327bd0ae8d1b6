"""A `FreeBusyCalendar` on CalDAV: each appointment is one object, named by the gateway's name."""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import TypeVar
from urllib.parse import quote

import httpx
from pydantic import JsonValue

from durchwahl.plugin import (
    Appointment,
    Capabilities,
    FreeBusyCalendar,
    Interval,
    Invalid,
    Lane,
    Occupant,
    OutcomeUnknown,
    Placed,
    Refused,
    Toolbox,
    Unavailable,
)
from durchwahl_adapters.caldav.client import DavClient
from durchwahl_adapters.caldav.recurrence import Window
from durchwahl_adapters.caldav.spans import SUFFIX, CollectionReader, Occupied, own_name
from durchwahl_adapters.caldav.writing import Entry, is_name
from durchwahl_plugins.caldav import CalDavSettings
from durchwahl_plugins.caldav.meaning import understood
from durchwahl_plugins.caldav.placing import place, refuses_twice, tried_key

AT_ONCE = 8
MOST_ODD = 1_000

T = TypeVar("T")


class CalDavCalendar(FreeBusyCalendar):
    """The collections below one address; `ref` is `{"collection": …, "href": …}`, both relative to it."""

    capabilities = Capabilities(find="by_name", hold="gateway", records="back_end", conditional_create=True)

    def __init__(self, settings: CalDavSettings, toolbox: Toolbox) -> None:
        self._settings = settings
        self._toolbox = toolbox
        self._dav = DavClient(toolbox.http, self._auth)
        self._reader = CollectionReader(toolbox.zone)
        self._trying = asyncio.Lock()
        self._tried: set[str] = set()
        self._odd: set[str] = set()

    async def check(self) -> None:
        """Ask what the address is: it must exist and let us in."""
        with understood(self._settings.url, write=False):
            await self._dav.propfind(self._settings.url, depth=0)

    async def probe(self, lanes: Sequence[Lane]) -> Capabilities:
        """Try each lane's collection: does it refuse to create the same address twice?"""
        for lane in lanes:
            with understood(_collection(lane), write=False):
                await self._conditional(_collection(lane))
        known = {self._toolbox.memory.get(tried_key(collection)) for collection in self._tried}
        return self.capabilities.model_copy(update={"conditional_create": "no" not in known})

    async def busy(self, lanes: Sequence[Lane], window: Interval) -> Mapping[str, Sequence[Interval]]:
        """Ask each lane's collection for the window, at most eight at once."""
        found = await _at_once(self._occupied(lane, window) for lane in lanes)
        spans = ([Interval(one.span.start, one.span.end) for one in lane] for lane in found)
        return dict(zip((lane.name for lane in lanes), spans, strict=True))

    async def occupants(self, lane: Lane, interval: Interval) -> Sequence[Occupant]:
        """Ask the collection itself; a recurring event is one occupant for each occurrence."""
        found = await self._occupied(lane, interval)
        return [Occupant(Interval(one.span.start, one.span.end), one.name) for one in found]

    async def ensure(self, name: str, appointment: Appointment, ref: JsonValue) -> Placed:
        """Write the appointment into its lane's collection; it moves if `ref` says that it was elsewhere."""
        collection = _collection(appointment.lane)
        path = _path(collection, name)
        with understood(path, write=True):
            conditional = await self._conditional(collection)
            entry = self._entry(name, appointment)
            etag = await place(self._dav, self._url(path), entry, conditional=conditional)
        if ref is not None and (before := _where(name, ref)) != path:
            await self._leave(before)
        return Placed(_ref(path), etag, state="tentative" if appointment.tentative else "placed")

    async def find(self, name: str, lane: Lane, ref: JsonValue) -> Placed | None:
        """Look where `ref` says; without one, in the lane's collection."""
        path = _where(name, ref) if ref is not None else _path(_collection(lane), name)
        with understood(path, write=False):
            found = await self._dav.get(self._url(path))
        ours = found is not None and own_name(path, found.text) == name
        return Placed(_ref(path), found.etag) if found and ours else None

    async def delete(self, name: str, ref: JsonValue) -> None:
        """Delete where `ref` says, whatever version stands there: cancelling wins over a clerk's change."""
        await self._delete(_where(name, ref))

    async def _leave(self, path: str) -> None:
        """Delete the old place after the new one was written: `Unavailable` would say that nothing was done."""
        try:
            await self._delete(path)
        except Unavailable as error:
            raise OutcomeUnknown(error.message, detail=error.detail) from error

    async def _delete(self, path: str) -> None:
        with understood(path, write=True):
            await self._dav.delete(self._url(path))

    async def _occupied(self, lane: Lane, window: Interval) -> Sequence[Occupied]:
        collection = _collection(lane)
        with understood(collection, write=False):
            objects = await self._dav.query(self._url(collection), window.start, window.end)
            reading = await self._toolbox.blocking(self._reader.read, objects, Window(window.start, window.end))
        for path, reason in reading.odd.items():
            self._report(f"{collection}{path}", reason)
        return reading.occupied

    def _report(self, path: str, reason: str) -> None:
        """Say once for each object that it is not understood and so blocks its lane."""
        if path not in self._odd and len(self._odd) < MOST_ODD:
            self._odd.add(path)
            self._toolbox.log.warning("%s counts as busy throughout: %s", path, reason)

    async def _conditional(self, collection: str) -> bool:
        async with self._trying:
            self._tried.add(url := self._url(collection))
            return await refuses_twice(self._dav, url, self._toolbox)

    def _entry(self, name: str, appointment: Appointment) -> Entry:
        return Entry(
            name=name,
            start=appointment.interval.start,
            end=appointment.interval.end,
            zone=appointment.zone,
            summary=appointment.title,
            description=appointment.description,
            sequence=appointment.sequence,
            stamp=appointment.changed_at or self._toolbox.clock(),
            tentative=appointment.tentative,
        )

    def _auth(self) -> httpx.Auth | None:
        if self._settings.username is None or self._settings.password is None:
            return None
        try:
            password = self._settings.password.reveal()
        except LookupError as error:
            raise Refused("The calendar's password is not there.", detail=str(error)) from error
        return httpx.BasicAuth(self._settings.username, password)

    def _url(self, path: str) -> str:
        return self._settings.url + quote(path, safe="/")


def _collection(lane: Lane) -> str:
    """Return the lane's collection; a lane that the config no longer has comes without settings."""
    if lane.settings is None:
        message = "The lane is no longer part of the calendar's configuration."
        raise Invalid(message, detail=f"lane {lane.name}")
    path: str = lane.settings.collection
    return path


def _path(collection: str, name: str) -> str:
    if not is_name(name):
        raise Invalid("The appointment's name cannot be used.", detail=repr(name))
    return f"{collection}{name}{SUFFIX}"


def _ref(path: str) -> JsonValue:
    return {"collection": f"{path.rpartition('/')[0]}/", "href": path}


def _where(name: str, ref: JsonValue) -> str:
    """Return the path that a `ref` of ours says; only one that ends in the name can be."""
    href = ref.get("href") if isinstance(ref, dict) else None
    folder = href.rpartition("/")[0] if isinstance(href, str) else ""
    path = _path(f"{folder}/", name)
    if href != path or {"", ".", ".."} & set(folder.split("/")):
        raise Invalid("The place of the appointment cannot be read.", detail=f"{name}: {ref!r}")
    return path


async def _at_once(calls: Iterable[Awaitable[T]]) -> list[T]:
    """Await all, eight at a time, and raise the first failure when all have ended."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(call: Awaitable[T]) -> T:
        async with gate:
            return await call

    ended = await asyncio.gather(*(one(call) for call in calls), return_exceptions=True)
    for result in ended:
        if isinstance(result, BaseException):
            raise result
    return [result for result in ended if not isinstance(result, BaseException)]
