"""What a named operation sees of the database, and what the rest of the gateway sees of the store."""

from collections.abc import Callable, Sequence
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from durchwahl.errors import DurchwahlError

P = ParamSpec("P")
T = TypeVar("T")

Row = tuple[Any, ...]


class StoreUnavailable(DurchwahlError):
    """The database cannot be used now (full disk, locked, gone): nothing was acknowledged, try again later."""


class Tx(Protocol):
    """One transaction. Parameters are positional, written `?`. Times are milliseconds since the epoch, UTC."""

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """Return all rows."""

    def row(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        """Return the first row, None where there is none."""

    def run(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Change something and return how many rows it touched."""

    def claim(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """Return rows that are about to be claimed, without those that another transaction is about to claim.

        They are nobody else's until this transaction ends; it is a SELECT from one table, ordered as they are wanted.
        """

    def now(self) -> int:
        """Return the database's clock: what decides about every expiry."""


def database_time(tx: Tx) -> int:
    """Return the time that all processes share, in milliseconds: their own clocks may differ by minutes."""
    return tx.now()


class Store(Protocol):
    """Where the journal lives."""

    async def write(self, operation: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run the operation in a transaction of its own; returns only after the commit is on disk.

        It may be run more than once, with all but the last time undone. So it changes nothing but the database, and
        what it draws or reads from the clock it draws and reads itself.

        Raises:
            StoreUnavailable: nothing was acknowledged. Where the connection was cut during the commit it may have been
                kept all the same; what must not be done twice has a key that finds it. Whatever the operation itself
                raises undoes the operation.
        """

    async def look(self, operation: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run an operation that reads a few rows by their keys and is done at once."""

    async def read(self, operation: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run an operation that only reads, however much, beside the writers and beside the event loop."""

    async def leave_no_traces(self, *, largest: int | None = None) -> bool:
        """Let nothing that was deleted or overwritten stay in the store's files; False: not all is gone, try again.

        Where a store has to be written anew for that, all writers wait; one of more than `largest` bytes is not.

        Raises:
            StoreUnavailable: it is not done.
        """

    async def aclose(self) -> None:
        """Finish what was accepted, then close."""
