"""The journal in a PostgreSQL database: made, migrated, opened."""

from contextlib import closing

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from durchwahl.store.postgres import READERS, WRITERS, PostgresStore
from durchwahl.store.postgres_connection import PostgresConnection
from durchwahl.store.postgres_tx import PostgresTx
from durchwahl.store.schema import WANTED, must_be_wanted, upgrade


def address_of(text: str) -> str:
    """Return the address as it is, where it can be read.

    Raises:
        ValueError: it is none; the text tells nothing of it, because there may be a password in it.
    """
    try:
        conninfo_to_dict(text)
    except ProgrammingError:
        pass
    else:
        return text
    raise ValueError("is no address of a PostgreSQL database")


def shown(address: str) -> str:
    """Return what may be told of an address: host and database, never a password."""
    parts = conninfo_to_dict(address)
    host, port = parts.get("host", "this machine"), parts.get("port")
    return f'"{parts.get("dbname", "")}" on {host}' + (f":{port}" if port else "")


def current(address: str) -> str | None:
    """Return the database's schema version, None where there is no journal in it.

    Raises:
        StoreUnavailable: it cannot be reached, or cannot keep what the journal promises.
    """
    with closing(PostgresConnection(address, read_only=True)) as connection:
        tx = PostgresTx(connection, connection.now)
        if tx.row("SELECT to_regclass('alembic_version') IS NULL") == (True,):
            return None
        row = tx.row("SELECT version_num FROM alembic_version")
    return str(row[0]) if row else None


def migrate(address: str) -> None:
    """Bring the database to the wanted schema; of several who do so at once, one does and the others wait.

    Raises:
        StoreUnavailable: it cannot be reached, or a migration failed; the text has Alembic's last line.
    """
    version = current(address)
    if version == WANTED:
        return
    if version is not None and version > WANTED:
        must_be_wanted(version, f"in {shown(address)}")
    upgrade(f"the journal in {shown(address)}", address=address)


def open_store(address: str, *, writers: int = WRITERS, readers: int = READERS) -> PostgresStore:
    """Open the store.

    Raises:
        StoreUnavailable: the schema is missing, older or newer than the code; the text says what to do.
    """
    must_be_wanted(current(address), f"in {shown(address)}")
    return PostgresStore(address, writers=writers, readers=readers)
