"""The journal of a world: SQLite in memory, written to in the loop's own thread."""

import sqlite3
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from durchwahl.store.schema import DATABASE, migrate
from durchwahl.store.sqlite_connection import SqliteTx
from durchwahl.store.tx import StoreUnavailable, Tx


@cache
def empty_journal() -> bytes:
    """Return a migrated database; one migration serves all worlds of a process."""
    with TemporaryDirectory() as folder:
        migrate(Path(folder))
        connection = sqlite3.connect(Path(folder) / DATABASE)
        connection.execute("PRAGMA journal_mode=DELETE")
        try:
            return connection.serialize()
        finally:
            connection.close()


class Disk:
    """Keeps what was committed, whatever becomes of the nodes. `clock` is the database's own, in milliseconds."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._connection = sqlite3.connect(":memory:", isolation_level=None, cached_statements=256)
        self._connection.deserialize(empty_journal())
        self.tx = SqliteTx(self._connection, clock)

    def write(self, operation: Callable[[Tx], Any], tx: Tx | None = None) -> Any:
        """Run an operation in a transaction of its own."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            result = operation(tx or self.tx)
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")
        return result

    def read(self, operation: Callable[[Tx], Any]) -> Any:
        """Run an operation that only reads."""
        return operation(self.tx)

    def close(self) -> None:
        """Forget everything."""
        self._connection.close()


class NodeStore:
    """One node's way to the journal, which the network may cut before or after a commit."""

    def __init__(self, disk: Disk, node: Any) -> None:
        self._disk, self._node = disk, node

    async def write(self, operation: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        fault = self._node.world.faults.of_store()
        await self._node.passes("a transaction begins")
        if fault == "before":
            raise StoreUnavailable("the connection was cut before the commit")
        result = self._disk.write(lambda tx: operation(tx, *args, **kwargs), self._tx())
        await self._node.passes("a transaction is over")
        if fault == "after":
            raise StoreUnavailable("the connection was cut after the commit")
        return result

    async def look(self, operation: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        await self._node.turns()
        return operation(self._tx(), *args, **kwargs)

    read = look

    async def aclose(self) -> None:
        """Nothing is open."""

    def _tx(self) -> SqliteTx:
        return self._disk.tx
