"""A CalDAV server in memory that ignores conditions, as SOGo does: a `PUT` always overwrites."""

import hashlib
import uuid
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

import httpx

from durchwahl.plugin import Interval
from tests.servers.caldav import EVENT

OPENING = '<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
RESPONSE = (
    "<d:response><d:href>{href}</d:href><d:propstat><d:prop>{prop}</d:prop>"
    "<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
)
FOLDER = "<d:resourcetype><d:collection/></d:resourcetype>"
CALENDAR = "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>"


@dataclass
class Overwriting:
    """`objects` maps a path to its text; `seen` lists method, path and the condition of each request."""

    objects: dict[str, str] = field(default_factory=dict)
    seen: list[tuple[str, str, str | None]] = field(default_factory=list)
    home: str = "/dav/"
    collections: tuple[str, ...] = ("/dav/platz-1/",)
    keeps_conditions: bool = False

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.answer)

    async def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        condition = request.headers.get("if-none-match") or request.headers.get("if-match")
        self.seen.append((request.method, path, condition))
        answers = {
            "PROPFIND": self.list,
            "REPORT": self.report,
            "GET": self.get,
            "PUT": self.put,
            "DELETE": self.drop,
        }
        return answers[request.method](path, request)

    def list(self, path: str, request: httpx.Request) -> httpx.Response:
        if path not in (self.home, *self.collections):
            return httpx.Response(404)
        inside = self.collections if path == self.home and request.headers["depth"] == "1" else ()
        entries = [RESPONSE.format(href=path, prop=FOLDER if path == self.home else CALENDAR)]
        entries += [RESPONSE.format(href=one, prop=CALENDAR) for one in inside]
        return self.multistatus(entries)

    def report(self, path: str, request: httpx.Request) -> httpx.Response:
        if path not in self.collections:
            return httpx.Response(404)
        prop = "<d:getetag>{etag}</d:getetag><c:calendar-data>{text}</c:calendar-data>"
        return self.multistatus(
            [
                RESPONSE.format(href=one, prop=prop.format(etag=etag(text), text=escape(text, {"\r": "&#13;"})))
                for one, text in self.objects.items()
                if one.startswith(path)
            ]
        )

    def get(self, path: str, request: httpx.Request) -> httpx.Response:
        if path not in self.objects:
            return httpx.Response(404)
        return httpx.Response(200, content=self.objects[path].encode(), headers={"ETag": etag(self.objects[path])})

    def put(self, path: str, request: httpx.Request) -> httpx.Response:
        known = path in self.objects
        if self.keeps_conditions and not self.allowed(path, request):
            return httpx.Response(412)
        self.objects[path] = request.content.decode()
        return httpx.Response(204 if known else 201)

    def allowed(self, path: str, request: httpx.Request) -> bool:
        if request.headers.get("if-none-match") == "*":
            return path not in self.objects
        match = request.headers.get("if-match", "*")
        return path in self.objects and match in ("*", etag(self.objects[path]))

    def drop(self, path: str, request: httpx.Request) -> httpx.Response:
        return httpx.Response(204 if self.objects.pop(path, None) is not None else 404)

    def multistatus(self, entries: "list[str]") -> httpx.Response:
        text = OPENING + "".join(entries) + "</d:multistatus>"
        return httpx.Response(207, content=text.encode(), headers={"Content-Type": "application/octet-stream"})


@dataclass
class OverwritingClerk:
    """Somebody who writes into one of its collections."""

    server: Overwriting
    collection: str

    async def add(self, interval: Interval) -> str:
        times = f"DTSTART:{interval.start:%Y%m%dT%H%M%SZ}\r\nDTEND:{interval.end:%Y%m%dT%H%M%SZ}"
        path = f"{self.collection}{uuid.uuid4()}.ics"
        self.server.objects[path] = EVENT.format(uid=path, times=times)
        return path

    async def remove(self, event: str) -> None:
        del self.server.objects[event]


def etag(text: str) -> str:
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'
