"""The embedded store: nothing is acknowledged that is not on disk, and nobody's mistake undoes another's work."""

import asyncio
import sqlite3
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from durchwahl.store import sqlite as store_module
from durchwahl.store.schema import DATABASE
from durchwahl.store.sqlite import SqliteStore
from durchwahl.store.sqlite_connection import connect
from durchwahl.store.sqlite_writer import Job, Writer
from durchwahl.store.tx import StoreUnavailable, Tx
from tests.gateways import fresh_journal
from tests.store.journals import Gate, count_of, journal_in, keep, keep_and_fail, kept


async def test_an_exception_undoes_only_its_own_operation_of_a_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits: list[int] = []
    plain = Writer._commit

    def counted(writer: Writer, connection: sqlite3.Connection, batch: list[Job]) -> None:
        commits.append(len(batch))
        plain(writer, connection, batch)

    monkeypatch.setattr(Writer, "_commit", counted)
    async with journal_in(tmp_path) as store:
        gate = Gate()
        first = await gate.hold(store)
        others = [
            asyncio.create_task(store.write(keep_and_fail if place % 3 == 0 else keep, f"s{place}"))
            for place in range(9)
        ]
        await asyncio.sleep(0)
        gate.open.set()
        results = await asyncio.gather(first, *others, return_exceptions=True)
        assert commits == [1, 9]
        assert [type(one) for one in results[1:4]] == [LookupError, type(None), type(None)]
        assert await store.read(kept) == {f"s{place}" for place in range(9) if place % 3}


async def test_a_broken_constraint_is_the_operations_own_failure(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as store:
        gate = Gate()
        first = await gate.hold(store)
        tasks = [asyncio.create_task(store.write(keep, name)) for name in ("a", "a", "b")]
        await asyncio.sleep(0)
        gate.open.set()
        results = await asyncio.gather(first, *tasks, return_exceptions=True)
        assert [type(one) for one in results] == [type(None), type(None), sqlite3.IntegrityError, type(None)]
        assert await store.read(kept) == {"a", "b"}


async def test_nobody_is_answered_before_the_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    plain = store_module.connect

    def traced(path: Path) -> sqlite3.Connection:
        connection = plain(path)
        connection.set_trace_callback(lambda sql: order.append("commit") if sql == "COMMIT" else None)
        return connection

    monkeypatch.setattr(store_module, "connect", traced)
    async with journal_in(tmp_path) as store:
        await store.write(keep, "a")
        order.append("answered")
        await store.write(keep, "b")
        order.append("answered")
    assert order == ["commit", "answered", "commit", "answered"]


def reopened(folder: Path) -> "_Reopened":
    return _Reopened(folder)


class _Reopened:
    def __init__(self, folder: Path) -> None:
        self._store = SqliteStore(folder / DATABASE)

    async def __aenter__(self) -> SqliteStore:
        return self._store

    async def __aexit__(self, *_: object) -> None:
        await self._store.aclose()


# --- Trouble with the disk


async def test_a_full_disk_is_unavailable_keeps_nothing_and_recovers(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as store:
        await store.write(keep, "before")

        def fill(tx: Tx) -> None:
            pages = tx.row("PRAGMA page_count")
            assert pages is not None
            tx.row(f"PRAGMA max_page_count={pages[0]}")
            tx.run("INSERT INTO catalogue_page (source, as_of, body) VALUES ('big', 1, zeroblob(1000000))")

        with pytest.raises(StoreUnavailable, match="full"):
            await store.write(fill)
        await store.write(keep, "after")
        assert await store.read(kept) == {"before", "after"}


async def test_a_full_disk_concerns_the_whole_batch(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as store:
        gate = Gate()
        first = await gate.hold(store)

        def fail(tx: Tx) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        tasks = [asyncio.create_task(store.write(keep, "a")), asyncio.create_task(store.write(fail))]
        await asyncio.sleep(0)
        gate.open.set()
        results = await asyncio.gather(first, *tasks, return_exceptions=True)
        assert [type(one) for one in results[1:]] == [StoreUnavailable, StoreUnavailable]
        assert await store.read(kept) == set()


async def test_a_database_that_another_process_keeps_locked_is_unavailable_and_recovers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "connect", partial(connect, patience=50))
    async with journal_in(tmp_path) as store:
        await store.write(keep, "before")
        other = connect(tmp_path / DATABASE)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="locked"):
            await store.write(keep, "meanwhile")
        other.execute("ROLLBACK")
        other.close()
        await store.write(keep, "after")
        assert await store.read(kept) == {"before", "after"}


async def test_a_missing_database_is_unavailable_and_never_made_by_the_way(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / DATABASE)
    try:
        with pytest.raises(StoreUnavailable, match="unable to open"):
            await store.write(keep, "a")
        with pytest.raises(StoreUnavailable, match="unable to open"):
            await store.read(kept)
        assert not (tmp_path / DATABASE).exists()
        fresh_journal(tmp_path)
        await store.write(keep, "a")
        assert await store.read(kept) == {"a"}
    finally:
        await store.aclose()


async def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_bytes(b"x" * 8192)
    store = SqliteStore(tmp_path / DATABASE)
    try:
        with pytest.raises(StoreUnavailable):
            await store.write(keep, "a")
        with pytest.raises(StoreUnavailable):
            await store.read(kept)
    finally:
        await store.aclose()


def test_a_connection_keeps_the_promises_pragmas(tmp_path: Path) -> None:
    connection = connect(fresh_journal(tmp_path))
    names = ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
    values = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]
    connection.close()
    assert values == ["wal", 2, 1, 1]


# --- kill -9


async def test_after_a_crash_the_next_process_writes_on(tmp_path: Path) -> None:
    path = fresh_journal(tmp_path)
    code = "import os,sqlite3,sys\nc=sqlite3.connect(sys.argv[1],isolation_level=None)\nc.execute('BEGIN IMMEDIATE')\n"
    code += "c.execute(\"INSERT INTO catalogue_page VALUES ('half', 1, x'00')\")\nos.kill(os.getpid(), 9)\n"
    await asyncio.to_thread(subprocess.run, [sys.executable, "-c", code, str(path)], check=False)
    async with reopened(tmp_path) as store:
        await store.write(keep, "a")
        assert await store.read(kept) == {"a"}
        assert await store.read(count_of, "booking") == 0
