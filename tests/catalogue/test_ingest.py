"""Catalogues are read side by side; one that fails keeps its last good records, also over a restart."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from durchwahl.catalogue.ingest import MOST_RECORDS, Ingest
from durchwahl.errors import Invalid, Unavailable
from durchwahl.model.catalogue import ServiceRecord
from durchwahl.plugin.kinds import ServiceCatalogue
from durchwahl.sources.supervision import Supervisor
from durchwahl.store.sqlite import SqliteStore
from durchwahl.store.tx import StoreUnavailable
from tests.catalogue.catalogues import record
from tests.gateways import city, fresh_journal


class Catalogue(ServiceCatalogue):
    """Gives these records, or raises this."""

    def __init__(self, *records: Any, fails: Exception | None = None) -> None:
        self.records: Sequence[Any] = records
        self.fails = fails
        self.problems: Any = ()

    async def check(self) -> None:
        return

    async def services(self) -> AsyncIterator[ServiceRecord]:
        for one in self.records:
            yield one
        if self.fails is not None:
            raise self.fails

    def row_problems(self) -> Any:
        if isinstance(self.problems, Exception):
            raise self.problems
        return self.problems


class Catalogues:
    """Stands for the open sources: catalogues by key, each with its mode."""

    def __init__(self, **catalogues: Catalogue) -> None:
        self.mode = "live"
        self._catalogues = catalogues

    def of(self, kind: type) -> Any:
        assert kind is ServiceCatalogue
        for name, catalogue in self._catalogues.items():
            config = SimpleNamespace(
                table=SimpleNamespace(mode=self.mode), file="departments/amt.toml", place=f"sources.{name}"
            )
            resolved = SimpleNamespace(
                config=config, own=SimpleNamespace(path=f"{name}.csv"), offered=SimpleNamespace(plugin="test 1")
            )
            supervisor = Supervisor(f"amt/{name}", plugin="test 1", deadline=5)
            yield SimpleNamespace(key=f"amt/{name}", resolved=resolved, supervisor=supervisor), catalogue


def ingest(store: SqliteStore | None = None, **catalogues: Catalogue) -> Ingest:
    return Ingest(Catalogues(**catalogues), store)  # type: ignore[arg-type]  # stands for the open sources


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("durchwahl.sources.supervision.random.uniform", lambda low, high: 0)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    one = SqliteStore(fresh_journal(tmp_path))
    yield one
    await one.aclose()


async def test_every_catalogue_has_its_page_with_the_time_of_reading() -> None:
    pages = await ingest(a=Catalogue(record("x")), b=Catalogue(record("y"), record("z"))).sync()
    assert {key: [r.id for r in page.records] for key, page in pages.items()} == {"amt/a": ["x"], "amt/b": ["y", "z"]}
    assert abs(pages["amt/a"].as_of - datetime.now(UTC)) < timedelta(minutes=1)


async def test_a_catalogue_that_fails_changes_nothing_for_the_others() -> None:
    pages = await ingest(a=Catalogue(fails=Unavailable("weg")), b=Catalogue(record())).sync()
    assert list(pages) == ["amt/b"]


async def test_a_failing_catalogue_keeps_its_last_good_records_and_says_so() -> None:
    one = Catalogue(record())
    reader = ingest(a=one)
    good = (await reader.sync())["amt/a"]
    one.records, one.fails = (), Invalid("Die Tabelle fehlt.")
    stale = (await reader.sync())["amt/a"]
    assert (stale.records, stale.as_of, stale.stale, stale.reason) == (
        good.records,
        good.as_of,
        True,
        "Die Tabelle fehlt.",
    )


async def test_a_catalogue_that_breaks_off_in_the_middle_is_not_half_read() -> None:
    one = Catalogue(record("x"), record("y"))
    reader = ingest(a=one)
    await reader.sync()
    one.records, one.fails = [record("x")], Unavailable("abgebrochen")
    assert [r.id for r in (await reader.sync())["amt/a"].records] == ["x", "y"]


async def test_a_catalogue_that_is_back_is_no_longer_stale() -> None:
    one = Catalogue(record())
    reader = ingest(a=one)
    await reader.sync()
    one.fails = Unavailable("weg")
    await reader.sync()
    one.fails = None
    assert not (await reader.sync())["amt/a"].stale


class Hanging(Catalogue):
    """Answers when it is let."""

    def __init__(self, *records: Any) -> None:
        super().__init__(*records)
        self.may_answer = asyncio.Event()

    async def services(self) -> AsyncIterator[ServiceRecord]:
        await self.may_answer.wait()
        for one in self.records:
            yield one


async def test_a_catalogue_that_has_not_answered_yet_gives_what_was_kept_and_says_so(store: SqliteStore) -> None:
    await ingest(store, a=Catalogue(record("x")), b=Catalogue(record("y"))).sync()
    slow = Hanging(record("x"), record("z"))
    reader = ingest(store, a=slow, b=Catalogue(record("w")))
    syncing = asyncio.create_task(reader.sync())
    await asyncio.wait({syncing}, timeout=0.2)
    pages = await reader.so_far()
    assert {key: ([r.id for r in page.records], page.stale) for key, page in pages.items()} == {
        "amt/a": (["x"], True),
        "amt/b": (["w"], False),
    }
    slow.may_answer.set()
    assert not (await syncing)["amt/a"].stale


async def test_a_catalogue_that_never_answered_has_no_page_yet() -> None:
    assert await ingest(a=Hanging()).so_far() == {}


async def test_records_survive_a_restart_beside_a_failing_catalogue(store: SqliteStore) -> None:
    full = record(
        "pass", leika_keys=["99000000000001"], forms=[{"url": "https://form.example.org/"}],
        modified_at="2026-11-01T00:00:00Z",
        channels=[{"type": "video", "basis": "text", "detail": "per Video"}], documents=[{"de": "Ausweis"}],
    )  # fmt: skip
    good = (await ingest(store, a=Catalogue(full)).sync())["amt/a"]
    stale = (await ingest(store, a=Catalogue(fails=Unavailable("weg"))).sync())["amt/a"]
    assert (stale.records, stale.stale) == ((full,), True)
    assert abs(stale.as_of - good.as_of) < timedelta(milliseconds=1)


async def test_kept_records_of_another_version_are_not_used_and_said(
    store: SqliteStore, caplog: pytest.LogCaptureFixture
) -> None:
    await store.write(lambda tx: tx.run("INSERT INTO catalogue_page VALUES ('amt/a', 1, x'00')"))
    assert await ingest(store, a=Catalogue(fails=Unavailable("weg"))).sync() == {}
    assert "the kept records of amt/a are of another version" in caplog.text


async def test_records_that_cannot_be_kept_are_used_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = SqliteStore(tmp_path / "fehlt.db")
    try:
        pages = await ingest(broken, a=Catalogue(record()), b=Catalogue(fails=Unavailable("weg"))).sync()
        assert list(pages) == ["amt/a"]
        assert "cannot be kept" in caplog.text
        with pytest.raises(StoreUnavailable):
            await broken.read(lambda tx: None)
    finally:
        await broken.aclose()


async def test_of_two_records_with_one_id_the_first_is_kept() -> None:
    pages = await ingest(a=Catalogue(record("x"), record("x", name={"de": "Zweiter"}))).sync()
    assert [r.name["de"] for r in pages["amt/a"].records] == ["X"]


async def test_a_catalogue_without_an_end_is_cut_off() -> None:
    class Endless(Catalogue):
        async def services(self) -> AsyncIterator[ServiceRecord]:
            number = 0
            while True:
                number += 1
                yield record(f"s{number}") if number < 3 else self.records[0].model_copy(update={"id": f"s{number}"})

    reader = ingest(a=Endless(record()))
    assert await reader.sync() == {}
    assert MOST_RECORDS >= 10_000


@pytest.mark.parametrize("nonsense", [{"id": "x"}, None, "x", SimpleNamespace(id="x")])
async def test_something_else_than_records_is_the_plugins_bug_and_its_own_loss(
    nonsense: object, caplog: pytest.LogCaptureFixture
) -> None:
    pages = await ingest(a=Catalogue(nonsense), b=Catalogue(record())).sync()
    assert list(pages) == ["amt/b"]
    assert "plugin test 1 failed in source amt/a" in caplog.text


@pytest.mark.parametrize("problems", [RuntimeError("huch"), [("place", "reason")], 5, [None]])
async def test_a_plugin_that_cannot_say_what_it_left_out_costs_nobody_the_catalogue(problems: object) -> None:
    one = Catalogue(record())
    one.problems = problems
    pages = await ingest(a=one, b=Catalogue(record())).sync()
    assert set(pages) == {"amt/a", "amt/b"}
    assert "plugin test 1" in pages["amt/a"].findings[0].reason


async def test_what_was_left_out_is_a_finding_in_the_tables_own_file() -> None:
    one = Catalogue(record())
    one.problems = [("a.csv: line 7, column id", "is empty.", "Give it an id.")]
    finding = (await ingest(a=one).sync())["amt/a"].findings[0]
    assert str(finding) == "a.csv: line 7, column id: is empty. Give it an id."


async def test_a_shadow_catalogue_is_not_shown() -> None:
    sources = Catalogues(a=Catalogue(record()))
    sources.mode = "shadow"
    assert await Ingest(sources, None).sync() == {}  # type: ignore[arg-type]  # stands for the open sources


async def test_catalogues_are_read_side_by_side() -> None:
    both = asyncio.Barrier(2)

    class Waiting(Catalogue):
        async def services(self) -> AsyncIterator[ServiceRecord]:
            await both.wait()
            yield record()

    assert len(await asyncio.wait_for(ingest(a=Waiting(), b=Waiting()).sync(), 5)) == 2


async def test_a_city_whose_sheet_disappears_shows_its_last_services_and_after_a_restart_too(tmp_path: Path) -> None:
    async with city(tmp_path) as town:
        before = [service.id for service in town.gateway.snapshot.services]
        (tmp_path / "departments" / "buergeramt.csv").unlink()
        await town.gateway.sync()
        assert [service.id for service in town.gateway.snapshot.services] == before
        assert "buergeramt/katalog" in town.gateway.snapshot.stale
        page = town.gateway.ingest.pages["buergeramt/katalog"]
    kept = Ingest(Catalogues(katalog=Catalogue(fails=Unavailable("weg"))), None)  # type: ignore[arg-type]  # stands for them
    assert await kept.sync() == {}
    again = SqliteStore(tmp_path / "data" / "durchwahl.db")
    try:
        restarted = ingest(again, katalog=Catalogue(fails=Unavailable("weg")))
        restarted.pages = {}
        assert (await restarted._last_good("buergeramt/katalog", Unavailable("weg"))).records == page.records  # type: ignore[union-attr]  # it is kept
    finally:
        await again.aclose()
