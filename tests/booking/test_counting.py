"""Erasing leaves counts that name nobody: each booking once, in the transaction that throws its key away."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from durchwahl.booking.counting import LEADS, cells_of, lead_of, outcome_of
from durchwahl.booking.transitions import erase as erasing
from durchwahl.booking.transitions.erase import want_erasing
from durchwahl.store import journal
from durchwahl.store.cells import Cell
from tests.booking.desk import later
from tests.booking.looking import rows
from tests.booking.test_erasing import booked, erase, over
from tests.gateways import MONDAY, city
from tests.store.journals import booking

DAY = 86_400_000
MORNING = round(MONDAY.timestamp() * 1000)


def ended(state: str, **columns: Any) -> str | None:
    return outcome_of(booking(state=state, **columns))


async def test_an_erased_booking_is_counted_once_by_its_service_and_once_by_its_language(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        talk = await booked(here, language="gsg")
        await later(here, hours=2)
        await erase(here, talk)
        assert sorted(await rows(here, "SELECT * FROM daily_cell")) == [
            ("2026-11-23", "buergeramt", "", "", "gsg", "", "held", "unknown", 1),
            ("2026-11-23", "buergeramt", "buergeramt-meldebescheinigung", "video", "", "0", "held", "unknown", 1),
        ]


async def test_nothing_is_counted_before_it_is_erased(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        await over(here)
        assert await rows(here, "SELECT * FROM daily_cell") == []


async def test_erasing_again_counts_nothing_again(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        talk = await over(here)
        await erase(here, talk)
        known = await here.gateway.store.look(journal.booking_by_id, talk["id"])
        assert known is not None
        assert await here.gateway.store.write(want_erasing, known)
        assert await rows(here, "SELECT DISTINCT count FROM daily_cell") == [(1,)]


async def test_an_erasing_that_is_undone_is_not_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        raise sqlite3.IntegrityError("no")

    async with city(tmp_path) as here:
        talk = await over(here)
        monkeypatch.setattr(erasing.idempotency, "forget_answers", fails)
        with pytest.raises(sqlite3.IntegrityError):
            await erase(here, talk)
        assert await rows(here, "SELECT * FROM daily_cell") == []
        assert await rows(here, "SELECT key IS NULL FROM booking") == [(0,)]


async def test_equal_bookings_raise_one_cell(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        for place in range(3):
            await here.booked(place)
        await later(here, days=40)
        await here.gateway.retention.sweep()
        assert await rows(here, "SELECT count FROM daily_cell WHERE service <> ''") == [(3,)]


def test_a_booking_with_several_services_is_counted_by_each_of_them_and_once_by_its_language() -> None:
    both = booking(state="completed", services='[["amt-a", 2], ["amt-b", 1]]')
    assert [(cell.service, cell.language) for cell in cells_of(both)] == [("amt-a", ""), ("amt-b", ""), ("", "")]


def test_service_and_language_never_stand_in_one_cell() -> None:
    one = booking(state="completed", services='[["amt-a", 1]]', language="gsg", starts=MORNING, created=MORNING)
    assert not [cell for cell in cells_of(one) if cell.language and (cell.service or cell.channel or cell.lead)]


@pytest.mark.parametrize(
    ("state", "columns", "outcome"),
    [
        ("completed", {}, "held"),
        ("no_show", {}, "no_show"),
        ("cancelled", {}, "cancelled_by_citizen"),
        ("cancelled", {"failure": "office"}, "cancelled_by_office"),
        ("failed", {"failure": "taken"}, "failed"),
        ("refused", {}, "failed"),
        ("expired", {"personal": b"typed"}, "lapsed"),
    ],
)
def test_each_end_that_says_something_about_demand_is_counted(state: str, columns: Any, outcome: str) -> None:
    assert ended(state, **columns) == outcome


@pytest.mark.parametrize("state", ["expired", "released", "held", "confirmed", "unresolved", "cancelling"])
def test_who_only_looked_or_is_not_done_yet_is_not_counted(state: str) -> None:
    assert ended(state) is None
    assert cells_of(booking(state=state)) == []


@pytest.mark.parametrize(
    ("days", "lead"),
    [
        (0, "0"), (1, "1-2"), (2, "1-2"), (3, "3-7"), (7, "3-7"), (8, "8-14"),
        (14, "8-14"), (15, "15-30"), (30, "15-30"), (31, "31+"), (300, "31+"),
    ],
)  # fmt: skip
def test_how_early_somebody_booked_is_a_class_of_days(days: int, lead: str) -> None:
    assert lead in LEADS
    assert lead_of(booking(created=MORNING - days * DAY, wall_start="2026-11-23T09:00")) == lead


def test_the_day_before_begins_at_midnight_of_the_offices_clocks() -> None:
    late = round(MONDAY.replace(day=22, hour=22, minute=59).timestamp() * 1000)
    assert lead_of(booking(created=late, wall_start="2026-11-23T08:00")) == "1-2"
    assert lead_of(booking(created=late + 60_000, wall_start="2026-11-23T08:00")) == "0"


def test_a_cell_has_no_column_of_one_booking() -> None:
    assert set(Cell._fields).isdisjoint({"id", "reference", "starts", "lang", "client", "created"})
