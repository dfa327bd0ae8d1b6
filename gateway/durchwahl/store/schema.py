"""Which schema the code wants, which one the database has, and how to get from one to the other."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from durchwahl.store.sqlite import SqliteStore
from durchwahl.store.sqlite_connection import connect
from durchwahl.store.tx import StoreUnavailable

WANTED = "0008"
MIGRATIONS = Path(__file__).with_name("migrations")
DATABASE = "durchwahl.db"

TRANSFERRED = "transferred"
"""In place of a version: what was here is in another database now, and nothing may be decided by it any more."""

_UPGRADE = """
import sys
from alembic import command
from alembic.config import Config
config = Config()
config.set_main_option("script_location", sys.argv[1].replace("%", "%%"))
config.set_main_option("sqlalchemy.url", "sqlite:///" + sys.argv[2].replace("%", "%%"))
config.attributes["address"] = sys.stdin.read() or None
command.upgrade(config, "head")
"""


def migrate(data_dir: Path) -> None:
    """Bring the database to the wanted schema, creating it where there is none. Runs Alembic in a subprocess.

    Raises:
        StoreUnavailable: the folder cannot be written or a migration failed; the text has Alembic's last line.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        _keep_private(data_dir / DATABASE)
    except OSError as error:
        raise StoreUnavailable(f"{data_dir} cannot be made: {error.strerror}") from error
    version = current(data_dir)
    if version == WANTED:
        return  # Alembic would find the same in half a second
    if version == TRANSFERRED:
        must_be_wanted(version, f"in {data_dir}")
    upgrade(str(data_dir / DATABASE), path=data_dir / DATABASE)


def upgrade(name: str, *, path: Path = Path(), address: str = "") -> None:
    """Run Alembic on the SQLite file at `path`, or on the PostgreSQL database at `address`.

    The address may hold a password: it goes where no list of processes shows it.

    Raises:
        StoreUnavailable: it failed; the text has the `name` and Alembic's last line.
    """
    command = [sys.executable, "-c", _UPGRADE, str(MIGRATIONS), str(path)]
    done = subprocess.run(  # noqa: S603  # no shell, our own words
        command, capture_output=True, text=True, check=False, input=address
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["no output"]
        raise StoreUnavailable(f"migrating {name} failed: {lines[-1]}")


def _keep_private(path: Path) -> None:
    """Make the database its owner's alone; SQLite gives -wal and -shm the same rights.

    From one that is there already the rights of all others are taken; a group may have been let in for backups.
    """
    if not path.exists():
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    elif (rights := path.stat().st_mode) & 0o007:
        path.chmod(rights & 0o770)


def current(data_dir: Path) -> str | None:
    """Return the database's schema version, None where there is no database or no schema in it.

    Raises:
        StoreUnavailable: the file cannot be read, or is no database.
    """
    path = data_dir / DATABASE
    if not path.exists():
        return None
    try:
        with closing(connect(path, read_only=True)) as connection:
            is_there = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
            if connection.execute(is_there).fetchone() is None:
                return None
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise StoreUnavailable(f"{path} cannot be read: {error}") from error
    return str(row[0]) if row else None


def open_store(data_dir: Path) -> SqliteStore:
    """Open the store.

    Raises:
        StoreUnavailable: the schema is missing, older or newer than the code; the text says what to do.
    """
    must_be_wanted(current(data_dir), f"in {data_dir}")
    return SqliteStore(data_dir / DATABASE)


def must_be_wanted(version: str | None, where: str) -> None:
    """Compare a journal's schema with the code's.

    Raises:
        StoreUnavailable: the schema is missing, older or newer than the code; the text says what to do.
    """
    if version is None:
        raise StoreUnavailable(f"there is no journal {where}: run `durchwahl migrate` once")
    if version == TRANSFERRED:
        raise StoreUnavailable(
            f"the journal {where} was transferred to PostgreSQL and is out of date: name that database in [store]"
        )
    if version < WANTED:
        raise StoreUnavailable(f"the journal has schema {version}, the code wants {WANTED}: run `durchwahl migrate`")
    if version > WANTED:
        raise StoreUnavailable(f"the journal has schema {version}, newer than the code's {WANTED}: update durchwahl")
