"""`durchwahl reconcile` beside a real calendar, from which somebody has deleted one appointment, or all of them."""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from durchwahl.booking.reconcile.acting import Acting
from durchwahl.booking.reconcile.reconciler import Reconciler
from tests.gateways import DEPARTMENT, City, Clock, city, run_durchwahl
from tests.servers.caldav import DavClerk, DavServer, radicale

NUMBER = 4


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DavServer]:
    with radicale(Path(tmp_path_factory.mktemp("radicale"))) as running:
        yield running


@pytest.fixture
def clerk(server: DavServer) -> DavClerk:
    return DavClerk(server, server.new_collection())


@pytest.fixture
async def here(server: DavServer, clerk: DavClerk, tmp_path: Path) -> AsyncIterator[City]:
    (tmp_path / "password").write_text(server.password or "", encoding="utf-8")
    calendar = f"""
[sources.termine]
type = "caldav"
url = "{server.home}"
username = "{server.username}"
password = {{ file = "password" }}
[sources.termine.lanes.platz-1]
collection = "{clerk.collection}"
languages = ["de", "en", "gsg"]
[offers.meldewesen]"""
    start, end = DEPARTMENT.index("[sources.termine]"), DEPARTMENT.index("[offers.meldewesen]")
    department = DEPARTMENT[:start] + calendar + DEPARTMENT[end + len("[offers.meldewesen]") :]
    async with city(tmp_path, clock=Clock(datetime.now(UTC)), department=department) as running:
        for _ in range(NUMBER):
            await running.booked(place=-1)
        await running.settled()
        yield running


def compared(folder: Path, *words: str) -> tuple[int, list[dict[str, Any]]]:
    done = run_durchwahl("reconcile", "--json", *words, "--config", "gateway.toml", cwd=folder)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)["items"]


async def test_a_calendar_as_it_was_booked_has_no_difference(here: City, tmp_path: Path) -> None:
    done = run_durchwahl("reconcile", "--dry-run", "--config", "gateway.toml", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "4 appointments in 1 calendar compared; 0 differences.\n")


async def test_one_that_was_deleted_would_be_cancelled(here: City, clerk: DavClerk, tmp_path: Path) -> None:
    await clerk.remove(clerk.addresses()[0])
    code, (item,) = compared(tmp_path, "--dry-run")
    assert (code, item["kind"], item["needs_staff"]) == (0, "missing", False)
    assert item["follows"] == "it is cancelled in 10 min, if it is still so, its citizen is told"
    assert item["reference"]


async def test_a_dry_run_changes_nothing(here: City, clerk: DavClerk, tmp_path: Path) -> None:
    await clerk.remove(clerk.addresses()[0])
    before = await everything(here)
    compared(tmp_path, "--dry-run")
    assert await everything(here) == before


async def test_an_emptied_calendar_waits_for_somebody_who_looks(here: City, clerk: DavClerk, tmp_path: Path) -> None:
    for event in clerk.addresses():
        await clerk.remove(event)
    code, items = compared(tmp_path)
    assert (code, [one["kind"] for one in items]) == (3, ["missing"] * NUMBER)
    assert {one["follows"] for one in items} == {"nothing before --release: 4 of 4 are missing at once"}
    assert {row[0] for row in await here.gateway.store.read(lambda tx: tx.rows("SELECT state FROM booking"))} == {
        "confirmed"
    }


async def test_what_somebody_has_looked_at_is_said_no_more(here: City, clerk: DavClerk, tmp_path: Path) -> None:
    clerk.copy_as("dw-" + "a" * 32)
    code, (item,) = compared(tmp_path)
    assert (code, item["kind"]) == (3, "unknown")
    assert compared(tmp_path, "--looked-at", item["name"]) == (0, [])


async def test_the_booking_follows_an_event_that_was_moved_and_the_event_says_so(
    here: City, clerk: DavClerk, tmp_path: Path
) -> None:
    before = {row[0] for row in await here.gateway.store.read(lambda tx: tx.rows("SELECT starts FROM booking"))}
    clerk.move(clerk.addresses()[0], timedelta(days=-1))
    code, (item,) = compared(tmp_path, "--dry-run")
    assert (code, item["kind"]) == (0, "moved")
    source = here.gateway.sources.open["buergeramt/termine"]
    for _ in range(2):
        findings = await Reconciler(here.gateway.context).look(source)
        await Acting(here.gateway.context).act(findings)
        here.clock.forward(minutes=11)
    await here.settled()
    after = {row[0] for row in await here.gateway.store.read(lambda tx: tx.rows("SELECT starts FROM booking"))}
    assert len(after - before) == 1
    assert sum("SEQUENCE:1" in text for text in clerk.texts()) == 1
    assert (await Reconciler(here.gateway.context).look(source)).found == []


async def everything(here: City) -> list[Any]:
    tables = ("booking", "placement", "unit_slot", "step", "doubt")
    return [await here.gateway.store.read(lambda tx, one=one: tx.rows(f"SELECT * FROM {one}")) for one in tables]
