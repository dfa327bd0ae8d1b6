"""Which schema the code wants, and what it says where the database has another."""

import sqlite3
import stat
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from durchwahl.store.schema import DATABASE, MIGRATIONS, TRANSFERRED, WANTED, current, migrate, open_store
from durchwahl.store.sqlite_connection import connect
from durchwahl.store.steps import pool_of
from durchwahl.store.tx import StoreUnavailable
from tests.gateways import fresh_journal


def set_version(folder: Path, version: str) -> None:
    connection = sqlite3.connect(fresh_journal(folder))
    connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
    connection.commit()
    connection.close()


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    migrate(tmp_path / "data")
    before = (tmp_path / "data" / DATABASE).read_bytes()
    migrate(tmp_path / "data")
    assert current(tmp_path / "data") == WANTED
    assert (tmp_path / "data" / DATABASE).read_bytes() == before


def test_the_data_folder_is_nobody_elses_business(tmp_path: Path) -> None:
    migrate(tmp_path / "data 100%")
    assert stat.S_IMODE((tmp_path / "data 100%").stat().st_mode) == 0o700
    assert current(tmp_path / "data 100%") == WANTED


def test_the_head_of_the_migrations_is_what_the_code_wants(tmp_path: Path) -> None:
    assert current(fresh_journal(tmp_path).parent) == WANTED


def test_a_missing_journal_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match=r"no journal in .*: run `durchwahl migrate` once"):
        open_store(tmp_path)
    assert not (tmp_path / DATABASE).exists()


def test_an_empty_file_is_a_missing_journal(tmp_path: Path) -> None:
    (tmp_path / DATABASE).touch()
    with pytest.raises(StoreUnavailable, match="run `durchwahl migrate` once"):
        open_store(tmp_path)


def test_an_older_schema_says_to_migrate(tmp_path: Path) -> None:
    set_version(tmp_path, "0000")
    with pytest.raises(StoreUnavailable, match=r"schema 0000, the code wants .*: run `durchwahl migrate`"):
        open_store(tmp_path)


def test_a_newer_schema_says_to_update(tmp_path: Path) -> None:
    set_version(tmp_path, "9999")
    with pytest.raises(StoreUnavailable, match=r"schema 9999, newer than the code's .*: update durchwahl"):
        open_store(tmp_path)


def test_migrating_a_newer_schema_fails_with_alembics_own_words(tmp_path: Path) -> None:
    set_version(tmp_path, "9999")
    with pytest.raises(StoreUnavailable, match="9999"):
        migrate(tmp_path)
    assert current(tmp_path) == "9999"


