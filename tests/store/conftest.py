"""Each contract is kept by both stores: what uses one of these fixtures runs once on SQLite and once on PostgreSQL."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, closing, contextmanager
from itertools import count
from pathlib import Path

import pytest

from durchwahl.store.postgres import PostgresStore
from durchwahl.store.postgres_connection import PostgresConnection
from durchwahl.store.postgres_tx import PostgresTx
from durchwahl.store.sqlite import SqliteStore
from durchwahl.store.sqlite_connection import SqliteTx, connect
from durchwahl.store.tx import Store, Tx
from tests.gateways import fresh_journal
from tests.servers.postgres import cluster
from tests.store.journals import Milliseconds, journal_in

KINDS = ("sqlite", "postgres")
Journal = Callable[..., AbstractAsyncContextManager[Store]]
Transaction = Callable[..., AbstractContextManager[Tx]]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def clock() -> Milliseconds:
    return Milliseconds()


@pytest.fixture
def transaction(kind: str, tmp_path: Path) -> Transaction:
    """What begins a transaction on an empty journal, and forgets it at the end."""
    numbers = count()

    @contextmanager
    def begun(clock: Milliseconds | None = None) -> Iterator[Tx]:
        if kind == "sqlite":
            with closing(connect(fresh_journal(tmp_path / f"{next(numbers)}"))) as file:
                yield SqliteTx(file, clock or Milliseconds())
            return
        with closing(PostgresConnection(cluster().address("journal"))) as connection:
            connection.begin()
            yield PostgresTx(connection, clock or Milliseconds())
            connection.end()

    return begun


@pytest.fixture
def tx(transaction: Transaction, clock: Milliseconds) -> Iterator[Tx]:
    with transaction(clock) as one:
        yield one


@pytest.fixture
def journal(kind: str, tmp_path: Path) -> Journal:
    """What opens a store on an empty journal of its own, which is there as long as the store."""
    return lambda clock=None: journal_on(kind, tmp_path, clock)


def journal_on(kind: str, folder: Path, clock: Milliseconds | None = None) -> AbstractAsyncContextManager[Store]:
    """A store of this kind on an empty journal of its own."""
    return journal_in(folder, clock) if kind == "sqlite" else _in_postgres(clock)


@asynccontextmanager
async def _in_postgres(clock: Milliseconds | None) -> AsyncIterator[Store]:
    with cluster().database() as address:
        store = PostgresStore(address, clock=clock or Milliseconds())
        try:
            yield store
        finally:
            await store.aclose()


def place_of(store: Store) -> str:
    """Where the store's journal is: a file, or an address."""
    return str(store._path) if isinstance(store, SqliteStore) else str(store._writers._address)  # type: ignore[attr-defined]


@asynccontextmanager
async def reopened(store: Store, clock: Milliseconds | None = None) -> AsyncIterator[Store]:
    """Another store on the same journal."""
    clock = clock or Milliseconds()
    where = place_of(store)
    another: Store = (
        SqliteStore(Path(where), clock=clock) if isinstance(store, SqliteStore) else PostgresStore(where, clock=clock)
    )
    try:
        yield another
    finally:
        await another.aclose()
