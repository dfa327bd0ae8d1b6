"""The contract of the transport: what each failure is called, and that nothing is ever sent twice.

Everything runs on asyncio's own loop and on uvloop, which the gateway uses: they report broken connections
differently.
"""

import asyncio
import inspect
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvloop

from durchwahl.errors import Invalid, NotSent, OutcomeUnknown, SourceError, Unavailable
from durchwahl.sources.http.client import open_client
from durchwahl.sources.http.deadline import with_deadline
from tests.sources import raw_server
from tests.sources.raw_server import MIB, Peer, RawServer, Script, free_port, serving

WRITES = ("POST", "PUT", "DELETE")
READS = ("GET", "REPORT")
LOST = {
    "closes_unread": raw_server.closes_unread,
    "closes_after_reading": raw_server.closes_after_reading,
    "resets_after_reading": raw_server.resets_after_reading,
    "hangs_after_reading": raw_server.hangs_after_reading,
    "cuts_the_head": raw_server.cuts_the_head,
    "cuts_the_body": raw_server.cuts_the_body,
    "cuts_the_chunks": raw_server.cuts_the_chunks,
    "resets_in_the_body": raw_server.resets_in_the_body,
    "drips": raw_server.drips,
}
GARBLED = {
    "speaks_no_http": raw_server.speaks_no_http,
    "breaks_the_chunks": raw_server.breaks_the_chunks,
    "says_too_much": raw_server.says_too_much,
    "says_too_much_in_chunks": raw_server.says_too_much_in_chunks,
    "bombs": raw_server.bombs,
    "unknown_coding": raw_server.encoded(b"x", "br"),
    "two_codings": raw_server.encoded(b"x", "gzip, gzip"),
    "no_gzip": raw_server.encoded(b"plain text", "gzip"),
    "cut_gzip": raw_server.encoded(raw_server.gzip.compress(b"whole")[:-6], "gzip"),
    "trailing_gzip": raw_server.encoded(raw_server.gzip.compress(b"one") + b"two", "gzip"),
}
UNSEEN = {"closes_unread"}


