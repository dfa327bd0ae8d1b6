"""A store without a journal, for commands that look at calendars beside a running gateway or before the first start."""

from collections.abc import Callable, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar

from durchwahl.store.sqlite_connection import wall_clock
from durchwahl.store.tx import Row, StoreUnavailable, Tx

P = ParamSpec("P")
T = TypeVar("T")


class _NothingKept:
    """Every question is answered with nothing."""

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """Return no rows."""
        return []

    def row(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        """Return no row."""
        return None

    def run(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Refuse to change anything."""
        raise StoreUnavailable("there is no journal here")

    def claim(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """Return no rows."""
        return []

    def now(self) -> int:
        """Return the machine's time."""
        return wall_clock()


class NoStore:
    """`Store` without a journal: reads find nothing, writes are refused."""

    async def write(self, operation: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Refuse what changes something."""
        return operation(_NothingKept(), *args, **kwargs)

    async def look(self, operation: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Answer with nothing."""
        return operation(_NothingKept(), *args, **kwargs)

    async def read(self, operation: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Answer with nothing."""
        return operation(_NothingKept(), *args, **kwargs)

    async def leave_no_traces(self, *, largest: int | None = None) -> bool:
        """There are none."""
        return True

    async def aclose(self) -> None:
        """There is nothing to close."""
