"""What an operation sees of a PostgreSQL connection."""

from collections.abc import Callable, Sequence
from typing import Any

from durchwahl.store.postgres_connection import PostgresConnection
from durchwahl.store.postgres_statements import row_of
from durchwahl.store.tx import Row


class PostgresTx:
    """`Tx` on one PostgreSQL connection; `clock` tells what `now` returns."""

    __slots__ = ("_clock", "_connection")

    def __init__(self, connection: PostgresConnection, clock: Callable[[], int]) -> None:
        self._connection = connection
        self._clock = clock

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """Return all rows."""
        result, decoders = self._connection.run(sql, values)
        return [row_of(result, number, decoders) for number in range(result.ntuples)]

    def row(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        """Return the first row."""
        result, decoders = self._connection.run(sql, values)
        return row_of(result, 0, decoders) if result.ntuples else None

    def run(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Return how many rows were touched."""
        result, _ = self._connection.run(sql, values)
        return result.command_tuples or 0

    def claim(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """Return rows that nobody else is about to claim, and lock them."""
        return self.rows(f"{sql} FOR UPDATE SKIP LOCKED", values)

    def now(self) -> int:
        """Return the database's clock at the transaction's begin."""
        return self._clock()


class SeveralStatements(Exception):
    """An operation needs more than one statement, and so a transaction."""


class PostgresGlance(PostgresTx):
    """One statement, which sees one moment without a transaction around it.

    Raises:
        SeveralStatements: from the second one on.
    """

    __slots__ = ("_is_used",)

    def __init__(self, connection: PostgresConnection, clock: Callable[[], int]) -> None:
        super().__init__(connection, clock)
        self._is_used = False

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """Return all rows."""
        self._use()
        return super().rows(sql, values)

    def row(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        """Return the first row."""
        self._use()
        return super().row(sql, values)

    def run(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Fail as the server does: the connection only reads."""
        self._use()
        return super().run(sql, values)

    def now(self) -> int:
        """Return the database's clock."""
        self._use()
        return super().now()

    def _use(self) -> None:
        if self._is_used:
            raise SeveralStatements
        self._is_used = True
