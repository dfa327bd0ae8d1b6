"""SQLite: one writer thread that commits in groups, and readers that never wait for it.

A commit costs an fsync. So the writer takes everything that waits, runs each operation under a SAVEPOINT of one
transaction, and answers all of them after its COMMIT: nobody is told of anything that is not on disk.
"""

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from durchwahl.store.tx import Row, StoreUnavailable, Tx

P = ParamSpec("P")
T = TypeVar("T")

LARGEST_BATCH = 128
READERS = 2
PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA busy_timeout=5000",
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",
)


def wall_clock() -> int:
    """Return the machine's time in milliseconds since the epoch, UTC."""
    return time.time_ns() // 1_000_000


class SqliteTx:
    """`Tx` on one SQLite connection."""

    __slots__ = ("_clock", "_connection")

    def __init__(self, connection: sqlite3.Connection, clock: Callable[[], int]) -> None:
        self._connection = connection
        self._clock = clock

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """Return all rows."""
        return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        """Return the first row."""
        found: Row | None = self._connection.execute(sql, values).fetchone()
        return found

    def run(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Return how many rows were touched."""
        return self._connection.execute(sql, values).rowcount

    def many(self, sql: str, values: Sequence[Sequence[Any]]) -> int:
        """Return how many rows were touched altogether."""
        return self._connection.executemany(sql, values).rowcount

    def now(self) -> int:
        """On one machine the database's clock is the machine's."""
        return self._clock()


class _Job:
    """An operation that waits for the writer."""

    __slots__ = ("error", "future", "loop", "operation", "result")

    def __init__(self, operation: Callable[[Tx], Any], loop: asyncio.AbstractEventLoop) -> None:
        self.operation = operation
        self.loop = loop
        self.future: asyncio.Future[Any] = loop.create_future()
        self.result: Any = None
        self.error: BaseException | None = None


class SqliteStore:
    """The embedded store: one file, one process. Opened by `open_store`."""

    def __init__(self, path: Path, *, clock: Callable[[], int] = wall_clock) -> None:
        self._path = path
        self._clock = clock
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._local = threading.local()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="durchwahl-read")
        self._connections: list[sqlite3.Connection] = []
        self._writer = threading.Thread(target=self._write_forever, name="durchwahl-write", daemon=True)
        self._writer.start()
        self._closed = False

    async def write(self, operation: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Hand the operation to the writer and wait for its commit."""
        if self._closed:
            raise StoreUnavailable("the store is closed")
        job = _Job(lambda tx: operation(tx, *args, **kwargs), asyncio.get_running_loop())
        self._jobs.put(job)
        # Shielded: a caller that is cancelled must not make the writer resolve a dead future in another loop turn.
        result: T = await asyncio.shield(job.future)
        return result

    async def read(self, operation: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run in one of the readers' threads, on a connection that cannot write and sees one moment throughout."""
        if self._closed:
            raise StoreUnavailable("the store is closed")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, lambda: self._read(lambda tx: operation(tx, *args, **kwargs)))

    async def aclose(self) -> None:
        """Let the writer finish its queue and close all connections."""
        if self._closed:
            return
        self._closed = True
        self._jobs.put(None)
        await asyncio.to_thread(self._writer.join)
        self._readers.shutdown(wait=True)
        for connection in self._connections:
            connection.close()

    def _read(self, operation: Callable[[Tx], T]) -> T:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        try:
            if connection is None:
                connection = connect(self._path, read_only=True)
                self._local.connection = connection
                self._connections.append(connection)
            connection.execute("BEGIN")
            try:
                return operation(SqliteTx(connection, self._clock))
            finally:
                connection.execute("ROLLBACK")
        except sqlite3.DatabaseError as error:
            if not _concerns_everybody(error):
                raise
            raise StoreUnavailable(str(error)) from error

    def _write_forever(self) -> None:
        connection: sqlite3.Connection | None = None
        while (batch := self._next_batch()) is not None:
            try:
                if connection is None:
                    connection = connect(self._path)
                self._commit(connection, batch)
            except sqlite3.Error as error:
                _close(connection)
                connection = None
                for job in batch:
                    job.error = StoreUnavailable(str(error))
            _answer(batch)
        _close(connection)

    def _next_batch(self) -> list[_Job] | None:
        first = self._jobs.get()
        if first is None:
            return None
        batch = [first]
        while len(batch) < LARGEST_BATCH:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is None:
                self._jobs.put(None)
                break
            batch.append(job)
        return batch

    def _commit(self, connection: sqlite3.Connection, batch: list[_Job]) -> None:
        tx = SqliteTx(connection, self._clock)
        connection.execute("BEGIN IMMEDIATE")
        for job in batch:
            connection.execute("SAVEPOINT job")
            try:
                job.result = job.operation(tx)
            except BaseException as error:  # an operation's own refusal: its caller gets it
                if _concerns_everybody(error):
                    raise
                job.error = error
                connection.execute("ROLLBACK TO job")
            connection.execute("RELEASE job")
        connection.execute("COMMIT")


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Open a connection in autocommit mode with the pragmas that the journal's promise rests on."""
    uri = f"{path.resolve().as_uri()}?mode={'ro' if read_only else 'rw'}"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, cached_statements=256)
    try:
        for pragma in PRAGMAS[2:] if read_only else PRAGMAS:
            connection.execute(pragma)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _concerns_everybody(error: BaseException) -> bool:
    """Whether disk, lock or file are to blame, and not what one operation asked for."""
    return isinstance(error, sqlite3.OperationalError) or type(error) is sqlite3.DatabaseError


def _close(connection: sqlite3.Connection | None) -> None:
    """Close: closing rolls back whatever was open."""
    if connection is not None:
        connection.close()


def _answer(batch: list[_Job]) -> None:
    """Resolve a batch's futures with one wake-up per event loop."""
    loops: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
    for job in batch:
        loops.setdefault(job.loop, []).append(job)
    for loop, jobs in loops.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, jobs)


def _resolve(jobs: list[_Job]) -> None:
    for job in jobs:
        if job.future.cancelled():
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.result)
