"""The same over HTTP: 64 clients that hold and book, against a gateway in an interpreter of its own."""

import asyncio
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Any

import aiohttp

from bench import serving
from bench.city import City
from bench.figures import Figure, Plan
from bench.rounds import rounded
from bench.started import LOOPBACK, client_core, free_port, on_core, server_core, started, wait_for
from bench.tokens import shuffled_tokens
from durchwahl.settings.load import load
from durchwahl.store.schema import migrate

CLIENTS = 64


def over_http(plan: Plan, folder: Path, city: City) -> Figure:
    """Return how many bookings a second the clients got, each a hold and a booking over a kept connection."""
    port = free_port()
    config = city.write(folder, port)
    migrate(load(config).data_dir)
    tokens = iter(asyncio.run(shuffled_tokens(config)))
    log = folder / "serve.log"
    bookings = 256 if plan.short else 1024
    with started(serving.command(config, port), log, core=server_core()) as server, on_core(client_core()):
        wait_for(server, port, "/readyz", log)
        rounds = asyncio.run(_all_rounds(port, tokens, bookings, plan.rounds))
    return Figure(
        "booking",
        f"{CLIENTS} HTTP clients",
        sorted(rounds)[len(rounds) // 2],
        unit="bookings/s",
        detail={"rounds": rounded(rounds, 1), "bookings": bookings},
    )


async def _all_rounds(port: int, tokens: Iterator[str], bookings: int, rounds: int) -> list[float]:
    numbers = count()
    connector = aiohttp.TCPConnector(limit=CLIENTS)
    async with aiohttp.ClientSession(f"http://{LOOPBACK}:{port}", connector=connector) as session:
        await _round(session, tokens, numbers, CLIENTS)
        return [await _round(session, tokens, numbers, bookings) for _ in range(rounds)]


async def _round(session: aiohttp.ClientSession, tokens: Iterator[str], numbers: Iterator[int], bookings: int) -> float:
    left = iter(range(bookings))

    async def client() -> None:
        for _ in left:
            await _book(session, next(tokens), next(numbers))

    began = perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(CLIENTS):
            group.create_task(client())
    return bookings / (perf_counter() - began)


async def _book(session: aiohttp.ClientSession, token: str, number: int) -> None:
    hold = await _posted(session, "/v1/holds", {"slot": token}, f"hold-{number:016}")
    person = {"name": "Erika Mustermann", "email": f"erika-{number}@example.org"}
    wanted = {"hold": hold["id"], "token": hold["token"], "person": person}
    await _posted(session, "/v1/bookings", wanted, f"book-{number:016}")


async def _posted(session: aiohttp.ClientSession, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
    async with session.post(path, json=body, headers={"Idempotency-Key": key}) as response:
        answer: dict[str, Any] = await response.json(content_type=None)
        if response.status != 201:
            raise AssertionError(f"{path} answered {response.status}: {answer}")
        return answer