def test_a_file_that_is_no_database_is_unavailable_with_its_name(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_bytes(b"kein Journal" * 1_000)
    with pytest.raises(StoreUnavailable, match=DATABASE):
        current(tmp_path)


def test_a_locked_database_is_not_taken_for_a_missing_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = fresh_journal(tmp_path)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.execute("BEGIN EXCLUSIVE")
    hurried = partial(connect, patience=10)  # it waits seconds else
    monkeypatch.setattr("durchwahl.store.schema.connect", hurried)
    try:
        with pytest.raises(StoreUnavailable, match="locked"):
            current(tmp_path)
    finally:
        connection.close()


def test_a_data_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("eine Datei", encoding="utf-8")
    with pytest.raises(StoreUnavailable, match="data"):
        migrate(tmp_path / "data")


async def test_an_open_store_can_be_used(tmp_path: Path) -> None:
    store = open_store(fresh_journal(tmp_path).parent)
    try:
        assert await store.read(lambda tx: tx.row("SELECT count(*) FROM booking")) == (0,)
    finally:
        await store.aclose()


def test_an_older_journal_keeps_its_bookings_and_learns_which_places_they_have_had(tmp_path: Path) -> None:
    path = fresh_journal(tmp_path)
    alembic(path, "downgrade", "0001")
    with closing(sqlite3.connect(path)) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(booking)")]
        values = [2 if name == "placement" else name for name in columns]
        connection.execute(f"INSERT INTO booking VALUES ({', '.join('?' * len(values))})", values)
        for number in (2, 3):
            place = ("id", number, f"dw-{number}", "amt/termine", "platz-1", 1, 2, 3, 4, None, None)
            connection.execute("INSERT INTO placement VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", place)
        for kind in ("expire", "withdraw", "room", "mail"):
            step = "INSERT INTO step (booking, kind, due, fence, attempts, detail) VALUES ('id', ?, 0, 1, 1, '{}')"
            connection.execute(step, (kind,))
        connection.commit()
    migrate(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT placement, last_placement FROM booking").fetchall() == [(2, 3)]
        found = connection.execute("SELECT kind, pool, fence % 2 FROM step").fetchall()
        assert found == [(kind, pool_of(kind), 0) for kind in ("expire", "withdraw", "room", "mail")]


def test_the_columns_of_limits_come_and_go_with_their_indices(tmp_path: Path) -> None:
    path = fresh_journal(tmp_path)
    named = "SELECT name FROM sqlite_master WHERE name LIKE '%by_api_client%' OR name LIKE '%by_contact%'"
    with closing(sqlite3.connect(path)) as connection:
        assert len(connection.execute(named).fetchall()) == 3
    alembic(path, "downgrade", "0004")
    with closing(sqlite3.connect(path)) as connection:
        columns = {row[1] for row in connection.execute("PRAGMA table_info(booking)")}
        assert {"api_client", "contact"} & columns == set()
        assert connection.execute(named).fetchall() == []
    alembic(path, "upgrade", "head")
    assert current(tmp_path) == WANTED


def test_bookings_of_an_older_journal_are_over_since_they_ended_or_last_changed(tmp_path: Path) -> None:
    path = fresh_journal(tmp_path)
    alembic(path, "downgrade", "0006")
    cases = {
        "completed": (1_000, 5_000), "cancelled": (9_000, 4_000), "expired": (9_000, 4_000),
        "unresolved": (9_000, 4_000), "confirmed": (9_000, 4_000), "held": (9_000, 4_000),
    }  # fmt: skip
    with closing(sqlite3.connect(path)) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(booking)")]
        for state, (ends, updated) in cases.items():
            known = {
                "id": state,
                "reference": state,
                "room_name": state,
                "state": state,
                "ends": ends,
                "updated": updated,
            }
            values = [known.get(name, 0) for name in columns]
            connection.execute(f"INSERT INTO booking VALUES ({', '.join('?' * len(values))})", values)
        connection.commit()
    migrate(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        assert dict(connection.execute("SELECT state, ended FROM booking")) == {
            "completed": 1_000, "cancelled": 4_000, "expired": 4_000,
            "unresolved": 9_000, "confirmed": None, "held": None,
        }  # fmt: skip
    alembic(path, "downgrade", "0006")
    alembic(path, "upgrade", "head")
    assert current(tmp_path) == WANTED


def alembic(path: Path, *words: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", f"sqlite:///{path}")
    {"downgrade": command.downgrade, "upgrade": command.upgrade}[words[0]](config, words[1])


def columns_of_sqlite(folder: Path) -> set[tuple[str, str]]:
    with closing(sqlite3.connect(fresh_journal(folder))) as connection:
        found = connection.execute(
            "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c"
            " WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%'"
        )
        return {(str(table), str(column)) for table, column in found}


def test_a_journal_that_was_transferred_is_neither_opened_nor_migrated(tmp_path: Path) -> None:
    set_version(tmp_path, TRANSFERRED)
    for use in (open_store, migrate):
        with pytest.raises(StoreUnavailable, match="was transferred to PostgreSQL"):
            use(tmp_path)
    assert current(tmp_path) == TRANSFERRED
