"""The journal in a PostgreSQL database: made once, by one of many, and refused where it is not what the code wants."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from durchwahl.errors import ConfigError
from durchwahl.settings.load import load
from durchwahl.settings.resolved import Settings
from durchwahl.store.opening import migrate_journal, open_journal
from durchwahl.store.postgres_schema import address_of, current, migrate, open_store, shown
from durchwahl.store.schema import DATABASE, WANTED
from durchwahl.store.steps import add_claimed_step, claim_due
from durchwahl.store.tx import StoreUnavailable
from tests.gateways import GATEWAY, write_config
from tests.servers.postgres import OWNER, PASSWORD, cluster
from tests.store.test_schema import columns_of_sqlite


@pytest.fixture
def empty() -> Iterator[str]:
    with cluster().database("template0") as address:
        yield address


@pytest.fixture
def made() -> Iterator[str]:
    with cluster().database() as address:
        yield address


def set_version(address: str, version: str) -> None:
    with psycopg.connect(address) as connection:
        connection.execute("UPDATE alembic_version SET version_num = %s", (version,))


def name_in(address: str) -> str:
    return str(conninfo_to_dict(address)["dbname"])


def settings_with(folder: Path, table: str) -> Settings:
    return load(write_config(folder, gateway=f"{GATEWAY}\n[store]\n{table}\n"))


def test_a_journal_is_made_and_making_it_twice_changes_nothing(empty: str) -> None:
    assert current(empty) is None
    migrate(empty)
    migrate(empty)
    assert current(empty) == WANTED


async def test_of_two_that_migrate_at_once_both_find_it_made(empty: str) -> None:
    await asyncio.gather(*(asyncio.to_thread(migrate, empty) for _ in range(2)))
    assert current(empty) == WANTED


def test_a_missing_journal_says_how_to_make_one(empty: str) -> None:
    with pytest.raises(StoreUnavailable, match=r'no journal in "journal_\d+" on .*: run `durchwahl migrate` once'):
        open_store(empty)


def test_an_older_schema_says_to_migrate(made: str) -> None:
    set_version(made, "0001")
    with pytest.raises(StoreUnavailable, match=r"schema 0001, the code wants .*: run `durchwahl migrate`"):
        open_store(made)


def test_a_newer_schema_is_neither_opened_nor_touched(made: str) -> None:
    set_version(made, "9999")
    for use in (open_store, migrate):
        with pytest.raises(StoreUnavailable, match=r"schema 9999, newer than the code's .*: update durchwahl"):
            use(made)
    assert current(made) == "9999"


def test_both_stores_have_the_same_tables_and_columns(made: str, tmp_path: Path) -> None:
    with psycopg.connect(made) as connection:
        found = connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        ).fetchall()
    assert {(str(table), str(column)) for table, column in found} == columns_of_sqlite(tmp_path)


def test_whatever_counts_milliseconds_has_room_for_them(made: str) -> None:
    times = ("starts", "ends", "expires", "extendable_until", "created", "updated", "due", "lease", "as_of", "closes")
    with psycopg.connect(made) as connection:
        found = connection.execute(
            "SELECT DISTINCT data_type FROM information_schema.columns"
            " WHERE table_schema = 'public' AND column_name = ANY(%s)",
            ([*times],),
        ).fetchall()
    assert found == [("bigint",)]


# --- What cannot keep the promise


def test_a_database_that_does_not_wait_for_its_disk_is_refused(made: str) -> None:
    name = name_in(made)
    for value in ("off", "local"):
        cluster().run(f"ALTER DATABASE {name} SET synchronous_commit = {value}")
        with pytest.raises(StoreUnavailable, match="synchronous_commit"):
            current(made)


def test_a_database_in_another_encoding_is_refused() -> None:
    cluster().run("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    with pytest.raises(StoreUnavailable, match="UTF-8"):
        current(cluster().address("latin"))


async def test_serving_needs_no_more_than_what_the_operators_page_grants(empty: str) -> None:
    page = (Path(__file__).parents[2] / "docs" / "operator.md").read_text(encoding="utf-8")
    grants = page.split("```sql\n")[1].split("```")[0].replace("durchwahl_serving", "serving")
    cluster().run("CREATE ROLE serving LOGIN")
    for grant in grants.replace("DATABASE durchwahl", f"DATABASE {name_in(empty)}").split(";")[:-1]:
        cluster().run(grant, name_in(empty))
    migrate(empty)
    store = open_store(empty.replace(f"{OWNER}@", "serving@"))
    try:
        await store.write(add_claimed_step, "b1", "mail")
        assert await store.write(claim_due, 1) == []
        with pytest.raises(StoreUnavailable, match="owner"):
            await store.write(lambda tx: tx.run("DROP TABLE step"))
    finally:
        await store.aclose()
    cluster().run("DROP OWNED BY serving", name_in(empty))
    cluster().run("DROP ROLE serving")


# --- Addresses


def test_an_address_is_shown_without_its_password() -> None:
    address = f"postgresql://{OWNER}:geheim@db.example:6432/termine"
    assert shown(address) == '"termine" on db.example:6432'
    assert "geheim" not in shown("host=a password=geheim dbname=b")


@pytest.mark.parametrize("wrong", ["geheim", "postgresql://u:geheim@h:port:1/x?unknown=1", "host=x passwort=geheim"])
def test_what_is_no_address_is_not_told(wrong: str) -> None:
    with pytest.raises(ValueError, match="no address") as raised:
        address_of(wrong)
    assert "geheim" not in str(raised.value)


def test_a_wrong_password_is_unavailable_and_not_told(made: str) -> None:
    name = name_in(made)
    for password in ("geheim", PASSWORD):
        address = f"host=127.0.0.1 port={cluster().port} dbname={name} user={OWNER} password='{password}'"
        if password == PASSWORD:
            assert current(address) == WANTED
            continue
        with pytest.raises(StoreUnavailable, match="password authentication failed") as raised:
            current(address)
        assert "geheim" not in str(raised.value)


# --- By the configuration


async def test_the_configuration_names_the_database(
    empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATENBANK", empty)
    settings = settings_with(tmp_path, 'database = { env = "DATENBANK" }\nwriters = 1\nreaders = 1')
    assert migrate_journal(settings) == f"in {shown(empty)}"
    store = open_journal(settings)
    assert await store.read(lambda tx: tx.row("SELECT count(*) FROM booking")) == (0,)
    await store.aclose()
    assert not (settings.data_dir / DATABASE).exists()


def test_a_missing_address_is_said_with_its_place(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, 'database = { env = "NIRGENDS" }')
    with pytest.raises(StoreUnavailable, match=r"\[store\] database: the secret in env NIRGENDS"):
        open_journal(settings)


def test_a_misspelled_store_is_no_journal_in_a_file(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, 'databse = { env = "DATENBANK" }')
    for use in (open_journal, migrate_journal):
        with pytest.raises(ConfigError, match="databse"):
            use(settings)


def test_without_psycopg_the_remedy_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATENBANK", "postgresql://h/d")
    settings = settings_with(tmp_path, 'database = { env = "DATENBANK" }')
    monkeypatch.delitem(sys.modules, "durchwahl.store.postgres_schema")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.setitem(sys.modules, "psycopg.conninfo", None)
    with pytest.raises(StoreUnavailable, match=r"pip install 'durchwahl\[postgres\]'"):
        open_journal(settings)
