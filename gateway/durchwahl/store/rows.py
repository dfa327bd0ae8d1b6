"""Several rows by one statement: each statement costs a turn with the interpreter's lock, a row hardly anything."""

from collections.abc import Sequence
from typing import Any

from durchwahl.store.tx import Tx


def insert_all(tx: Tx, into: str, rows: Sequence[Sequence[Any]], *, otherwise: str = "") -> int:
    """Insert rows of one length and return how many there were; `into` is a table with its columns.

    `otherwise` is an ON CONFLICT clause. Both are our own words, never somebody's input.
    """
    row = f"({', '.join('?' * len(rows[0]))})"
    sql = f"INSERT INTO {into} VALUES {', '.join([row] * len(rows))} {otherwise}"  # noqa: S608  # see above
    return tx.run(sql, [value for one in rows for value in one])
