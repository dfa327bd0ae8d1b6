"""The calls of CalDAV, each exactly one HTTP request over a client that somebody else owns."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import httpx

from durchwahl_adapters.caldav.answers import Resource, precondition, read_multistatus
from durchwahl_adapters.caldav.requests import PROPFIND, calendar_query

_XML = {"Content-Type": "application/xml; charset=utf-8", "Accept": "application/xml, text/xml"}
_ICS = {"Content-Type": "text/calendar; charset=utf-8"}
_GONE = (404, 410)


class UnexpectedAnswer(Exception):
    """An answer whose status does not belong to the call; `response` is the whole of it."""

    def __init__(self, response: httpx.Response) -> None:
        request = response.request
        address = request.url.copy_with(query=None)
        super().__init__(f"{request.method} {address} answered {response.status_code}")
        self.response = response

    @property
    def precondition(self) -> str | None:
        """The name of the failed precondition (RFC 4791 §5.3.2.1), where the body says one."""
        return precondition(self.response.content)


class Clash(Exception):
    """A conditional write was not done, because something else stands there."""


@dataclass(frozen=True)
class CalendarObject:
    """What stands at an address: its iCalendar text and its version, None where the server gives none."""

    text: str
    etag: str | None


@dataclass(frozen=True)
class DavClient:
    """Calls to one server.

    URLs are absolute, those of collections end with a slash; `auth` is asked for each call. Every call raises
    `UnexpectedAnswer` and what the HTTP client raises, REPORT and PROPFIND `AnswerError` too.
    """

    http: httpx.AsyncClient
    auth: Callable[[], httpx.Auth | None]

    async def query(self, collection: str, start: datetime, end: datetime) -> list[Resource]:
        """Return the calendar objects with an event in the half-open span, and some of the days around it."""
        response = await self._send("REPORT", collection, calendar_query(start, end), {**_XML, "Depth": "1"})
        return self._multistatus(response, collection)

    async def propfind(self, collection: str, *, depth: int) -> list[Resource]:
        """Return what the collection is (depth 0), and what lies directly in it (depth 1)."""
        response = await self._send("PROPFIND", collection, PROPFIND, {**_XML, "Depth": str(depth)})
        return self._multistatus(response, collection)

    async def get(self, url: str) -> CalendarObject | None:
        """Return what stands there, None where nothing does.

        Compression is refused, because proxies weaken or rename the ETag of what they compress.
        """
        headers = {"Accept": "text/calendar", "Accept-Encoding": "identity"}
        response = await self._send("GET", url, None, headers)
        if response.status_code in _GONE:
            return None
        if response.status_code != 200:
            raise UnexpectedAnswer(response)
        text = response.content.decode("utf-8-sig", errors="replace")
        return CalendarObject(text, response.headers.get("etag"))

    async def put_if_none_match(self, url: str, body: bytes) -> str | None:
        """Create what does not exist yet and return its ETag, None where the server does not say it.

        Raises:
            Clash: something stands there already.
        """
        return await self._put(url, body, {"If-None-Match": "*"})

    async def put_if_match(self, url: str, body: bytes, etag: str | None) -> str | None:
        """Replace exactly this version (without one, any) and return the new ETag.

        `If-Match` compares strongly (RFC 9110 §13.1.1), so that a weak ETag would never match: its mark is
        left out.

        Raises:
            Clash: another version stands there, or nothing does.
        """
        return await self._put(url, body, {"If-Match": (etag or "*").removeprefix("W/")})

    async def delete(self, url: str) -> None:
        """Make sure that nothing stands there."""
        response = await self._send("DELETE", url, None, {})
        if response.status_code not in (200, 204, *_GONE):
            raise UnexpectedAnswer(response)

    async def _put(self, url: str, body: bytes, condition: dict[str, str]) -> str | None:
        response = await self._send("PUT", url, body, {**_ICS, **condition})
        if response.status_code in (200, 201, 204):
            etag: str | None = response.headers.get("etag")
            return etag
        answer = UnexpectedAnswer(response)
        # Where the UID stands at another address, Radicale says 409; Xandikos says 412, for invalid data too.
        if response.status_code in (409, 412):
            reason = answer.precondition
            if reason == "no-uid-conflict" or (response.status_code == 412 and reason is None):
                raise Clash(str(answer)) from answer
        raise answer

    async def _send(self, method: str, url: str, body: bytes | None, headers: dict[str, str]) -> httpx.Response:
        return await self.http.request(method, url, content=body, headers=headers, auth=self.auth())

    def _multistatus(self, response: httpx.Response, collection: str) -> list[Resource]:
        """Read the body whatever its content type says; some servers answer 200 instead of 207."""
        if response.status_code not in (200, 207):
            raise UnexpectedAnswer(response)
        return read_multistatus(response.content, collection=collection)
