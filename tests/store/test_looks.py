"""A look is a read of a few rows, done in the event loop's own thread: it must never make the loop wait."""

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest

from durchwahl.store.schema import DATABASE
from durchwahl.store.tx import StoreUnavailable, Tx
from tests.store.journals import journal_in, kept


async def test_a_look_needs_no_other_thread(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as store:
        assert await store.look(lambda tx: threading.get_ident()) == threading.get_ident()


async def test_a_look_that_fails_leaves_its_connection_usable(tmp_path: Path) -> None:
    def fail(tx: Tx) -> None:
        raise LookupError

    async with journal_in(tmp_path) as store:
        with pytest.raises(LookupError):
            await store.look(fail)
        assert await store.look(kept) == set()


async def test_a_look_at_a_locked_database_is_waited_for_without_stopping_the_loop(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as store:
        other = sqlite3.connect(tmp_path / DATABASE, isolation_level=None)
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("INSERT INTO catalogue_page (source, as_of, body) VALUES ('a', 1, x'00')")
        looking = asyncio.create_task(store.look(kept))
        for _ in range(3):
            await asyncio.sleep(0)
        assert not looking.done()
        other.close()
        assert await looking == {"a"}


async def test_a_closed_store_is_not_looked_into(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as store:
        await store.aclose()
        with pytest.raises(StoreUnavailable):
            await store.look(kept)
