"""SQLite: one writer thread that commits in groups, and readers that never wait for it."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from durchwahl.store.sqlite_connection import PATIENCE, SqliteTx, concerns_everybody, connect, wall_clock
from durchwahl.store.sqlite_writer import Writer
from durchwahl.store.tx import StoreUnavailable, Tx

P = ParamSpec("P")
T = TypeVar("T")

READERS = 2


class SqliteStore:
    """The embedded store: one file, and one process that serves; a command may write beside it. See `open_store`."""

    def __init__(self, path: Path, *, clock: Callable[[], int] = wall_clock) -> None:
        self._path = path
        self._clock = clock
        self._local = threading.local()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="durchwahl-read")
        self._connections: list[sqlite3.Connection] = []
        self._closed = False
        self._writer = Writer(lambda: connect(self._path), clock)

    async def write(self, operation: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Hand the operation to the writer and wait for its commit."""
        self._must_be_open()
        result: T = await self._writer.take(lambda tx: operation(tx, *args, **kwargs))
        return result

    async def look(self, operation: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run at once, in the caller's own thread: a hop to another one would take ten times as long as the rows."""
        self._must_be_open()
        try:
            return self._read(lambda tx: operation(tx, *args, **kwargs), patience=0)
        except StoreUnavailable:  # perhaps only locked for a moment: a reader's thread may wait, the loop may not
            return await self.read(operation, *args, **kwargs)

    async def read(self, operation: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run in one of the readers' threads, on a connection that cannot write and sees one moment throughout."""
        self._must_be_open()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, lambda: self._read(lambda tx: operation(tx, *args, **kwargs)))

    async def leave_no_traces(self, *, largest: int | None = None) -> bool:
        """Write the database anew and cut off its log, between two batches of the writer."""
        self._must_be_open()
        done: bool = await self._writer.clean(largest)
        return done

    async def aclose(self) -> None:
        """Let the writer finish its queue and close all connections."""
        if self._closed:
            return
        self._closed = True
        self._writer.end()
        await asyncio.to_thread(self._writer.join)
        self._readers.shutdown(wait=True)
        for connection in self._connections:
            connection.close()

    def _must_be_open(self) -> None:
        if self._closed:
            raise StoreUnavailable("the store is closed")

    def _read(self, operation: Callable[[Tx], T], *, patience: int = PATIENCE) -> T:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        try:
            if connection is None:
                connection = connect(self._path, read_only=True, patience=patience)
                self._local.connection = connection
                self._connections.append(connection)
            connection.execute("BEGIN")
            try:
                return operation(SqliteTx(connection, self._clock))
            finally:
                connection.execute("ROLLBACK")
        except sqlite3.DatabaseError as error:
            if not concerns_everybody(error):
                raise
            raise StoreUnavailable(str(error)) from error