def on_both_loops(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    def run(loop_factory: Callable[[], asyncio.AbstractEventLoop], **arguments: object) -> None:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            runner.run(test(**arguments))

    own = inspect.Parameter("loop_factory", inspect.Parameter.KEYWORD_ONLY)
    signature = inspect.signature(test)
    run.__signature__ = signature.replace(parameters=[*signature.parameters.values(), own])  # type: ignore[attr-defined]  # read by pytest
    run.__name__ = test.__name__
    run.pytestmark = getattr(test, "pytestmark", [])  # type: ignore[attr-defined]  # read by pytest
    loops = pytest.mark.parametrize(
        "loop_factory", [asyncio.SelectorEventLoop, uvloop.new_event_loop], ids=["asyncio", "uvloop"]
    )
    return loops(run)


@asynccontextmanager
async def client_of(origin: str, *, deadline: float = 5.0, **options: object) -> AsyncIterator[httpx.AsyncClient]:
    client = open_client(origins=frozenset({origin}), deadline=deadline, byte_cap=MIB, **options)  # type: ignore[arg-type]  # options of many types
    async with client:
        yield client


async def failure(client: httpx.AsyncClient, method: str, url: str) -> SourceError:
    content = None if method in ("GET", "DELETE") else b"a body"
    with pytest.raises(SourceError) as caught:
        await client.request(method, url, content=content)
    return caught.value


async def meet(script: Script, method: str) -> tuple[SourceError, RawServer]:
    patient = script not in (raw_server.hangs_after_reading, raw_server.drips)
    async with serving(script) as server:
        async with client_of(server.origin, deadline=5.0 if patient else 0.4) as client:
            error = await failure(client, method, f"{server.origin}/termin?token=geheim")
        await server.hung_up.wait() if patient else None
    return error, server


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("name", [*LOST, *GARBLED])
@on_both_loops
async def test_a_write_without_a_whole_answer_is_of_unknown_outcome_and_sent_once(name: str, method: str) -> None:
    error, server = await meet((LOST | GARBLED)[name], method)
    assert type(error) is OutcomeUnknown
    assert (server.connections, len(server.requests)) == (1, 0 if name in UNSEEN else 1)


@pytest.mark.parametrize("method", READS)
@pytest.mark.parametrize("name", LOST)
@on_both_loops
async def test_a_read_without_a_whole_answer_is_unavailable_and_not_repeated(name: str, method: str) -> None:
    error, server = await meet(LOST[name], method)
    assert type(error) is Unavailable
    assert (server.connections, len(server.requests)) == (1, 0 if name in UNSEEN else 1)


@pytest.mark.parametrize("method", READS)
@pytest.mark.parametrize("name", GARBLED)
@on_both_loops
async def test_a_read_that_brings_nonsense_is_invalid_and_not_repeated(name: str, method: str) -> None:
    error, server = await meet(GARBLED[name], method)
    assert type(error) is Invalid
    assert (server.connections, len(server.requests)) == (1, 1)


@pytest.mark.parametrize("method", WRITES + READS)
@on_both_loops
async def test_a_refused_connection_is_not_sent(method: str) -> None:
    origin = f"http://127.0.0.1:{free_port()}"
    async with client_of(origin) as client:
        assert type(await failure(client, method, origin)) is NotSent


@pytest.mark.parametrize("method", WRITES + READS)
@on_both_loops
async def test_a_name_that_nobody_knows_is_not_sent(method: str) -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise OSError(-2, "Name or service not known")

    async with client_of("http://no-such-host.invalid:80", lookup=unknown) as client:
        error = await failure(client, method, "http://no-such-host.invalid/")
    assert type(error) is NotSent
    assert "Name or service not known" in error.detail


@pytest.mark.parametrize("method", WRITES + READS)
@on_both_loops
async def test_a_name_server_that_hangs_is_not_sent_and_holds_nobody_up(method: str) -> None:
    release = threading.Event()

    def hangs(host: str, port: int) -> list[str]:
        release.wait(30)
        return ["127.0.0.1"]

    async with client_of("http://slow.example:80", deadline=0.1, lookup=hangs) as client:
        assert type(await failure(client, method, "http://slow.example/")) is NotSent
    release.set()


@pytest.mark.parametrize("method", WRITES + READS)
@on_both_loops
async def test_a_handshake_that_never_ends_is_not_sent(method: str) -> None:
    async def silent(peer: Peer) -> None:
        await peer.server.over.wait()

    async with serving(silent) as server:
        origin = server.origin.replace("http:", "https:")
        async with client_of(origin, deadline=0.2) as client:
            assert type(await failure(client, method, origin)) is NotSent


@pytest.mark.parametrize("method", WRITES + READS)
@on_both_loops
async def test_waiting_in_vain_for_a_free_connection_is_not_sent(method: str) -> None:
    async with serving(raw_server.hangs_after_reading) as server:
        async with client_of(server.origin, connections=1) as client:
            first = asyncio.create_task(client.get(server.origin))
            await server.asked.wait()
            with with_deadline(0.05):
                assert type(await failure(client, method, server.origin)) is NotSent
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first
        assert len(server.requests) == 1


@pytest.mark.parametrize("method", WRITES + READS)
@on_both_loops
async def test_a_deadline_that_has_passed_sends_nothing_even_on_an_open_connection(method: str) -> None:
    async with serving(raw_server.answers) as server, client_of(server.origin) as client:
        await client.request(method, server.origin)
        with with_deadline(0.0):
            assert type(await failure(client, method, server.origin)) is NotSent
        assert len(server.requests) == 1


def says_then_closes(close: Callable[[Peer], None]) -> Script:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(raw_server.OK)
        if peer.server.connections == 1:
            close(peer)
        else:
            await peer.server.over.wait()

    return script


@pytest.mark.parametrize("method", WRITES + READS)
@pytest.mark.parametrize("close", [lambda peer: peer.writer.close(), Peer.reset], ids=["fin", "rst"])
@on_both_loops
async def test_a_kept_connection_that_was_closed_meanwhile_is_not_used(
    method: str, close: Callable[[Peer], None]
) -> None:
    async with serving(says_then_closes(close)) as server, client_of(server.origin) as client:
        await client.request(method, f"{server.origin}/first")
        await server.hung_up.wait()
        await asyncio.sleep(0.05)  # until the loopback interface has delivered it
        answer = await client.request(method, f"{server.origin}/second")
        assert answer.text == "ok"
        lines = [seen.line for seen in server.requests]
        assert lines == [f"{method} /{path} HTTP/1.1".encode() for path in ("first", "second")]


@pytest.mark.parametrize("method", WRITES + READS)
@on_both_loops
async def test_a_kept_connection_that_closes_under_a_request_is_not_tried_again(method: str) -> None:
    async def answers_once(peer: Peer) -> None:
        await peer.request()
        await peer.say(raw_server.OK)
        await peer.request()

    async with serving(answers_once) as server, client_of(server.origin) as client:
        await client.request(method, f"{server.origin}/first")
        error = await failure(client, method, f"{server.origin}/second")
        assert type(error) is (OutcomeUnknown if method in WRITES else Unavailable)
        assert (server.connections, len(server.requests)) == (1, 2)


@pytest.mark.parametrize("method", WRITES)
@on_both_loops
async def test_the_caller_learns_that_a_write_went_out_when_it_is_cancelled(method: str) -> None:
    async with serving(raw_server.hangs_after_reading) as server, client_of(server.origin) as client:
        with with_deadline(5.0) as whole_call:
            with pytest.raises(TimeoutError), with_deadline(5.0) as sent:
                async with asyncio.timeout(0.2):
                    await client.request(method, server.origin)
            assert sent.started
            assert whole_call.started


@on_both_loops
async def test_a_read_or_a_refused_write_does_not_count_as_a_write_that_went_out() -> None:
    refused = f"http://127.0.0.1:{free_port()}"
    async with (
        serving(raw_server.answers) as server,
        client_of(server.origin) as client,
        client_of(refused) as other,
    ):
        with with_deadline(5.0) as sent:
            await client.get(server.origin)
            await failure(other, "POST", refused)
        assert not sent.started


@on_both_loops
async def test_the_shorter_deadline_holds() -> None:
    async with (
        serving(raw_server.hangs_after_reading) as server,
        client_of(server.origin, deadline=30.0) as client,
    ):
        began = asyncio.get_running_loop().time()
        with with_deadline(0.1), with_deadline(20.0):
            await failure(client, "GET", server.origin)
        assert asyncio.get_running_loop().time() - began < 5.0


@on_both_loops
async def test_a_post_that_only_reads_is_classed_as_a_read() -> None:
    async with serving(raw_server.closes_after_reading) as server, client_of(server.origin) as client:
        with with_deadline(5.0) as sent, pytest.raises(Unavailable):
            await client.post(server.origin, content=b"query", extensions={"durchwahl_only_reads": True})
        assert (sent.started, len(server.requests)) == (False, 1)


@pytest.mark.parametrize("name", ["closes_after_reading", "says_too_much"])
@on_both_loops
async def test_after_a_failure_the_next_request_gets_a_connection_of_its_own(name: str) -> None:
    async def fails_first(peer: Peer) -> None:
        await ((LOST | GARBLED)[name] if peer.server.connections == 1 else raw_server.answers)(peer)

    async with serving(fails_first) as server, client_of(server.origin, connections=1) as client:
        for method in ("POST", "GET"):
            server.connections = 0
            await failure(client, method, server.origin)
            assert (await client.request(method, server.origin)).text == "ok"


@pytest.mark.parametrize("method", WRITES + READS)
@on_both_loops
async def test_no_text_of_an_error_shows_query_or_credentials(method: str) -> None:
    async with serving(raw_server.closes_after_reading) as server, client_of(server.origin) as client:
        url = server.origin.replace("//", "//nutzer:passwort@") + "/pfad?token=geheim"
        error = await failure(client, method, url)
    assert f"{method} {server.origin}/pfad: " in error.detail
    for text in (error.message, error.detail, str(error), repr(error)):
        assert not {"geheim", "passwort", "nutzer"} & set(text.replace("/", " ").replace("?", " ").split())
        assert "geheim" not in text
        assert "passwort" not in text
