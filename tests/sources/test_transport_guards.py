"""What the client lets out, what it lets in, and what it never does by itself."""

import asyncio
import gzip
import json
import tracemalloc
import zlib
from collections.abc import AsyncIterator

import httpx
import pytest
import respx

from durchwahl.errors import Invalid, NotSent, OutcomeUnknown, SourceError, Unavailable
from durchwahl.sources.http.body import read_body
from durchwahl.sources.http.client import KNOWN_ADDRESSES, open_client
from durchwahl.sources.http.deadline import with_deadline
from durchwahl.sources.http.wire import Answer, WireError
from tests.sources import raw_server
from tests.sources.raw_server import MIB, Peer, Script, encoded, serving

METHODS = ("GET", "POST", "PROPFIND", "PUT", "DELETE")


def client_of(*origins: str, **options: object) -> httpx.AsyncClient:
    return open_client(origins=frozenset(origins), deadline=5.0, byte_cap=MIB, **options)  # type: ignore[arg-type]  # options of many types


def says(*heads: str) -> Script:
    async def script(peer: Peer) -> None:
        for head in heads:
            await peer.request()
            await peer.say(head.replace("\n", "\r\n").encode())

    return script


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{other}/",
        "https://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://127.0.0.1:{port}@evil.example/",
        "http://127.0.0.1.evil.example:{port}/",
        "http://evil.example/http://127.0.0.1:{port}/",
        "http://2130706433:{port}/",
        "http://127.1:{port}/",
        "ftp://127.0.0.1:{port}/",
        "file:///etc/passwd",
        "/etc/passwd",
    ],
)
async def test_nothing_goes_to_an_origin_that_is_not_declared(method: str, url: str) -> None:
    async with serving(raw_server.answers) as declared, serving(raw_server.answers) as other:
        async with client_of(declared.origin) as client:
            with pytest.raises(Invalid):
                await client.request(method, url.format(port=declared.port, other=other.port))
        assert (declared.connections, other.connections) == (0, 0)


async def test_an_origin_is_the_same_with_and_without_its_usual_port_and_in_any_case() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(204)

    async with client_of("https://münchen.example:443", inner=httpx.MockTransport(answer)) as client:
        for url in ("https://münchen.example/a", "https://XN--MNCHEN-3YA.example:443/a"):
            assert (await client.get(url)).status_code == 204


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer(method: str, status: int) -> None:
    async with serving(raw_server.answers) as elsewhere:
        redirect = f"HTTP/1.1 {status} Away\nLocation: {elsewhere.origin}/\nContent-Length: 0\n\n"
        async with serving(says(redirect)) as server, client_of(server.origin, elsewhere.origin) as client:
            answer = await client.request(method, server.origin)
            assert (answer.status_code, answer.headers["location"]) == (status, f"{elsewhere.origin}/")
            assert elsewhere.connections == 0


async def test_a_redirect_is_not_followed_even_where_a_request_asks_for_it() -> None:
    redirect = "HTTP/1.1 302 Away\nLocation: /elsewhere\nContent-Length: 0\n\n"
    async with serving(says(redirect, redirect)) as server, client_of(server.origin) as client:
        assert (await client.get(server.origin, follow_redirects=True)).status_code == 302
        async with client.stream("GET", server.origin, follow_redirects=True) as answer:
            assert answer.status_code == 302
        assert len(server.requests) == 2


@pytest.mark.parametrize("method", METHODS)
async def test_no_cookie_is_kept_or_sent_back(method: str) -> None:
    sets = "HTTP/1.1 200 OK\nSet-Cookie: sid=1; Path=/\nContent-Length: 0\n\n"
    async with serving(says(sets, sets)) as server, client_of(server.origin) as client:
        for _ in range(2):
            assert (await client.request(method, server.origin)).headers["set-cookie"] == "sid=1; Path=/"
        assert [seen.header("cookie") for seen in server.requests] == [None, None]
        assert not client.cookies


@pytest.mark.parametrize("method", METHODS)
async def test_proxies_of_the_environment_are_not_asked(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(raw_server.answers) as server, serving(raw_server.answers) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.origin)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        async with client_of(server.origin) as client:
            await client.request(method, server.origin)
        assert (len(server.requests), proxy.connections) == (1, 0)


