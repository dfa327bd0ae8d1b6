"""The calls: one request each, and what their answers mean."""

from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from durchwahl_adapters.caldav.client import CalendarObject, Clash, DavClient, UnexpectedAnswer

URL = "https://cal.example/amt/platz-1/"
OBJECT = URL + "dw-a.ics"
START, END = datetime(2027, 3, 1, tzinfo=UTC), datetime(2027, 3, 2, tzinfo=UTC)
CONFLICT = b'<error xmlns="DAV:"><no-uid-conflict xmlns="urn:ietf:params:xml:ns:caldav"/></error>'
INVALID = b'<error xmlns="DAV:"><valid-calendar-data xmlns="urn:ietf:params:xml:ns:caldav"/></error>'
EMPTY = b'<multistatus xmlns="DAV:"/>'


class Wire:
    """A client whose every request is answered alike and kept."""

    def __init__(self, response: httpx.Response | Callable[[httpx.Request], httpx.Response]) -> None:
        self.requests: list[httpx.Request] = []
        self.response = response
        self.client = httpx.AsyncClient(transport=httpx.MockTransport(self.answer))
        self.dav = DavClient(self.client, lambda: httpx.BasicAuth("amt", "geheim"))

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.response if isinstance(self.response, httpx.Response) else self.response(request)


async def test_a_query_asks_a_day_more_at_each_end_and_expands_nothing() -> None:
    wire = Wire(httpx.Response(207, content=EMPTY))
    assert await wire.dav.query(URL, START, END) == []
    (request,) = wire.requests
    assert (request.method, request.headers["depth"]) == ("REPORT", "1")
    assert b'<C:time-range start="20270228T000000Z" end="20270303T000000Z"/>' in request.content
    assert b"expand" not in request.content
    assert request.headers["authorization"] == "Basic YW10OmdlaGVpbQ=="


@pytest.mark.parametrize("status", [200, 207])
async def test_a_multistatus_is_read_whatever_its_type_says(status: int) -> None:
    headers = {"Content-Type": "application/octet-stream; charset=utf-8; charset=utf-8"}
    wire = Wire(httpx.Response(status, content=EMPTY, headers=headers))
    assert await wire.dav.propfind(URL, depth=0) == []


@pytest.mark.parametrize("status", [301, 401, 403, 404, 500])
async def test_another_status_is_unexpected(status: int) -> None:
    wire = Wire(httpx.Response(status, headers={"Location": "https://other.example/"}))
    for call in (wire.dav.query(URL, START, END), wire.dav.propfind(URL, depth=0)):
        with pytest.raises(UnexpectedAnswer, match=str(status)):
            await call
    assert len(wire.requests) == 2


async def test_an_object_is_read_with_its_version() -> None:
    wire = Wire(httpx.Response(200, content="\ufeffBEGIN: ü".encode(), headers={"ETag": '"1"'}))
    assert await wire.dav.get(OBJECT) == CalendarObject("BEGIN: ü", '"1"')
    assert wire.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("status", [404, 410])
async def test_what_is_gone_is_none(status: int) -> None:
    assert await Wire(httpx.Response(status)).dav.get(OBJECT) is None


@pytest.mark.parametrize("status", [204, 206, 302, 401, 500])
async def test_any_other_answer_to_reading_is_unexpected(status: int) -> None:
    with pytest.raises(UnexpectedAnswer):
        await Wire(httpx.Response(status)).dav.get(OBJECT)


@pytest.mark.parametrize("status", [200, 201, 204])
async def test_creating_returns_the_version(status: int) -> None:
    wire = Wire(httpx.Response(status, headers={"ETag": '"1"'}))
    assert await wire.dav.put_if_none_match(OBJECT, b"x") == '"1"'
    assert wire.requests[0].headers["if-none-match"] == "*"


@pytest.mark.parametrize(("etag", "sent"), [('"1"', '"1"'), ('W/"1"', '"1"'), (None, "*")])
async def test_replacing_names_the_version_strongly(etag: str | None, sent: str) -> None:
    wire = Wire(httpx.Response(204))
    assert await wire.dav.put_if_match(OBJECT, b"x", etag) is None
    assert wire.requests[0].headers["if-match"] == sent


@pytest.mark.parametrize(("status", "body"), [(412, b""), (412, b"Failed"), (409, CONFLICT), (412, CONFLICT)])
async def test_a_failed_condition_is_a_clash(status: int, body: bytes) -> None:
    with pytest.raises(Clash):
        await Wire(httpx.Response(status, content=body)).dav.put_if_none_match(OBJECT, b"x")


@pytest.mark.parametrize(("status", "body"), [(412, INVALID), (409, b""), (400, b""), (403, INVALID), (507, b"")])
async def test_another_refusal_is_no_clash(status: int, body: bytes) -> None:
    with pytest.raises(UnexpectedAnswer):
        await Wire(httpx.Response(status, content=body)).dav.put_if_none_match(OBJECT, b"x")


@pytest.mark.parametrize("status", [200, 204, 404, 410])
async def test_deleting_is_done_when_nothing_is_there_any_more(status: int) -> None:
    wire = Wire(httpx.Response(status))
    await wire.dav.delete(OBJECT)
    assert "if-match" not in wire.requests[0].headers


@pytest.mark.parametrize("status", [202, 302, 403, 423, 500])
async def test_deleting_is_not_done_by_another_answer(status: int) -> None:
    with pytest.raises(UnexpectedAnswer):
        await Wire(httpx.Response(status)).dav.delete(OBJECT)
