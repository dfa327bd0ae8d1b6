"""The embedded store: nothing is acknowledged that is not on disk, and nobody's mistake undoes another's work."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
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
from tests.store.journals import count_of, journal_in

REPOSITORY = Path(__file__).parents[2]


def keep(tx: Tx, source: str) -> None:
    tx.run("INSERT INTO catalogue_page (source, as_of, body) VALUES (?, 1, x'00')", (source,))


def kept(tx: Tx) -> set[str]:
    return {row[0] for row in tx.rows("SELECT source FROM catalogue_page")}


def keep_and_fail(tx: Tx, source: str) -> None:
    keep(tx, source)
    raise LookupError(source)


class Gate:
    """Holds the writer inside an operation until it is opened, so that a batch forms behind it."""

    def __init__(self) -> None:
        self.entered, self.open = threading.Event(), threading.Event()

    def __call__(self, tx: Tx) -> None:
        self.entered.set()
        assert self.open.wait(10)

    async def hold(self, store: SqliteStore) -> asyncio.Task[None]:
        task = asyncio.create_task(store.write(self))
        await asyncio.to_thread(self.entered.wait, 10)
        return task


async def test_what_was_written_is_read(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as store:
        await store.write(keep, "a")
        assert await store.read(kept) == {"a"}


async def test_an_operations_result_is_returned(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as store:
        assert await store.write(lambda tx, factor: factor * 2, 21) == 42


async def test_an_operations_exception_reaches_its_caller_and_undoes_it(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as store:
        with pytest.raises(LookupError):
            await store.write(keep_and_fail, "a")
        assert await store.read(kept) == set()


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


async def test_a_reader_does_not_wait_for_the_writer_and_sees_no_half_of_it(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as store:
        gate = Gate()

        def slowly(tx: Tx) -> None:
            keep(tx, "a")
            gate(tx)

        task = asyncio.create_task(store.write(slowly))
        await asyncio.to_thread(gate.entered.wait, 10)
        assert await store.read(kept) == set()
        gate.open.set()
        await task
        assert await store.read(kept) == {"a"}


async def test_a_reader_sees_one_moment_however_often_it_looks(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as store:
        gate = Gate()

        def twice(tx: Tx) -> tuple[set[str], set[str]]:
            before = kept(tx)
            gate(tx)
            return before, kept(tx)

        await store.write(keep, "a")
        task = asyncio.create_task(store.read(twice))
        await asyncio.to_thread(gate.entered.wait, 10)
        await store.write(keep, "b")
        gate.open.set()
        assert await task == ({"a"}, {"a"})
        assert await store.read(kept) == {"a", "b"}


async def test_a_reader_that_fails_leaves_its_connection_usable(tmp_path: Path) -> None:
    def fail(tx: Tx) -> None:
        raise LookupError

    async with journal_in(tmp_path) as store:
        for _ in range(4):
            with pytest.raises(LookupError):
                await store.read(fail)
        await store.write(keep, "a")
        assert await asyncio.gather(*(store.read(kept) for _ in range(4))) == [{"a"}] * 4


async def test_a_reader_cannot_write(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as store:
        with pytest.raises(StoreUnavailable, match="readonly"):
            await store.read(keep, "a")


async def test_a_caller_who_gives_up_stops_nobody(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as store:
        gate = Gate()
        first = await gate.hold(store)
        impatient = asyncio.create_task(store.write(keep, "a"))
        patient = asyncio.create_task(store.write(keep, "b"))
        await asyncio.sleep(0)
        impatient.cancel()
        gate.open.set()
        await asyncio.gather(first, patient)
        assert "b" in await store.read(kept)


async def test_closing_finishes_what_was_accepted(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as store:
        gate = Gate()
        first = await gate.hold(store)
        accepted = [asyncio.create_task(store.write(keep, f"s{place}")) for place in range(200)]
        await asyncio.sleep(0)
        closing = asyncio.create_task(store.aclose())
        gate.open.set()
        await asyncio.gather(first, *accepted, closing)
    async with reopened(tmp_path) as again:
        assert len(await again.read(kept)) == 200


def reopened(folder: Path) -> "_Reopened":
    return _Reopened(folder)


class _Reopened:
    def __init__(self, folder: Path) -> None:
        self._store = SqliteStore(folder / DATABASE)

    async def __aenter__(self) -> SqliteStore:
        return self._store

    async def __aexit__(self, *_: object) -> None:
        await self._store.aclose()


async def test_a_closed_store_is_unavailable_and_closing_twice_is_no_error(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as store:
        await store.aclose()
        with pytest.raises(StoreUnavailable):
            await store.write(keep, "a")
        with pytest.raises(StoreUnavailable):
            await store.read(kept)


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

ACKNOWLEDGE = """
import asyncio, sys
from pathlib import Path
from durchwahl.store.sqlite import SqliteStore

def keep(tx, source):
    tx.run("INSERT INTO catalogue_page (source, as_of, body) VALUES (?, 1, x'00')", (source,))

async def main():
    store = SqliteStore(Path(sys.argv[1]))
    async def forever(writer):
        for place in range(1_000_000):
            await store.write(keep, f"{writer}-{place}")
            print(f"{writer}-{place}", flush=True)
    await asyncio.gather(*(forever(writer) for writer in range(8)))

asyncio.run(main())
"""


@pytest.mark.parametrize("acknowledged", [1, 40, 400])
def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path, acknowledged: int) -> None:
    path = fresh_journal(tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "gateway")}
    child = subprocess.Popen(
        [sys.executable, "-c", ACKNOWLEDGE, str(path)], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert child.stdout is not None
    heard = [child.stdout.readline().strip() for _ in range(acknowledged)]
    child.send_signal(signal.SIGKILL)
    heard += [line.strip() for line in child.stdout if line.endswith("\n")]
    child.wait()
    child.stdout.close()
    connection = connect(path)
    there = {row[0] for row in connection.execute("SELECT source FROM catalogue_page")}
    sound = connection.execute("PRAGMA integrity_check").fetchone()[0]
    connection.close()
    assert len(heard) >= acknowledged
    assert set(heard) <= there
    assert sound == "ok"


async def test_after_a_crash_the_next_process_writes_on(tmp_path: Path) -> None:
    path = fresh_journal(tmp_path)
    code = "import os,sqlite3,sys\nc=sqlite3.connect(sys.argv[1],isolation_level=None)\nc.execute('BEGIN IMMEDIATE')\n"
    code += "c.execute(\"INSERT INTO catalogue_page VALUES ('half', 1, x'00')\")\nos.kill(os.getpid(), 9)\n"
    await asyncio.to_thread(subprocess.run, [sys.executable, "-c", code, str(path)], check=False)
    async with reopened(tmp_path) as store:
        await store.write(keep, "a")
        assert await store.read(kept) == {"a"}
        assert await store.read(count_of, "booking") == 0