@pytest.mark.parametrize("method", METHODS)
async def test_a_request_arrives_as_the_plugin_made_it(method: str) -> None:
    async with serving(raw_server.answers) as server, client_of(server.origin) as client:
        body = None if method == "GET" else "Grüße".encode()
        headers = {"X-Own": "a; b", "If-None-Match": "*", "Accept": "text/calendar", "Depth": "1"}
        url = f"{server.origin}/a%2Fb/c%20d/?q=a+b&q=%C3%A4"
        await client.request(method, url, content=body, headers=headers)
        seen = server.requests[0]
    assert seen.line == f"{method} /a%2Fb/c%20d/?q=a+b&q=%C3%A4 HTTP/1.1".encode()
    assert seen.body == (body or b"")
    names = [line.split(b":")[0].lower() for line in seen.head.split(b"\r\n")[1:] if line]
    assert len(names) == len(set(names))
    extra = set() if body is None else {b"content-length"}
    known = {b"host", b"user-agent", b"accept-encoding", b"connection"} | {n.lower().encode() for n in headers}
    assert set(names) == known | extra
    assert {name: seen.header(name) for name in headers} == {n: v.encode() for n, v in headers.items()}
    assert seen.header("host") == server.origin.removeprefix("http://").encode()
    assert seen.header("user-agent").startswith(b"Durchwahl/")


@pytest.mark.parametrize("method", [*METHODS, "HEAD"])
async def test_no_wire_adds_headers_of_its_own(method: str) -> None:
    head = "HTTP/1.1 200 OK\nContent-Length: 0\n\n"
    async with serving(says(head)) as server, client_of(server.origin) as client:
        client.headers.clear()
        await client.request(method, server.origin)
        seen = server.requests[0]
    names = {line.split(b":")[0].lower() for line in seen.head.split(b"\r\n")[1:] if line}
    assert names - {b"content-length"} == {b"host"}


@pytest.mark.parametrize("method", ["POST", "PROPFIND"])
async def test_a_body_that_comes_in_pieces_is_sent_with_its_length(method: str) -> None:
    async def pieces():  # type: ignore[no-untyped-def]  # a stream of bytes
        yield b"one"
        yield b"two"

    async with serving(raw_server.answers) as server, client_of(server.origin) as client:
        await client.request(method, server.origin, content=pieces())
    assert (server.requests[0].body, server.requests[0].header("transfer-encoding")) == (b"onetwo", None)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "headers",
    [
        {"X-Name": "Anna\r\nX-Admin: 1"},
        {"X-Name": "Anna\nX-Admin: 1"},
        {b"X-Name": "Grüße".encode()},
        {"X:Y": "1"},
    ],
    ids=["crlf", "lf", "umlaut", "colon"],
)
async def test_a_header_that_would_be_two_is_not_sent(method: str, headers: dict[str, str]) -> None:
    async with serving(raw_server.answers) as server, client_of(server.origin) as client:
        with pytest.raises(Invalid):
            await client.request(method, server.origin, headers=headers)
        assert server.connections == 0


async def test_a_method_that_would_be_a_line_is_not_sent() -> None:
    async with serving(raw_server.answers) as server, client_of(server.origin) as client:
        with pytest.raises(Invalid):
            await client.request("GET / HTTP/1.1\r\nX: y\r\n\r\nPOST", server.origin)
        assert server.connections == 0


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("coding", "fold"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda plain: zlib.compress(plain, wbits=-15)),
        ("identity", bytes),
    ],
    ids=["gzip", "x-gzip", "zlib", "bare-deflate", "identity"],
)
async def test_a_compressed_answer_is_unfolded_once(method: str, coding: str, fold: object) -> None:
    plain = json.dumps({"termine": list(range(1000))}).encode()
    async with serving(encoded(fold(plain), coding)) as server, client_of(server.origin) as client:  # type: ignore[operator]  # a function
        answer = await client.request(method, server.origin)
    assert answer.content == plain
    assert answer.json()["termine"][-1] == 999


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("excess", [0, 1])
async def test_the_cap_holds_to_the_byte_before_and_after_unfolding(method: str, excess: int) -> None:
    for body, coding in ((b"x" * (MIB + excess), "identity"), (gzip.compress(b"x" * (MIB + excess)), "gzip")):
        async with serving(encoded(body, coding)) as server, client_of(server.origin) as client:
            if excess:
                with pytest.raises(Invalid if method == "GET" else OutcomeUnknown):
                    await client.request(method, server.origin)
            else:
                assert len((await client.request(method, server.origin)).content) == MIB


