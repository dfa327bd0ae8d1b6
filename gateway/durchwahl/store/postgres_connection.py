"""One PostgreSQL connection: how it is opened, what it refuses, and how a statement gets to the server.

Statements are prepared once and go by libpq's own calls, which wait without the interpreter's lock. psycopg's cursors
take and leave it several times for each: with eight threads they get a fifth of the statements through.
"""

import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from os import dup
from time import monotonic
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

from durchwahl.store.postgres_errors import error_of
from durchwahl.store.postgres_statements import Decode, decoders_of, encoded, numbered
from durchwahl.store.tx import StoreUnavailable, Tx

OLDEST_SERVER = 14
STATEMENT_TIMEOUT, LOCK_TIMEOUT, IDLE_TIMEOUT = 10_000, 5_000, 15_000
"""In milliseconds: no operation of ours takes a hundredth of the first; a process that is stopped in the middle of a
transaction loses it after the last, so that it keeps nobody waiting."""
MOST_PREPARED = 512

_PARAMETERS: dict[str, Any] = {
    "connect_timeout": 5,
    "application_name": "durchwahl",
    "client_encoding": "UTF8",
    "target_session_attrs": "primary",
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""What the address itself says wins."""

_SESSION = f"""
SET TimeZone = 'UTC';
SET statement_timeout = {STATEMENT_TIMEOUT};
SET lock_timeout = {LOCK_TIMEOUT};
SET idle_in_transaction_session_timeout = {IDLE_TIMEOUT};
SET plan_cache_mode = force_generic_plan;
SET enable_seqscan = off;
SET jit = off;
SET default_transaction_isolation = 'serializable';
"""
"""Whoever scans a whole table conflicts with everybody who writes to it, so that small tables are read by index too.
Who only reads is serializable as well: else it could miss what must have happened before something that it sees."""
_READING = "SET default_transaction_read_only = on"
_STATE = "SELECT pg_is_in_recovery(), current_setting('synchronous_commit'), current_setting('fsync')"
_NOW = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint"
_BEGIN = f"BEGIN; {_NOW}".encode()

Operation = Callable[[Tx], Any]


class PostgresConnection:
    """A connection with the settings that the journal's promise rests on; used by one thread at a time.

    `waits_since` is when it last asked the server, by `time.monotonic()`; None once there is an answer.

    Raises:
        StoreUnavailable: there is no server, it does not let us in, or it cannot keep the promise.
    """

    def __init__(self, address: str, *, read_only: bool = False) -> None:
        self.waits_since: float | None = None
        self._is_spoiled = False
        self._prepared: dict[str, tuple[bytes, tuple[Decode, ...]]] = {}
        try:
            self._raw = psycopg.connect(**{**_PARAMETERS, **conninfo_to_dict(address)}, autocommit=True)
        except psycopg.Error as error:
            raise StoreUnavailable(" ".join(str(error).split())) from error
        self._pg = self._raw.pgconn
        try:
            self._must_keep_the_promise()
            self._simple((_SESSION + _READING * read_only).encode())
        except BaseException:
            self.close()
            raise

    @property
    def is_usable(self) -> bool:
        """Whether the next transaction may begin on it; after trouble that concerns everybody it may not."""
        return not self._is_spoiled and not self._raw.closed and self._pg.transaction_status == TransactionStatus.IDLE

    @property
    def is_lost(self) -> bool:
        """Whether there is no server at its other end any more."""
        return bool(self._raw.closed)

    def begin(self) -> int:
        """Begin a transaction and return the database's clock, in one round trip."""
        return int(self._simple(_BEGIN).get_value(0, 0) or b"")

    def commit(self) -> None:
        """Commit.

        Raises:
            Conflict: nothing was kept. StoreUnavailable: it is not known whether anything was.
        """
        self._simple(b"COMMIT")

    def end(self) -> None:
        """Undo what is open; a connection that cannot do so is closed, which undoes it too."""
        try:
            if self._pg.transaction_status != TransactionStatus.IDLE:
                self._simple(b"ROLLBACK")
        except StoreUnavailable:
            self.close()

    def now(self) -> int:
        """Return the database's clock, outside of a transaction."""
        return int(self._simple(_NOW.encode()).get_value(0, 0) or b"")

    def run(self, sql: str, values: Sequence[Any]) -> tuple[PGresult, tuple[Decode, ...]]:
        """Run a statement and return the server's answer with the way to read its columns."""
        name, decoders = self._prepared.get(sql) or self._prepare(sql)
        sent, formats = encoded(values)
        return self._asked(lambda: self._pg.exec_prepared(name, sent, formats, 1)), decoders

    def abandon(self) -> None:
        """Cut the connection from another thread, so that whoever waits on it for ever is told."""
        with suppress(OSError, psycopg.Error), socket.socket(fileno=dup(self._pg.socket)) as wire:
            wire.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close; the server undoes what was open."""
        self._raw.close()

    def _prepare(self, sql: str) -> tuple[bytes, tuple[Decode, ...]]:
        if len(self._prepared) >= MOST_PREPARED:
            self._simple(b"DEALLOCATE ALL")
            self._prepared.clear()
        name = b"s%d" % len(self._prepared)
        self._asked(lambda: self._pg.prepare(name, numbered(sql)))
        self._prepared[sql] = name, decoders_of(self._asked(lambda: self._pg.describe_prepared(name)))
        return self._prepared[sql]

    def _simple(self, sql: bytes) -> PGresult:
        return self._asked(lambda: self._pg.exec_(sql))

    def _asked(self, question: Callable[[], PGresult]) -> PGresult:
        self.waits_since = monotonic()
        try:
            result = question()
        except psycopg.Error as error:  # the connection is gone, and with it the answer
            self._is_spoiled = True
            raise StoreUnavailable(str(error).strip() or "the connection to the database was lost") from error
        finally:
            self.waits_since = None
        if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
            failure = error_of(result)
            self._is_spoiled |= isinstance(failure, StoreUnavailable)
            raise failure
        return result

    def _must_keep_the_promise(self) -> None:
        if self._pg.server_version < OLDEST_SERVER * 10_000:
            raise StoreUnavailable(f"the database's server is older than PostgreSQL {OLDEST_SERVER}: update it")
        if self._pg.parameter_status(b"server_encoding") != b"UTF8":
            raise StoreUnavailable("the database is not in UTF-8: create it with ENCODING 'UTF8'")
        answer = self._simple(_STATE.encode())
        standby, synchronous, fsync = (answer.get_value(0, column) for column in range(3))
        if standby != b"f":
            raise StoreUnavailable("the database's server is a standby, which nothing is decided by: name the primary")
        if synchronous in (b"off", b"local") or fsync != b"on":
            raise StoreUnavailable("the database does not wait for its disk: set synchronous_commit and fsync to on")
