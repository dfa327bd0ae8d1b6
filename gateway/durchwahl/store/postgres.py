"""PostgreSQL: a transaction each, in threads with a connection of their own; what conflicts is repeated."""

import asyncio
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import CodeType
from typing import Concatenate, ParamSpec, TypeVar

from durchwahl.store.postgres_connection import PostgresConnection
from durchwahl.store.postgres_errors import Conflict
from durchwahl.store.postgres_tx import PostgresGlance, PostgresTx, SeveralStatements
from durchwahl.store.tx import StoreUnavailable, Tx

P = ParamSpec("P")
T = TypeVar("T")

WRITERS, READERS = 8, 4
ATTEMPTS = 24
FIRST_PAUSE, LONGEST_PAUSE = 0.002, 0.25
"""Seconds before what conflicted is run again, at most; drawn, so that two do not meet again and again."""
LONGEST_QUEUE = 10.0
"""Who has waited so many seconds for a connection is sent away: whoever asked has gone, and others wait behind."""
PATIENCE = 20.0
"""After so many seconds a connection that hears nothing of the server is given up."""


class PostgresStore:
    """The store that several processes and machines share. Opened by `open_store`.

    `clock` takes the place of the database's, in tests.
    """

    def __init__(
        self, address: str, *, writers: int = WRITERS, readers: int = READERS, clock: Callable[[], int] | None = None
    ) -> None:
        self._clock = clock
        self._is_closed = False
        self._ended = threading.Event()
        self._writers = _Crew(address, writers, read_only=False)
        self._readers = _Crew(address, readers, read_only=True)
        self._need_transactions: set[CodeType] = set()
        threading.Thread(target=self._watch, name="durchwahl-watch", daemon=True).start()

    async def write(self, operation: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run the operation in a writer's thread, again where another transaction was quicker."""
        return await self._in(self._writers, lambda: self._write(lambda tx: operation(tx, *args, **kwargs)))

    async def look(self, operation: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run in a reader's thread: the server may be far away, and the loop waits for nobody."""
        return await self.read(operation, *args, **kwargs)

    async def read(self, operation: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run in a reader's thread, on a connection that cannot write and sees one moment throughout.

        What needs one statement only gets along without a transaction, in a third of the round trips.
        """
        code: CodeType | None = getattr(operation, "__code__", None)
        return await self._in(
            self._readers, lambda: _repeated(lambda: self._read(code, lambda tx: operation(tx, *args, **kwargs)))
        )

    async def leave_no_traces(self, *, largest: int | None = None) -> bool:
        """Do nothing: what was deleted goes with the server's own vacuum, and from its log as the log is archived.

        What is personal is sealed, and unreadable without the booking's key.
        """
        return True

    async def aclose(self) -> None:
        """Let the threads finish what was accepted and close all connections."""
        if self._is_closed:
            return
        self._is_closed = True
        await asyncio.gather(asyncio.to_thread(self._writers.end), asyncio.to_thread(self._readers.end))
        self._ended.set()

    async def _in(self, crew: "_Crew", work: Callable[[], T]) -> T:
        if self._is_closed:
            raise StoreUnavailable("the store is closed")
        accepted = time.monotonic()

        def in_its_turn() -> T:
            if time.monotonic() - accepted > LONGEST_QUEUE:
                raise StoreUnavailable("too many wait for the database")
            return work()

        return await asyncio.get_running_loop().run_in_executor(crew.threads, in_its_turn)

    def _write(self, operation: Callable[[Tx], T]) -> T:
        return _repeated(lambda: self._transacted(self._writers, operation))

    def _read(self, code: CodeType | None, operation: Callable[[Tx], T]) -> T:
        if code is not None and code not in self._need_transactions:
            try:
                return self._glanced(operation)
            except SeveralStatements:
                self._need_transactions.add(code)
        return self._transacted(self._readers, operation)

    def _glanced(self, operation: Callable[[Tx], T]) -> T:
        connection = self._readers.connection()
        try:
            return operation(PostgresGlance(connection, self._clock or connection.now))
        except StoreUnavailable:
            if not connection.is_lost:
                raise
        return self._transacted(self._readers, operation)  # it may have been lost long ago; another one is opened

    def _transacted(self, crew: "_Crew", operation: Callable[[Tx], T]) -> T:
        connection, now = crew.begun()
        try:
            result = operation(PostgresTx(connection, self._clock or (lambda: now)))
            connection.commit()
        finally:
            connection.end()
        return result

    def _watch(self) -> None:
        while not self._ended.wait(1):
            for connection in (*self._writers.connections, *self._readers.connections):
                if (since := connection.waits_since) is not None and time.monotonic() - since > PATIENCE:
                    connection.abandon()


class _Crew:
    """Threads with a connection each, which they open when they first need one and after each trouble with the last."""

    def __init__(self, address: str, size: int, *, read_only: bool) -> None:
        self._address = address
        self._read_only = read_only
        self._local = threading.local()
        self.connections: set[PostgresConnection] = set()
        self.threads = ThreadPoolExecutor(size, thread_name_prefix=f"durchwahl-{'read' if read_only else 'write'}")

    def connection(self) -> PostgresConnection:
        """Return the connection of the thread that asks."""
        mine: PostgresConnection | None = getattr(self._local, "connection", None)
        if mine is None or not mine.is_usable:
            if mine is not None:
                self.connections.discard(mine)
                mine.close()
            mine = self._local.connection = None
            mine = self._local.connection = PostgresConnection(self._address, read_only=self._read_only)
            self.connections.add(mine)
        return mine

    def begun(self) -> tuple[PostgresConnection, int]:
        """Begin a transaction of the thread that asks, and return the database's clock.

        A connection that was lost unnoticed while nobody used it is no trouble yet: nothing was asked for by it.
        """
        connection = self.connection()
        try:
            return connection, connection.begin()
        except StoreUnavailable:
            if not connection.is_lost:
                connection.end()
                raise
        connection = self.connection()
        return connection, connection.begin()

    def end(self) -> None:
        """Finish what was accepted, then close."""
        self.threads.shutdown(wait=True)
        for connection in self.connections:
            connection.close()


def _repeated(work: Callable[[], T]) -> T:
    for attempt in range(ATTEMPTS):
        try:
            return work()
        except Conflict:
            time.sleep(random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt)))  # noqa: S311  # no secret
    raise StoreUnavailable(f"other transactions were quicker {ATTEMPTS} times")
