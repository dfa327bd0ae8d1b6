"""Leaving nothing in SQLite's files of what was deleted or overwritten."""

import sqlite3

from durchwahl.store.sqlite_connection import PATIENCE

PATIENCE_WITH_READERS = 20
"""How long, in milliseconds, writers are kept waiting for who still reads in the log; then it is given up."""


def clean(connection: sqlite3.Connection, largest: int | None) -> bool:
    """Write the database anew, unless it has more than `largest` bytes, and cut off the log.

    False where it is too large, or where somebody still reads in the log: what was deleted may be found yet.
    """
    is_small = largest is None or _size(connection) <= largest
    connection.execute(f"PRAGMA busy_timeout={PATIENCE_WITH_READERS}")
    try:
        if is_small:
            connection.execute("VACUUM")
        (is_busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.execute(f"PRAGMA busy_timeout={PATIENCE}")
    return is_small and not is_busy


def _size(connection: sqlite3.Connection) -> int:
    pages, length = (int(connection.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("page_count", "page_size"))
    return pages * length
