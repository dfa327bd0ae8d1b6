"""A journal in SQLite becomes one in PostgreSQL: with every booking, open step and kept answer, or not at all.

Nobody may write meanwhile, and nobody afterwards: the file is taken for itself alone, which fails while a gateway has
it open, and is marked once everything has arrived. Where the power fails between the two, the same is done again: what
has arrived is compared row by row, and the file is marked.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from durchwahl.errors import DurchwahlError
from durchwahl.store import postgres_schema, schema
from durchwahl.store.postgres_connection import PostgresConnection
from durchwahl.store.postgres_tx import PostgresTx
from durchwahl.store.rows import insert_all
from durchwahl.store.sqlite_connection import connect
from durchwahl.store.tx import Row, StoreUnavailable, Tx

AT_ONCE = 200
"""Rows of one statement: each has at most 28 values, and a statement at most 65,535."""
TABLES = (
    "booking", "placement", "unit_slot", "step", "link", "idempotency", "catalogue_page", "room", "seat", "signal",
    "doubt", "batch", "batch_item", "daily_cell",
)  # fmt: skip
"""All of them; what others refer to comes first."""


class NotTransferred(DurchwahlError):
    """Nothing was changed; the text says why, and what to do."""


def transfer(data_dir: Path, address: str) -> Mapping[str, int]:
    """Copy the journal from the file in `data_dir` into the database, and mark the file; return how many rows of each.

    Raises:
        NotTransferred: a gateway has the file open, or there is something else in the database.
        StoreUnavailable: one of the two cannot be used.
    """
    if schema.current(data_dir) is None:
        raise NotTransferred(f"there is no journal in {data_dir}: nothing was transferred")
    schema.migrate(data_dir)
    postgres_schema.migrate(address)
    try:
        with closing(_alone(data_dir / schema.DATABASE)) as file, closing(PostgresConnection(address)) as database:
            counted = _arrived(file, database)
            file.execute("UPDATE alembic_version SET version_num = ?", (schema.TRANSFERRED,))
            file.execute("COMMIT")
    except sqlite3.Error as error:
        raise StoreUnavailable(f"{data_dir / schema.DATABASE} cannot be read: {error}") from error
    return counted


def _alone(path: Path) -> sqlite3.Connection:
    """Open the file so that nobody else has it open or can open it: leaving WAL needs just that."""
    file = connect(path, patience=1_000)
    try:
        file.execute("PRAGMA locking_mode=EXCLUSIVE")
        file.execute("PRAGMA journal_mode=DELETE").fetchone()
        file.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        file.close()
        raise NotTransferred(f"{path} is in use ({error}): stop the gateway, then do this again") from error
    return file


def _arrived(file: sqlite3.Connection, database: PostgresConnection) -> Mapping[str, int]:
    """See to it that the database holds what the file holds, in one transaction."""
    now = database.begin()
    tx = PostgresTx(database, lambda: now)
    try:
        database.run("LOCK TABLE " + ", ".join(TABLES), ())
        if any(tx.row(f"SELECT 1 FROM {table} LIMIT 1") for table in TABLES):  # noqa: S608  # our own words
            if not all(_same(file, tx, table) for table in TABLES):
                raise NotTransferred("the database holds bookings already: name an empty one; nothing was transferred")
        else:
            for table in TABLES:
                _copy(file, tx, table)
            _count_steps_on(file, tx)
        counted = {table: _count(file, tx, table) for table in TABLES}
        database.commit()
    finally:
        database.end()
    return counted


def _copy(file: sqlite3.Connection, tx: Tx, table: str) -> None:
    columns = _columns(file, table)
    rows = file.execute(f"SELECT {', '.join(columns)} FROM {table}")  # noqa: S608  # our own words
    while some := rows.fetchmany(AT_ONCE):
        insert_all(tx, f"{table} ({', '.join(columns)})", some)


def _count_steps_on(file: sqlite3.Connection, tx: Tx) -> None:
    """Give no step a number that another one ever had: who still works on that one must not finish this one."""
    last = file.execute("SELECT seq FROM sqlite_sequence WHERE name = 'step'").fetchone()
    if last is not None:
        tx.row("SELECT setval(pg_get_serial_sequence('step', 'id'), ?)", (max(1, last[0]),))


def _count(file: sqlite3.Connection, tx: Tx, table: str) -> int:
    there = tx.row(f"SELECT count(*) FROM {table}")  # noqa: S608  # our own words
    here: Row = file.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608  # our own words
    if there != here:
        raise NotTransferred(f"{table} has {here[0]} rows, of which {there and there[0]} arrived: nothing was kept")
    return int(here[0])


def _same(file: sqlite3.Connection, tx: Tx, table: str) -> bool:
    """Whether both hold the same rows, in whatever order."""
    columns = _columns(file, table)
    sql = f"SELECT {', '.join(columns)} FROM {table}"  # noqa: S608  # our own words
    return sorted(map(repr, file.execute(sql))) == sorted(map(repr, tx.rows(sql)))


def _columns(file: sqlite3.Connection, table: str) -> Sequence[str]:
    return [str(row[1]) for row in file.execute(f"PRAGMA table_info({table})")]
