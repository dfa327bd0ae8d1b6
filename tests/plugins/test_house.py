from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from durchwahl.plugin import Appointment, FreeBusyCalendar, Interval, Lane, Placed
from durchwahl_plugins.house import HOUSE, HouseCalendar, HouseSettings, durchwahl_calendars
from tests.plugins.plain_toolbox import toolbox_in

NAME = "dw-house"
LANE = Lane("platz-1", languages=("de", "gsg"))
NINE = Interval(datetime(2026, 12, 1, 8, tzinfo=UTC), datetime(2026, 12, 1, 8, 20, tzinfo=UTC))
APPOINTMENT = Appointment(LANE, NINE, NINE, "Europe/Berlin", "Meldewesen", "AB12CD34")


@pytest.fixture
def calendar(tmp_path: Path) -> HouseCalendar:
    built = HOUSE.build(HouseSettings(), toolbox_in(tmp_path))
    assert isinstance(built, HouseCalendar)
    return built


def test_the_hook_offers_a_calendar() -> None:
    assert durchwahl_calendars() == [HOUSE]
    assert HOUSE.name == "house"
    assert issubclass(HouseCalendar, FreeBusyCalendar)


def test_the_journal_is_its_memory() -> None:
    assert HouseCalendar.capabilities.records == "journal"
    assert HouseCalendar.capabilities.find == "by_name"
    assert HouseCalendar.capabilities.hold == "gateway"


def test_there_is_nothing_to_set() -> None:
    assert HouseSettings().origins() == frozenset()
    with pytest.raises(ValidationError):
        HouseSettings.model_validate({"url": "https://www.example.org/"})


async def test_it_knows_no_busy_time_for_any_lane(calendar: HouseCalendar) -> None:
    await calendar.ensure(NAME, APPOINTMENT, None)
    assert await calendar.busy([LANE, Lane("platz-2")], NINE) == {"platz-1": (), "platz-2": ()}
    assert await calendar.occupants(LANE, NINE) == ()


async def test_a_repeat_places_the_same(calendar: HouseCalendar) -> None:
    first = await calendar.ensure(NAME, APPOINTMENT, None)
    assert first == Placed(ref={"lane": "platz-1"})
    assert await calendar.ensure(NAME, APPOINTMENT, first.ref) == first


async def test_what_the_journal_placed_is_found_by_its_ref(calendar: HouseCalendar) -> None:
    placed = await calendar.ensure(NAME, APPOINTMENT, None)
    assert await calendar.find(NAME, LANE, placed.ref) == placed
    assert await calendar.find(NAME, LANE, None) is None


async def test_deleting_is_always_done(calendar: HouseCalendar) -> None:
    await calendar.delete(NAME, {"lane": "platz-1"})
    await calendar.delete(NAME, None)
    await calendar.check()
    assert (await calendar.probe(())).records == "journal"
