"""A PostgreSQL server of the tests' own: one for each process of tests, on this machine only, gone with it."""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path

import psycopg

from durchwahl.store.postgres_schema import migrate
from tests.folders import folder_until_exit

OWNER = "durchwahl"
PASSWORD = "nur für Tests"
_SETTINGS = {
    "listen_addresses": "127.0.0.1", "max_connections": "200", "shared_buffers": "32MB", "logging_collector": "off",
    "autovacuum": "off",
}  # fmt: skip


class Cluster:
    """A server on a free port, which asks for a password, and on a socket in its own folder, which does not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self._server: subprocess.Popen[bytes] | None = None
        self._numbers = count(1)
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(folder, "postgres", "postgres")
        (folder / "password").write_text(PASSWORD, encoding="utf-8")
        (folder / "password").chmod(0o644)
        initdb = [str(_program("initdb")), "-D", str(folder / "data"), "-U", OWNER, "-E", "UTF8", "--locale=C"]
        initdb += ["--no-sync", "--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={folder / 'password'}"]
        subprocess.run(initdb, check=True, capture_output=True, **_as_postgres())

    def start(self, **settings: str) -> None:
        """Start, and wait until it answers."""
        words = [f"-c{name}={value}" for name, value in {**_SETTINGS, **settings}.items()]
        command = [str(_program("postgres")), "-D", str(self.folder / "data"), "-k", str(self.folder)]
        with (self.folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [*command, "-p", str(self.port), *words], stdout=log, stderr=log, **_as_postgres()
            )
        for _ in range(500):
            try:
                psycopg.connect(self.address("postgres")).close()
            except psycopg.OperationalError:
                time.sleep(0.02)
            else:
                return
        raise AssertionError((self.folder / "log").read_text())

    def stop(self, how: int = signal.SIGINT) -> None:
        """Stop it as fast as is clean, or as `how` says."""
        if self._server is not None:
            self._server.send_signal(how)
            self._server.wait(30)
            self._server = None

    @property
    def is_stopped(self) -> bool:
        """Whether a test has stopped it."""
        return self._server is None

    def address(self, database: str) -> str:
        """Return how a database is reached by the socket."""
        return f"postgresql://{OWNER}@/{database}?host={self.folder}&port={self.port}"

    def run(self, sql: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run a statement that is none of the gateway's."""
        with psycopg.connect(self.address(database), autocommit=True) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def database(self, template: str = "journal") -> Iterator[str]:
        """A database of its own, with an empty journal in it; yields its address."""
        name = f"journal_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.address(name)
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")


@cache
def cluster() -> Cluster:
    """The server of this process, with an empty journal in the database `journal`."""
    one = Cluster(folder_until_exit("postgres"))
    atexit.register(one.stop)
    one.start()
    one.run("CREATE DATABASE journal")
    migrate(one.address("journal"))
    return one


def _program(name: str) -> Path:
    """The youngest version's."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    assert found, f"{name} is missing: install PostgreSQL's server"
    return found[-1]


def _as_postgres() -> dict[str, object]:
    return {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