async def test_a_bomb_takes_no_more_memory_than_the_cap() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield bomb

    bomb = gzip.compress(bytes(64 * MIB))
    answer = Answer(200, [(b"Content-Encoding", b"gzip")], b"OK", b"HTTP/1.1", chunks())
    tracemalloc.start()
    try:
        with pytest.raises(WireError):
            await read_body(answer, MIB)
        assert tracemalloc.get_traced_memory()[1] < 4 * MIB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("method", ["HEAD", "GET", "PUT"])
async def test_an_answer_without_a_body_keeps_its_headers(method: str) -> None:
    head = 'HTTP/1.1 204 No Content\nContent-Encoding: gzip\nETag: "1"\n\n'
    async with serving(says(head)) as server, client_of(server.origin) as client:
        answer = await client.request(method, server.origin)
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (204, b"", '"1"')


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_answer_can_be_read_as_a_stream_and_says_how_long_it_took(method: str) -> None:
    async with serving(raw_server.answers) as server, client_of(server.origin) as client:
        async with client.stream(method, server.origin) as answer:
            assert b"".join([chunk async for chunk in answer.aiter_bytes()]) == b"ok"
        assert answer.elapsed.total_seconds() > 0
        assert (answer.http_version, answer.reason_phrase) == ("HTTP/1.1", "OK")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_no_more_requests_are_under_way_than_connections(method: str) -> None:
    together, most = 0, 0
    room = asyncio.Event()

    async def slow(request: httpx.Request) -> httpx.Response:
        nonlocal together, most
        together += 1
        most = max(most, together)
        if together == 3:
            room.set()
        await room.wait()
        together -= 1
        return httpx.Response(204)

    async with client_of("http://a.example:80", connections=3, inner=httpx.MockTransport(slow)) as client:
        await asyncio.gather(*(client.request(method, "http://a.example/") for _ in range(9)))
    assert most == 3


@pytest.mark.parametrize(
    ("raised", "of_a_read", "of_a_write"),
    [
        (httpx.ConnectError, NotSent, NotSent),
        (httpx.ConnectTimeout, NotSent, NotSent),
        (httpx.PoolTimeout, NotSent, NotSent),
        (httpx.ReadTimeout, Unavailable, OutcomeUnknown),
        (httpx.WriteError, Unavailable, OutcomeUnknown),
        (httpx.ReadError, Unavailable, OutcomeUnknown),
        (httpx.RemoteProtocolError, Invalid, OutcomeUnknown),
    ],
)
async def test_the_guards_stay_in_front_of_a_stand_in(
    raised: type[Exception], of_a_read: type[SourceError], of_a_write: type[SourceError]
) -> None:
    router = respx.Router()
    router.route(host="a.example").mock(side_effect=raised)
    async with client_of("http://a.example:80", inner=httpx.MockTransport(router.async_handler)) as client:
        for method, error in (("GET", of_a_read), ("POST", of_a_write)):
            with pytest.raises(SourceError) as caught:
                await client.request(method, "http://a.example/")
            assert type(caught.value) is error
        with pytest.raises(Invalid):
            await client.get("http://b.example/")


async def test_a_stand_in_answers_through_cap_and_coding() -> None:
    router = respx.Router()
    folded = gzip.compress(b"plain")
    router.post("http://a.example/").respond(201, content=folded, headers={"content-encoding": "gzip"})
    router.get("http://a.example/").respond(200, content=b"x" * (MIB + 1))
    async with client_of("http://a.example:80", inner=httpx.MockTransport(router.async_handler)) as client:
        assert (await client.post("http://a.example/", json={"a": 1})).text == "plain"
        assert json.loads(router.calls.last.request.content) == {"a": 1}
        with pytest.raises(Invalid):
            await client.get("http://a.example/")


