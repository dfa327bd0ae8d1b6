"""What was overwritten is in no file any more once the log is emptied; that takes no writer and no reader along."""

import asyncio
import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from durchwahl.store import journal, sqlite_writer
from durchwahl.store.sqlite_connection import PATIENCE
from durchwahl.store.tx import StoreUnavailable, Tx
from tests.store.journals import booking, journal_in

SECRET = b"Kanaria-Schluessel-0815"


def keep(tx: Tx, secret: bytes = SECRET) -> None:
    journal.insert_booking(tx, booking(key=secret))


def forget(tx: Tx) -> None:
    tx.run("UPDATE booking SET key = NULL")


def files_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("durchwahl.db*"))


async def test_what_was_overwritten_stays_in_the_log_until_it_is_emptied(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as store:
        await store.write(keep)
        await store.write(forget)
        assert SECRET in files_of(tmp_path)
        assert await store.leave_no_traces()
        assert SECRET not in files_of(tmp_path)
        assert (tmp_path / "durchwahl.db-wal").stat().st_size == 0


async def test_a_write_of_the_same_batch_is_kept_and_out_of_the_log(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as store:
        await store.write(keep)
        done = await asyncio.gather(store.write(forget), store.leave_no_traces())
        assert done == [None, True]
        assert SECRET not in files_of(tmp_path)


async def test_a_reader_who_takes_his_time_holds_nobody_up(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as store:
        await store.write(keep)
        with closing(sqlite3.connect(tmp_path / "durchwahl.db", isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM booking").fetchall()
            await store.write(forget)
            async with asyncio.timeout(1):
                assert not await store.leave_no_traces()
                await store.write(lambda tx: tx.run("UPDATE booking SET lang = 'en'"))
            assert reader.execute("SELECT key, lang FROM booking").fetchall() == [(SECRET, "de")]
            reader.execute("ROLLBACK")
        assert await store.leave_no_traces()


async def test_writers_wait_as_long_as_ever_afterwards(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as store:
        assert await store.leave_no_traces()
        assert await store.write(lambda tx: tx.row("PRAGMA busy_timeout")) == (PATIENCE,)


async def test_a_failing_operation_beside_it_changes_nothing(tmp_path: Path) -> None:
    def fails(_: Tx) -> None:
        raise LookupError

    async with journal_in(tmp_path) as store:
        results: list[Any] = await asyncio.gather(
            store.write(fails), store.leave_no_traces(), store.write(keep), return_exceptions=True
        )
        assert isinstance(results[0], LookupError)
        assert results[1:] == [True, None]


async def test_a_closed_store_says_so(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as store:
        await store.aclose()
        with pytest.raises(StoreUnavailable):
            await store.leave_no_traces()


async def test_what_was_moved_to_another_page_before_it_was_overwritten_is_gone_too(tmp_path: Path) -> None:
    draw = random.Random(1)
    keys = [draw.randbytes(61) for _ in range(1_500)]

    def grow(tx: Tx, number: int) -> None:
        tx.run("UPDATE booking SET personal = ? WHERE id = ?", (draw.randbytes(draw.randrange(80, 700)), f"b{number}"))

    def make(tx: Tx, number: int) -> None:
        journal.insert_booking(tx, booking(f"b{number}", key=keys[number]))
        if number > 30:
            grow(tx, number - draw.randrange(1, 31))

    async with journal_in(tmp_path) as store:
        await asyncio.gather(*(store.write(make, number) for number in range(len(keys))))
        await store.write(lambda tx: tx.run("UPDATE booking SET key = NULL, personal = NULL"))
        assert not await store.leave_no_traces(largest=0)
        left = files_of(tmp_path)
        assert [key for key in keys if key in left], "cutting off the log would do; nothing need be written anew"
        assert await store.leave_no_traces(largest=64 << 20)
        left = files_of(tmp_path)
        assert not [key for key in keys if key in left]


async def test_a_disk_that_fails_meanwhile_costs_no_operation_of_the_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> bool:
        raise sqlite3.OperationalError("database or disk is full")

    async with journal_in(tmp_path) as store:
        monkeypatch.setattr(sqlite_writer, "clean", fails)
        results: list[Any] = await asyncio.gather(store.write(keep), store.leave_no_traces(), return_exceptions=True)
        assert results[0] is None
        assert isinstance(results[1], StoreUnavailable)
        monkeypatch.undo()
        await store.write(forget)
        assert await store.leave_no_traces()
