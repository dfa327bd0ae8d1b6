"""A journal of its own for a test, with a clock that the test moves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from durchwahl.store.journal import Booking
from durchwahl.store.places import Place
from durchwahl.store.sqlite import SqliteStore
from durchwahl.store.tx import Tx
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


def count_of(tx: Tx, table: str) -> int:
    row = tx.row(f"SELECT count(*) FROM {table}")
    return int(row[0]) if row else 0
