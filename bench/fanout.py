"""Twenty sources asked at once, beside one: what the gateway's client adds to the slowest of them."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, ParamSpec

import httpx
import uvloop

from bench.figures import Figure, Plan
from bench.rounds import interleaved, ratio, rounded
from bench.started import LOOPBACK, free_port, started, wait_for
from durchwahl.sources.http.client import open_client

REQUIRED = 1.35
SOURCES = 20
MANY = 50

P = ParamSpec("P")


def run(plan: Plan) -> list[Figure]:
    """Measure the whole of 20 and of 50 sources against one of them, each taking 20 ms."""
    port = free_port()
    with TemporaryDirectory() as folder:
        log = Path(folder) / "slow.log"
        with started([sys.executable, "-m", "bench.slow_server", str(port)], log) as server:
            wait_for(server, port, "/", log)
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                return _measured(plan, port, runner)


def _measured(plan: Plan, port: int, runner: asyncio.Runner) -> list[Figure]:
    stack = AsyncExitStack()
    clients = runner.run(_opened(stack, port))
    everyone: dict[str, Callable[[], float]] = {}
    for count in (1, SOURCES, MANY):
        everyone[f"client {count}"] = partial(_run, runner, asked, clients[:count], port)
        everyone[f"bare {count}"] = partial(_run, runner, asked_bare, count, port)
    rounds = interleaved(everyone, 10 * plan.rounds)
    runner.run(stack.aclose())
    figures = []
    for count, bound in ((SOURCES, REQUIRED), (MANY, None)):
        value = ratio(rounds[f"client {count}"], rounds["client 1"])
        detail = {"seconds": {name: rounded(each) for name, each in rounds.items()}} if bound else {}
        figures.append(Figure("fanout", f"{count} sources of 20 ms / one", value, at_most=bound, detail=detail))
    floor = ratio(rounds[f"bare {SOURCES}"], rounds["bare 1"])
    figures.append(Figure("fanout", f"{SOURCES} bare sockets / one (the floor)", floor))
    return figures


def _run(
    runner: asyncio.Runner, ask: Callable[P, Coroutine[Any, Any, float]], *args: P.args, **kwargs: P.kwargs
) -> float:
    return runner.run(ask(*args, **kwargs))


async def _opened(stack: AsyncExitStack, port: int) -> list[httpx.AsyncClient]:
    """Open a client for each source, and let each connect."""
    clients = [
        await stack.enter_async_context(open_client(origins=frozenset({f"http://{LOOPBACK}:{port}"}), deadline=8))
        for _ in range(MANY)
    ]
    await asked(clients, port)
    return clients


async def asked(clients: list[httpx.AsyncClient], port: int) -> float:
    """Ask with all clients at once and return the seconds until the last has its answer."""
    url = f"http://{LOOPBACK}:{port}/busy"
    began = perf_counter()
    answers = await asyncio.gather(*(client.get(url) for client in clients))
    took = perf_counter() - began
    if any(answer.status_code != 200 for answer in answers):
        raise AssertionError("the slow server answered something else")
    return took


async def asked_bare(count: int, port: int) -> float:
    """Do the same with sockets that are connected already, and without any HTTP client."""
    connections = [await asyncio.open_connection(LOOPBACK, port) for _ in range(count)]

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"GET /busy HTTP/1.1\r\nHost: bench\r\n\r\n")
        await reader.readuntil(b"}")

    began = perf_counter()
    await asyncio.gather(*(one(*connection) for connection in connections))
    took = perf_counter() - began
    for _, writer in connections:
        writer.close()
    return took
