"""Who was told to wait hears afterwards why nothing came of it, and what is free instead."""

from pathlib import Path

from durchwahl.errors import Unavailable
from tests.booking.desk import Desk, Hanging, at_rest, impatient, later
from tests.booking.looking import interval_of, seen
from tests.gateways import city


async def test_a_booking_that_failed_after_a_202_gives_its_reason_and_the_nearest_slots(tmp_path: Path) -> None:
    desk, hanging = Desk(), Hanging()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        slots = await here.slots(language="gsg")
        hold = (await here.hold(slots[0]["slot"])).json()
        desk.will("occupants", hanging)
        with impatient():
            answer = await here.book(hold)
        booking = answer.json()
        assert (answer.status_code, booking["reason"], booking["alternatives"]) == (202, None, [])
        desk.foreign += [(lane, interval_of(slots[0])) for lane in ("platz-1", "platz-2")]
        hanging.go.set()
        await later(here, minutes=1)
        shown = await seen(here, booking)
        assert (shown["status"], shown["reason"]) == ("failed", "taken")
        assert [one["start"] for one in shown["alternatives"]] == [one["start"] for one in slots[1:6]]
        assert all("gsg" in one["languages"] for one in shown["alternatives"])
        assert (await here.hold(shown["alternatives"][0]["slot"])).status_code == 201


async def test_a_booking_that_stands_offers_nothing_else(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        assert (await seen(here, await here.booked()))["alternatives"] == []


async def test_a_calendar_that_stays_away_is_the_reason(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        slots = [slot for slot in await here.slots() if slot["start"] > "2026-11-24"]
        hold = (await here.hold(slots[0]["slot"])).json()
        desk.always["ensure"] = Unavailable("away")
        with impatient():
            booking = (await here.book(hold)).json()
        await later(here, minutes=11)
        desk.always.clear()
        await at_rest(here)
        shown = await seen(here, booking)
        assert (shown["status"], shown["reason"]) == ("failed", "unavailable")
        assert shown["alternatives"]
