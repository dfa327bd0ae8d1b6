"""Booking into real calendars: what a clerk sees, and what happens when a clerk is quicker."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

import pytest
from pydantic import JsonValue

from durchwahl.model.booking import Appointment, Placed
from durchwahl.plugin import Interval
from tests.gateways import DEPARTMENT, City, bearer, city, key
from tests.servers.caldav import DavClerk, DavServer, radicale, xandikos

SERVERS = {"radicale": radicale, "xandikos": xandikos}


@pytest.fixture(scope="module", params=list(SERVERS))
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DavServer]:
    start: AbstractContextManager[DavServer] = SERVERS[request.param](Path(tmp_path_factory.mktemp(request.param)))
    with start as running:
        yield running


@pytest.fixture
def clerk(server: DavServer) -> DavClerk:
    return DavClerk(server, server.new_collection())


@pytest.fixture
async def here(server: DavServer, clerk: DavClerk, tmp_path: Path) -> AsyncIterator[City]:
    account = ""
    if server.password:
        (tmp_path / "password").write_text(server.password, encoding="utf-8")
        account = f'username = "{server.username}"\npassword = {{ file = "password" }}'
    calendar = f"""
[sources.termine]
type = "caldav"
url = "{server.home}"
{account}
[sources.termine.lanes.platz-1]
collection = "{clerk.collection}"
languages = ["de", "en", "gsg"]
[offers.meldewesen]"""
    start, end = DEPARTMENT.index("[sources.termine]"), DEPARTMENT.index("[offers.meldewesen]")
    department = DEPARTMENT[:start] + calendar + DEPARTMENT[end + len("[offers.meldewesen]") :]
    async with city(tmp_path, department=department) as running:
        assert not running.settings.findings
        assert not running.gateway.sources.findings
        yield running


def span(slot: dict[str, str]) -> Interval:
    return Interval(datetime.fromisoformat(slot["start"]), datetime.fromisoformat(slot["end"]))


async def test_a_booking_appears_as_an_event_and_cancelling_removes_it(here: City, clerk: DavClerk) -> None:
    booking = await here.booked()
    [event] = clerk.texts()
    assert "SUMMARY:Meldebescheinigung" in event
    assert booking["reference"] in event
    assert "CLASS:CONFIDENTIAL" in event
    await here.client.post(f"/v1/bookings/{booking['id']}/cancel", headers={**bearer(booking["manage_token"]), **key()})
    await here.settled()
    assert clerk.texts() == []


async def test_an_event_that_a_clerk_adds_takes_its_time_out_of_the_slots(here: City, clerk: DavClerk) -> None:
    first = (await here.slots())[0]
    event = await clerk.add(span(first))
    here.gateway.occupations.forget("buergeramt/termine")
    assert first["start"] not in [slot["start"] for slot in await here.slots()]
    await clerk.remove(event)
    here.gateway.occupations.forget("buergeramt/termine")
    assert first["start"] in [slot["start"] for slot in await here.slots()]


async def test_a_clerk_who_was_there_before_the_confirmation_wins(here: City, clerk: DavClerk) -> None:
    first = (await here.slots())[0]
    hold = (await here.hold(first["slot"])).json()
    await clerk.add(span(first))
    answer = await here.book(hold)
    assert (answer.status_code, answer.json()["code"]) == (409, "slot-taken")
    assert len(clerk.texts()) == 1


async def test_a_clerk_between_the_two_reads_of_the_confirm_protocol_wins_and_nothing_of_ours_is_left(
    here: City, clerk: DavClerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = (await here.slots())[0]
    hold = (await here.hold(first["slot"])).json()
    calendar = here.gateway.sources.open["buergeramt/termine"].source
    ensure = calendar.ensure  # type: ignore[attr-defined]  # it is a free/busy calendar

    async def ensure_then_clerk(name: str, appointment: Appointment, ref: JsonValue) -> Placed:
        placed: Placed = await ensure(name, appointment, ref)
        assert len(clerk.texts()) == 1
        await clerk.add(span(first))
        return placed

    monkeypatch.setattr(calendar, "ensure", ensure_then_clerk)
    answer = await here.book(hold)
    assert (answer.status_code, answer.json()["code"]) == (409, "slot-taken")
    assert answer.json()["alternatives"]
    [left] = clerk.texts()
    assert "Team meeting" in left


async def test_moving_leaves_one_event_at_the_new_time(here: City, clerk: DavClerk) -> None:
    booking = await here.booked()
    other = (await here.slots())[3]
    answer = await here.client.post(
        f"/v1/bookings/{booking['id']}/reschedule",
        json={"slot": other["slot"]},
        headers={**bearer(booking["manage_token"]), **key()},
    )
    assert answer.json()["start"] == other["start"]
    await here.settled()
    [event] = clerk.texts()
    assert f"{datetime.fromisoformat(other['start']):%Y%m%dT%H%M%S}" in event


async def test_a_mode_that_only_reads_books_nothing(server: DavServer, clerk: DavClerk, tmp_path: Path) -> None:
    department = DEPARTMENT.replace('type = "house"', 'type = "house"\nmode = "read_only"')
    async with city(tmp_path, department=department) as running:
        answer = await running.client.get("/v1/services/buergeramt-meldebescheinigung")
        assert [channel["bookable"] for channel in answer.json()["channels"]] == [False, False]
