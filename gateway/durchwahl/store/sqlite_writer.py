"""The one thread that writes: it commits in groups, because a commit costs an fsync and an operation hardly anything.

It takes everything that waits, runs it in one transaction, and answers all of it after the COMMIT: nobody is told of
anything that is not on disk. Where an operation fails, the transaction is undone and begun again with a SAVEPOINT for
each, so that one caller's failure is nobody else's. (A SAVEPOINT makes SQLite copy every page that it touches, which
costs more than running the few again.)

Between two batches it empties the write-ahead log, where somebody has asked for it: SQLite overwrites what is deleted
in the database itself, but what the log holds of it stays there until the log is cut off.

An event loop hands over what one of its turns has brought in one go: two threads that take the interpreter's lock from
each other at every statement need up to twice the time for the same work.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from typing import Any

from durchwahl.store.sqlite_connection import PATIENCE, SqliteTx, concerns_everybody
from durchwahl.store.tx import StoreUnavailable, Tx

LARGE_BATCH = 128
"""So many operations are committed without looking whether more have come meanwhile."""
PATIENCE_WITH_READERS = 20
"""How long, in milliseconds, emptying the log keeps writers waiting for who still reads in it; then it is given up."""


class Job:
    """An operation that waits for the writer; None is for emptying the log."""

    __slots__ = ("error", "future", "loop", "operation", "result")

    def __init__(self, operation: Callable[[Tx], Any] | None, loop: asyncio.AbstractEventLoop) -> None:
        self.operation = operation
        self.loop = loop
        self.future: asyncio.Future[Any] = loop.create_future()
        self.result: Any = None
        self.error: BaseException | None = None


class Writer:
    """Runs operations in their order. `opened` opens a connection, again after each trouble with the last one."""

    def __init__(self, opened: Callable[[], sqlite3.Connection], clock: Callable[[], int]) -> None:
        self._opened = opened
        self._clock = clock
        self._gathered: dict[asyncio.AbstractEventLoop, list[Job]] = {}
        self._jobs: queue.SimpleQueue[list[Job] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write_forever, name="durchwahl-write", daemon=True)
        self._thread.start()

    def take(self, operation: Callable[[Tx], Any] | None) -> asyncio.Future[Any]:
        """Accept an operation of the running loop; its future is resolved after the commit, in that loop.

        None empties the log after the batch; its future says whether that was done.
        """
        loop = asyncio.get_running_loop()
        job = Job(operation, loop)
        if loop not in self._gathered:
            self._gathered[loop] = []
            loop.call_soon(self._hand_over, loop)
        self._gathered[loop].append(job)
        return job.future

    def end(self) -> None:
        """Accept nothing more; what was accepted is done."""
        for loop in list(self._gathered):
            self._hand_over(loop)
        self._jobs.put(None)

    def join(self) -> None:
        """Wait for the end."""
        self._thread.join()

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        if jobs := self._gathered.pop(loop, None):
            self._jobs.put(jobs)

    def _write_forever(self) -> None:
        connection: sqlite3.Connection | None = None
        while (batch := self._next_batch()) is not None:
            try:
                if connection is None:
                    connection = self._opened()
                self._commit(connection, batch)
            except sqlite3.Error as error:
                _close(connection)
                connection = None
                for job in batch:
                    job.error = StoreUnavailable(str(error))
            _answer(batch)
        _close(connection)

    def _next_batch(self) -> list[Job] | None:
        batch = self._jobs.get()
        while batch is not None and len(batch) < LARGE_BATCH:
            try:
                more = self._jobs.get_nowait()
            except queue.Empty:
                break
            if more is None:
                self._jobs.put(None)
                break
            batch += more
        return batch

    def _commit(self, connection: sqlite3.Connection, batch: Sequence[Job]) -> None:
        operations = [job for job in batch if job.operation is not None]
        if operations:
            self._commit_all(connection, operations)
        if len(operations) == len(batch):
            return
        is_empty = _empty_log(connection)
        for job in batch:
            if job.operation is None:
                job.result = is_empty

    def _commit_all(self, connection: sqlite3.Connection, batch: Sequence[Job]) -> None:
        tx = SqliteTx(connection, self._clock)
        connection.execute("BEGIN IMMEDIATE")
        if not _all_succeed(tx, batch):
            connection.execute("ROLLBACK")
            connection.execute("BEGIN IMMEDIATE")
            for job in batch:
                _run_apart(connection, tx, job)
        connection.execute("COMMIT")


def _all_succeed(tx: Tx, batch: Sequence[Job]) -> bool:
    for job in batch:
        try:
            job.result = _result(job, tx)
        except BaseException as error:  # whatever it is, it is met again, alone
            if concerns_everybody(error):
                raise
            return False
    return True


def _result(job: Job, tx: Tx) -> Any:
    assert job.operation is not None  # noqa: S101  # such a job is in no transaction
    return job.operation(tx)


def _empty_log(connection: sqlite3.Connection) -> bool:
    """Write the log into the database and cut it off; False where somebody still reads in it."""
    connection.execute(f"PRAGMA busy_timeout={PATIENCE_WITH_READERS}")
    try:
        (is_busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.execute(f"PRAGMA busy_timeout={PATIENCE}")
    return not is_busy


def _run_apart(connection: sqlite3.Connection, tx: Tx, job: Job) -> None:
    connection.execute("SAVEPOINT job")
    try:
        job.result = _result(job, tx)
    except BaseException as error:  # an operation's own refusal: its caller gets it
        if concerns_everybody(error):
            raise
        job.error = error
        connection.execute("ROLLBACK TO job")
    connection.execute("RELEASE job")


def _close(connection: sqlite3.Connection | None) -> None:
    """Close: closing rolls back whatever was open."""
    if connection is not None:
        connection.close()


def _answer(batch: Sequence[Job]) -> None:
    """Resolve a batch's futures with one wake-up per event loop."""
    loops: dict[asyncio.AbstractEventLoop, list[Job]] = {}
    for job in batch:
        loops.setdefault(job.loop, []).append(job)
    for loop, jobs in loops.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, jobs)


def _resolve(jobs: Sequence[Job]) -> None:
    for job in jobs:
        if job.future.cancelled():
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.result)
