"""The database is gone, full or read-only: citizens are asked to come back, nothing is promised, and it passes."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from psycopg.conninfo import conninfo_to_dict

from durchwahl.store import sqlite as sqlite_module
from durchwahl.store.tx import Tx
from tests.booking.desk import at_rest
from tests.booking.looking import rows
from tests.gateways import City, city, key
from tests.servers.postgres import cluster

Trouble = Callable[[City], AbstractAsyncContextManager[None]]


def name_of(here: City) -> str:
    """The database's."""
    store: Any = here.gateway.store
    return str(conninfo_to_dict(store._writers._address)["dbname"])


async def told(sql: str, database: str = "postgres") -> None:
    await asyncio.to_thread(cluster().run, sql, database)


async def cut(here: City) -> None:
    await told(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name_of(here)}'")


@asynccontextmanager
async def server_gone(here: City) -> AsyncIterator[None]:
    await asyncio.to_thread(cluster().stop)
    yield
    await asyncio.to_thread(cluster().start)


@asynccontextmanager
async def server_read_only(here: City) -> AsyncIterator[None]:
    await told(f"ALTER DATABASE {name_of(here)} SET default_transaction_read_only = on")
    await cut(here)
    yield
    await told(f"ALTER DATABASE {name_of(here)} RESET default_transaction_read_only")


@asynccontextmanager
async def server_full(here: City) -> AsyncIterator[None]:
    """Fail as a full disk does, which a test cannot fill."""
    body = "BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = '53100'; END"
    await told(f"CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$", name_of(here))
    on_insert = "BEFORE INSERT ON unit_slot EXECUTE FUNCTION full_disk()"
    await told(f"CREATE TRIGGER full_disk {on_insert}", name_of(here))
    yield
    await told("DROP TRIGGER full_disk ON unit_slot", name_of(here))


@asynccontextmanager
async def server_lets_nobody_in(here: City) -> AsyncIterator[None]:
    await told(f"ALTER DATABASE {name_of(here)} ALLOW_CONNECTIONS false")
    await cut(here)
    yield
    await told(f"ALTER DATABASE {name_of(here)} ALLOW_CONNECTIONS true")


@asynccontextmanager
async def file_full(here: City) -> AsyncIterator[None]:
    connect = sqlite_module.connect

    def without_room(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        connection = connect(*args, **kwargs)
        connection.execute("PRAGMA max_page_count=1")  # it keeps the pages that it has, and gets none
        much = "INSERT INTO catalogue_page VALUES ('much', 1, zeroblob(1000000))"
        connection.execute(f"CREATE TEMP TRIGGER much AFTER INSERT ON unit_slot BEGIN {much}; END")
        return connection

    async with every_connection_anew(here, without_room):
        yield


@asynccontextmanager
async def file_gone(here: City) -> AsyncIterator[None]:
    connect = sqlite_module.connect

    def elsewhere(path: Path, **how: Any) -> sqlite3.Connection:
        return connect(path.with_name("gone.db"), **how)

    async with every_connection_anew(here, elsewhere):
        yield


@asynccontextmanager
async def file_read_only(here: City) -> AsyncIterator[None]:
    connect = sqlite_module.connect

    def without_rights(path: Path, **how: Any) -> sqlite3.Connection:
        return connect(path, **{**how, "read_only": True})

    async with every_connection_anew(here, without_rights):
        yield


@asynccontextmanager
async def file_locked(here: City) -> AsyncIterator[None]:
    connect = sqlite_module.connect

    def hurried(path: Path, **how: Any) -> sqlite3.Connection:
        return connect(path, **{**how, "patience": 20})

    store: Any = here.gateway.store
    async with every_connection_anew(here, hurried):
        with closing(sqlite3.connect(store._path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield


@asynccontextmanager
async def every_connection_anew(here: City, connect: Callable[..., sqlite3.Connection]) -> AsyncIterator[None]:
    """Let the writer open its connection by this; what it fails by closes it, so that it opens the next as before."""

    def fail(tx: Tx) -> None:
        raise sqlite3.OperationalError("the writer's connection is lost")

    plain = sqlite_module.connect
    sqlite_module.connect = connect
    await asyncio.gather(here.gateway.store.write(fail), return_exceptions=True)
    try:
        yield
    finally:
        sqlite_module.connect = plain


TROUBLES: dict[str, dict[str, Trouble]] = {
    "sqlite": {"full": file_full, "read-only": file_read_only, "gone": file_gone, "cut": file_locked},
    "postgres": {
        "full": server_full,
        "read-only": server_read_only,
        "gone": server_gone,
        "cut": server_lets_nobody_in,
    },
}


async def until_answered(ask: Callable[[], Any]) -> httpx.Response:
    """Ask again as a citizen does who is asked to come back."""
    for _ in range(200):
        answer: httpx.Response = await ask()
        if answer.status_code != 503:
            return answer
        await asyncio.sleep(0.02)
    raise AssertionError("it did not recover")


@pytest.mark.parametrize("what", ["full", "read-only", "gone", "cut"])
async def test_while_the_database_is_in_trouble_nothing_is_promised_and_afterwards_all_goes_on(
    tmp_path: Path, on_both: str, what: str
) -> None:
    trouble = TROUBLES[on_both][what]
    async with city(tmp_path) as here:
        held = (await here.hold((await here.slots())[0]["slot"])).json()
        wish, mine = {"slot": (await here.slots())[4]["slot"]}, key()

        async def hold() -> httpx.Response:
            return await here.client.post("/v1/holds", json=wish, headers=mine)

        async with trouble(here):
            refused = [await hold() for _ in range(3)]
            assert {answer.status_code for answer in refused} == {503}
            assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
            assert all("database" not in answer.text.lower() for answer in refused)
        answer = await until_answered(hold)
        assert answer.status_code == 201
        assert await rows(here, "SELECT count(*) FROM booking") == [(2,)]
        assert (await here.book(held)).status_code == 201
        await at_rest(here)
        assert (await here.client.get("/readyz")).status_code == 200
