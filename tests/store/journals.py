"""A journal of its own for a test, with a clock that the test moves."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from durchwahl.store.journal import Booking
from durchwahl.store.places import Place
from durchwahl.store.sqlite import SqliteStore
from durchwahl.store.tx import Store, Tx
from tests.gateways import fresh_journal

NOON = 1_795_000_000_000
"""In milliseconds since the epoch."""


@dataclass
class Milliseconds:
    now: int = NOON

    def __call__(self) -> int:
        return self.now


@asynccontextmanager
async def journal_in(folder: Path, clock: Milliseconds | None = None) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(fresh_journal(folder), clock=clock or Milliseconds())
    try:
        yield store
    finally:
        await store.aclose()


def booking(name: str = "b1", **columns: Any) -> Booking:
    given: dict[str, Any] = {
        "id": name, "reference": f"R-{name}", "state": "held", "version": 1, "offer": "amt/tisch", "channel": "video",
        "services": "[]", "language": None, "lang": "de", "zone": "Europe/Berlin", "starts": NOON, "ends": NOON + 1,
        "wall_start": "2026-11-18T12:26", "placement": 1, "sequence": 0, "guaranteed": 1, "key": None, "personal": None,
        "room_ref": None, "expires": NOON + 600_000, "extendable_until": None, "client": b"c", "failure": None,
        "created": NOON, "updated": NOON, "last_placement": 1,
    }  # fmt: skip
    nothing: dict[str, Any] = dict.fromkeys(Booking._fields)
    return Booking(**{**nothing, **given, **columns})


def place(
    owner: str = "b1",
    *,
    number: int = 1,
    first: int = 100,
    last: int = 104,
    lane: str = "platz-1",
    source: str = "amt/termine",
) -> Place:
    return Place(owner, number, f"dw-{owner}-{number}", source, lane, first, last, NOON, NOON + 1)


def keep(tx: Tx, source: str) -> None:
    tx.run("INSERT INTO catalogue_page (source, as_of, body) VALUES (?, 1, ?)", (source, b"x"))


def kept(tx: Tx) -> set[str]:
    return {row[0] for row in tx.rows("SELECT source FROM catalogue_page")}


def keep_and_fail(tx: Tx, source: str) -> None:
    keep(tx, source)
    raise LookupError(source)


class Gate:
    """Holds whoever writes inside an operation until it is opened."""

    def __init__(self) -> None:
        self.entered, self.open = threading.Event(), threading.Event()

    def __call__(self, tx: Tx) -> None:
        self.entered.set()
        assert self.open.wait(10)

    async def hold(self, store: Store) -> asyncio.Task[None]:
        task = asyncio.create_task(store.write(self))
        await asyncio.to_thread(self.entered.wait, 10)
        return task


def count_of(tx: Tx, table: str) -> int:
    row = tx.row(f"SELECT count(*) FROM {table}")
    return int(row[0]) if row else 0