async def test_a_stand_in_that_hangs_meets_the_deadline() -> None:
    async def hangs(request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with client_of("http://a.example:80", inner=httpx.MockTransport(hangs)) as client:
        with with_deadline(0.05) as sent:
            with pytest.raises(Unavailable):
                await client.get("http://a.example/")
            assert not sent.started
            with pytest.raises(NotSent):  # the call's time is over
                await client.post("http://a.example/")
        with with_deadline(0.05) as sent:
            with pytest.raises(OutcomeUnknown):
                await client.post("http://a.example/")
            assert sent.started


async def test_a_status_that_speaks_of_credentials_is_left_to_the_plugin() -> None:
    async with (
        serving(says("HTTP/1.1 401 No\nContent-Length: 0\n\n")) as server,
        client_of(server.origin) as client,
    ):
        assert (await client.get(server.origin)).status_code == 401


def test_a_proxy_that_is_no_address_is_refused_at_once() -> None:
    for proxy in ("socks5://proxy.example", "proxy.example:3128", "http://"):
        with pytest.raises(Invalid):
            open_client(origins=frozenset(), deadline=1.0, proxy=proxy)


# --- The straight way of a request, beside httpx's own


def tells(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, text=request.headers.get("authorization", "none"), headers={"Location": "http://[::1/"})


async def both_ways(**options: object) -> tuple[httpx.Response, httpx.Response]:
    """Ask once straight and once through all of httpx, for which a hook is enough."""

    async def note(_: httpx.Response) -> None:
        noted.append(1)

    noted: list[int] = []
    answers = []
    for hooks in ([], [note]):
        async with client_of("http://a.example:80", inner=httpx.MockTransport(tells)) as client:
            client.event_hooks = {"response": hooks}
            answers.append(await client.get("http://a.example/x?q=1", **options))  # type: ignore[arg-type]  # of many types
    assert noted == [1]
    return answers[0], answers[1]


@pytest.mark.parametrize("auth", [None, httpx.BasicAuth("amt", "geheim"), ("amt", "geheim")])
async def test_a_request_brings_the_same_whichever_way_it_goes(auth: object) -> None:
    straight, through = await both_ways(auth=auth)
    assert straight.text == through.text == ("none" if auth is None else "Basic YW10OmdlaGVpbQ==")
    assert straight.request.url == through.request.url == "http://a.example/x?q=1"
    assert straight.headers == through.headers
    assert straight.request.headers == through.request.headers
    assert straight.is_closed
    assert through.is_closed
    assert straight.elapsed.total_seconds() > 0
    assert through.elapsed.total_seconds() > 0


async def test_the_clients_own_auth_is_used_and_can_be_left_out() -> None:
    async with client_of("http://a.example:80", inner=httpx.MockTransport(tells)) as client:
        client.auth = ("amt", "geheim")
        assert (await client.get("http://a.example/")).text.startswith("Basic ")
        assert (await client.get("http://a.example/", auth=None)).text == "none"


ASTRAY = "HTTP/1.1 302 Found\nLocation: http://[::1/\nContent-Length: 0\n\n"


async def test_a_redirect_that_leads_nowhere_is_an_answer_like_any_other() -> None:
    async with serving(says(ASTRAY)) as server, client_of(server.origin) as client:
        assert (await client.get(server.origin)).status_code == 302


async def test_what_httpx_cannot_read_of_an_answer_is_told_in_our_words() -> None:
    async with serving(says(ASTRAY)) as server, client_of(server.origin) as client:
        with pytest.raises(Invalid):
            await client.get(server.origin, auth=httpx.DigestAuth("amt", "geheim"))


async def test_a_closed_client_sends_nothing() -> None:
    async with serving(raw_server.answers) as server:
        client = client_of(server.origin)
        await client.aclose()
        with pytest.raises(RuntimeError):
            await client.get(server.origin)
        assert server.connections == 0


async def test_many_addresses_are_not_kept_for_ever() -> None:
    async with client_of("http://a.example:80", inner=httpx.MockTransport(tells)) as client:
        for number in range(3 * KNOWN_ADDRESSES):
            assert client.build_request("GET", f"http://a.example/{number}").url.path == f"/{number}"
        assert len(client._addresses) <= KNOWN_ADDRESSES  # type: ignore[attr-defined]  # ours
