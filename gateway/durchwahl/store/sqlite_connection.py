"""One SQLite connection: how it is opened, what an operation sees of it, and which of its errors concern everybody."""

import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from durchwahl.store.tx import Row

PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",
    "PRAGMA cache_size=-16000",  # 16 MB at most: ids are random, so a batch writes all over every index
)
PATIENCE = 5_000
"""How long, in milliseconds, a thread of its own waits for a lock; the event loop never does."""


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

    def claim(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """Return all rows: nobody else writes."""
        return self.rows(sql, values)

    def now(self) -> int:
        """On one machine the database's clock is the machine's."""
        return self._clock()


def connect(path: Path, *, read_only: bool = False, patience: int = PATIENCE) -> sqlite3.Connection:
    """Open a connection in autocommit mode with the pragmas that the journal's promise rests on.

    `patience` is how long a statement waits for another connection's lock, in milliseconds.
    """
    uri = f"{path.resolve().as_uri()}?mode={'ro' if read_only else 'rw'}"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, cached_statements=256)
    try:
        connection.execute(f"PRAGMA busy_timeout={patience}")
        for pragma in () if read_only else PRAGMAS:
            connection.execute(pragma)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def concerns_everybody(error: BaseException) -> bool:
    """Whether disk, lock or file are to blame, and not what one operation asked for."""
    return isinstance(error, sqlite3.OperationalError) or type(error) is sqlite3.DatabaseError
