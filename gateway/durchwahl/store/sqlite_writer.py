"""The one thread that writes: it commits in groups, because a commit costs an fsync and an operation hardly anything.

It takes everything that waits, runs it in one transaction, and answers all of it after the COMMIT: nobody is told of
anything that is not on disk. Where an operation fails, the transaction is undone and begun again with a SAVEPOINT for
each, so that one caller's failure is nobody else's. (A SAVEPOINT makes SQLite copy every page that it touches, which
costs more than running the few again.)

Between two batches it cleans the files, where somebody has asked for it. SQLite overwrites what is deleted, but not
what it had moved to another page before (`secure_delete` leaves one key in 200 behind), and not what the write-ahead
log holds: so the database is written anew, and the log cut off.

An event loop hands over what one of its turns has brought in one go: two threads that take the interpreter's lock from
each other at every statement need up to twice the time for the same work.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from typing import Any

from durchwahl.store.sqlite_connection import SqliteTx, concerns_everybody
from durchwahl.store.sqlite_traces import clean
from durchwahl.store.tx import StoreUnavailable, Tx

LARGE_BATCH = 128
"""So many operations are committed without looking whether more have come meanwhile."""


class Job:
    """An operation that waits for the writer."""

    __slots__ = ("error", "future", "loop", "operation", "result")

    def __init__(self, operation: Callable[[Tx], Any], loop: asyncio.AbstractEventLoop) -> None:
        self.operation = operation
        self.loop = loop
        self.future: asyncio.Future[Any] = loop.create_future()
        self.result: Any = None
        self.error: BaseException | None = None


class Cleaning(Job):
    """Cleaning the files, outside any transaction; a database of more than `largest` bytes is not written anew."""

    __slots__ = ("largest",)

    def __init__(self, largest: int | None, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(lambda _: None, loop)
        self.largest = largest


class Writer:
    """Runs operations in their order. `opened` opens a connection, again after each trouble with the last one."""

    def __init__(self, opened: Callable[[], sqlite3.Connection], clock: Callable[[], int]) -> None:
        self._opened = opened
        self._clock = clock
        self._gathered: dict[asyncio.AbstractEventLoop, list[Job]] = {}
        self._jobs: queue.SimpleQueue[list[Job] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write_forever, name="durchwahl-write", daemon=True)
        self._thread.start()

    def take(self, operation: Callable[[Tx], Any]) -> asyncio.Future[Any]:
        """Accept an operation of the running loop; its future is resolved after the commit, in that loop."""
        return self._accept(Job(operation, asyncio.get_running_loop()))

    def clean(self, largest: int | None) -> asyncio.Future[Any]:
        """Clean the files after the batch; the future says whether all is clean."""
        return self._accept(Cleaning(largest, asyncio.get_running_loop()))

    def _accept(self, job: Job) -> asyncio.Future[Any]:
        loop = job.loop
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
            operations = [job for job in batch if not isinstance(job, Cleaning)]
            connection = self._done(connection, operations, self._commit)
            for job in batch:
                if isinstance(job, Cleaning):  # after all others have their answers
                    connection = self._done(connection, [job], _clean)
        _close(connection)

    def _done(
        self,
        connection: sqlite3.Connection | None,
        batch: Sequence[Any],
        work: Callable[[sqlite3.Connection, Sequence[Any]], None],
    ) -> sqlite3.Connection | None:
        """Do a batch and answer it; return the connection, None after trouble with it."""
        try:
            if batch and connection is None:
                connection = self._opened()
            if batch and connection is not None:
                work(connection, batch)
        except sqlite3.Error as error:
            _close(connection)
            connection = None
            for job in batch:
                job.error = StoreUnavailable(str(error))
        _answer(batch)
        return connection

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
            job.result = job.operation(tx)
        except BaseException as error:  # whatever it is, it is met again, alone
            if concerns_everybody(error):
                raise
            return False
    return True


def _clean(connection: sqlite3.Connection, cleanings: Sequence[Cleaning]) -> None:
    for one in cleanings:
        one.result = clean(connection, one.largest)


def _run_apart(connection: sqlite3.Connection, tx: Tx, job: Job) -> None:
    connection.execute("SAVEPOINT job")
    try:
        job.result = job.operation(tx)
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
