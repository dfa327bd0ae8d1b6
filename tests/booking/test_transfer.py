"""A journal that becomes one in PostgreSQL takes all along: bookings, holds, open steps, answers, links."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from durchwahl.settings.resolved import Settings
from durchwahl.store import steps
from durchwahl.store.journal import insert_booking
from durchwahl.store.opening import migrate_journal, open_journal, transfer_journal
from durchwahl.store.postgres_connection import PostgresConnection
from durchwahl.store.postgres_schema import current, migrate
from durchwahl.store.schema import DATABASE, WANTED
from durchwahl.store.sqlite import SqliteStore
from durchwahl.store.transfer import NotTransferred, transfer
from durchwahl.store.tx import Store, StoreUnavailable, Tx
from tests.booking.conftest import Watched
from tests.booking.desk import Desk, Hanging, at_rest, crash, impatient, later
from tests.booking.looking import ask, rows, status_of
from tests.gateways import Clock, bearer, city, fresh_journal, key
from tests.servers.postgres import cluster
from tests.store.journals import booking, count_of, keep

LEASE = {"milliseconds": steps.LEASE + 1_000}


@asynccontextmanager
async def opened(address: str) -> AsyncIterator[Store]:
    store = Watched(address)
    try:
        yield store
    finally:
        await store.aclose()


@pytest.fixture
def database() -> Iterator[str]:
    with cluster().database("template0") as address:
        yield address


@pytest.fixture
def elsewhere(database: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """What lets cities find their journal in the database from now on."""

    def in_postgres(settings: Settings, clock: Callable[[], int]) -> Store:
        return Watched(database, writers=4, readers=2, clock=clock)

    return lambda: monkeypatch.setattr("tests.gateways.store_of", in_postgres)


async def test_live_bookings_go_on_as_if_nothing_had_happened(
    tmp_path: Path, database: str, elsewhere: Callable[[], None]
) -> None:
    desk, clock, hanging = Desk(), Clock(), Hanging()
    config = desk.config(tmp_path)
    async with city(tmp_path, clock=clock, **config) as here:
        slots = await here.slots()
        stays, goes = await here.booked(0), await here.booked(5)
        hold = (await here.hold(slots[8]["slot"])).json()
        wish, mine = {"slot": slots[12]["slot"]}, key()
        answer = await here.client.post("/v1/holds", json=wish, headers=mine)
        begun = (await here.hold(slots[16]["slot"])).json()
        desk.will("ensure", hanging)
        with impatient():
            pending = (await here.book(begun)).json()
        await hanging.asked.wait()
        await crash(here)
        data_dir = here.settings.data_dir
    transfer(data_dir, database)
    elsewhere()
    async with city(tmp_path, clock=clock, **config) as here:
        repeated = await here.client.post("/v1/holds", json=wish, headers=mine)
        assert (repeated.status_code, repeated.content) == (answer.status_code, answer.content)
        assert await status_of(here, stays) == "confirmed"
        assert (await ask(here, goes, "cancel")).json()["status"] == "cancelled"
        assert (await here.book(hold)).status_code == 201
        assert (await here.hold(slots[0]["slot"])).status_code == 201  # the other lane
        assert (await here.hold(slots[0]["slot"])).json()["code"] == "slot-taken"
        await later(here, **LEASE)
        assert await status_of(here, pending) == "confirmed"
        page = await here.client.get(stays["manage_url"])
        assert page.status_code == 200
        gone = await here.client.get(f"/v1/bookings/{goes['id']}", headers=bearer(goes["manage_token"]))
        assert gone.json()["status"] == "cancelled"
        await at_rest(here)
        assert len(desk.entries) == 3
        assert len(await rows(here, "SELECT 1 FROM booking WHERE state = 'confirmed'")) == 3


async def journal_with(folder: Path, *operations: Callable[[Tx], object]) -> Path:
    """Make a journal in a file, and close it."""
    store = SqliteStore(fresh_journal(folder / "data"))
    for operation in operations:
        await store.write(operation)
    await store.aclose()
    return folder / "data"


def three_steps_of_which_the_last_is_done(tx: Tx) -> None:
    for number in range(3):
        steps.add_step(tx, f"b{number}", "mail", number)
    tx.run("DELETE FROM step WHERE id = 3")


async def test_no_step_gets_a_number_that_another_one_had(tmp_path: Path, database: str) -> None:
    data_dir = await journal_with(tmp_path, three_steps_of_which_the_last_is_done)
    assert transfer(data_dir, database)["step"] == 2
    async with opened(database) as store:
        assert (await store.write(steps.add_claimed_step, "b9", "mail")).id == 4


async def test_thousands_of_rows_arrive_all_as_they_were(tmp_path: Path, database: str) -> None:
    def fill(tx: Tx) -> None:
        for number in range(1_001):
            insert(tx, number)

    data_dir = await journal_with(tmp_path, fill)
    with closing(sqlite3.connect(data_dir / DATABASE)) as file:
        before = sorted(file.execute("SELECT * FROM booking"))
    assert transfer(data_dir, database)["booking"] == 1_001
    async with opened(database) as store:
        assert sorted(await store.read(lambda tx: tx.rows("SELECT * FROM booking"))) == before


async def test_a_file_that_a_gateway_has_open_stays_where_it_is(tmp_path: Path, database: str) -> None:
    data_dir = await journal_with(tmp_path)
    store = SqliteStore(data_dir / DATABASE)
    await store.write(keep, "a")
    with pytest.raises(NotTransferred, match="stop the gateway"):
        transfer(data_dir, database)
    await store.write(keep, "b")
    await store.aclose()
    assert transfer(data_dir, database)["catalogue_page"] == 2


async def test_a_file_that_was_transferred_is_used_by_nobody_any_more(tmp_path: Path, database: str) -> None:
    data_dir = await journal_with(tmp_path)
    transfer(data_dir, database)
    with pytest.raises(StoreUnavailable, match="was transferred to PostgreSQL"):
        transfer(data_dir, database)


async def test_a_database_with_other_bookings_is_left_as_it_is(tmp_path: Path, database: str) -> None:
    migrate(database)
    async with opened(database) as store:
        await store.write(insert, 7)
        data_dir = await journal_with(tmp_path, lambda tx: insert(tx, 1))
        with pytest.raises(NotTransferred, match="name an empty one"):
            transfer(data_dir, database)
        assert await store.read(count_of, "booking") == 1
    again = SqliteStore(data_dir / DATABASE)
    await again.write(keep, "a")
    await again.aclose()


async def test_what_was_interrupted_before_the_file_was_marked_is_finished(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_dir = await journal_with(tmp_path, lambda tx: insert(tx, 1), three_steps_of_which_the_last_is_done)
    plain = PostgresConnection.commit

    def cut(connection: PostgresConnection) -> None:
        plain(connection)
        raise StoreUnavailable("the connection was cut after the commit")

    monkeypatch.setattr(PostgresConnection, "commit", cut)
    with pytest.raises(StoreUnavailable, match="cut"):
        transfer(data_dir, database)
    monkeypatch.undo()
    assert transfer(data_dir, database)["booking"] == 1
    async with opened(database) as store:
        assert await store.read(count_of, "booking") == 1


async def test_without_a_database_nothing_is_transferred(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        settings = here.settings
    with pytest.raises(StoreUnavailable, match="name it by `database`"):
        transfer_journal(settings)
    assert migrate_journal(settings).endswith(str(settings.data_dir))
    await open_journal(settings).aclose()


def test_without_a_journal_nothing_is_transferred(tmp_path: Path, database: str) -> None:
    with pytest.raises(NotTransferred, match="no journal"):
        transfer(tmp_path, database)
    assert current(database) in (None, WANTED)


def insert(tx: Tx, number: int) -> None:
    insert_booking(tx, booking(f"b{number}", personal=bytes([number % 256, 0]), failure="ä" * (number % 3)))
