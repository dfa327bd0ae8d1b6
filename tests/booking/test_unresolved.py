"""A write of which nobody hears the end: found first where the system can be asked, never repeated where it cannot."""

from datetime import timedelta
from pathlib import Path

import pytest

from durchwahl.errors import NotSent, OutcomeUnknown
from tests.booking.desk import Desk, Hanging, Lost, at_rest, crash, impatient, later
from tests.booking.looking import ask, interval_of, rows, seen, status_of
from tests.booking.waiting import lease_over, that_can
from tests.gateways import Clock, city


@pytest.mark.parametrize("find", ["none", "by_ref"])
async def test_where_nothing_can_be_found_an_unknown_outcome_is_never_repeated(
    tmp_path: Path, find: str, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        with that_can(here, find=find):
            hold = (await here.hold((await here.slots())[0]["slot"])).json()
            desk.will("ensure", Lost())
            answer = await here.book(hold)
            assert (answer.status_code, answer.json()["status"]) == (202, "pending")
            await at_rest(here)
            for _ in range(15):
                await later(here, minutes=1)
            assert desk.said("ensure") == 1
            assert await status_of(here, answer.json()) == "pending"
            assert await rows(here, "SELECT state FROM booking") == [("unresolved",)]
            assert len(await rows(here, "SELECT * FROM placement")) == 1
            assert caplog.text.count("is unresolved, please look there") == 1
            told = [str(mail["Subject"]) for mail in here.outbox.to("erika@example.org")]
            assert ["ungewiss" in subject for subject in told] == [True], told
            metrics = (await here.client.get("/metrics")).text
            assert 'durchwahl_bookings{state="unresolved"} 1' in metrics.splitlines()


async def test_an_unresolved_booking_is_given_up_when_the_system_itself_drops_it(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        with that_can(here, find="none", hold_lifetime=timedelta(minutes=31)):
            hold = (await here.hold((await here.slots())[0]["slot"])).json()
            desk.will("ensure", OutcomeUnknown("lost"))
            booking = (await here.book(hold)).json()
            await later(here, minutes=30)
            assert await rows(here, "SELECT state FROM booking") == [("unresolved",)]
            await later(here, minutes=1, seconds=1)
            assert (await seen(here, booking))["status"] == "failed"
            assert await rows(here, "SELECT * FROM unit_slot") == []


async def test_a_crash_in_the_middle_of_a_write_is_an_unknown_outcome_too(tmp_path: Path) -> None:
    desk, clock, hanging = Desk(), Clock(), Hanging()
    config = desk.config(tmp_path)
    async with city(tmp_path, clock=clock, **config) as here:
        with that_can(here, find="none"):
            hold = (await here.hold((await here.slots())[0]["slot"])).json()
            desk.will("ensure", hanging)
            with impatient():
                await here.book(hold)
            await hanging.asked.wait()
            await crash(here)
    async with city(tmp_path, clock=clock, **config) as here:
        with that_can(here, find="none"):
            await lease_over(here)
            await at_rest(here)
            assert await rows(here, "SELECT state FROM booking") == [("unresolved",)]
            assert desk.said("ensure") == 1


async def test_what_has_surely_not_happened_is_repeated_also_where_nothing_can_be_found(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        with that_can(here, find="none"):
            hold = (await here.hold((await here.slots())[0]["slot"])).json()
            desk.will("ensure", NotSent("down"))
            booking = (await here.book(hold)).json()
            await later(here, minutes=1)
            assert await status_of(here, booking) == "confirmed"


async def test_a_write_whose_answer_was_lost_is_looked_for_before_it_is_repeated(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        desk.will("ensure", Lost())
        await here.book(hold)
        await later(here, seconds=2)
        asked = [method for method, _ in desk.calls if method in ("ensure", "find")]
        assert asked == ["ensure", "find", "ensure"]
        assert await rows(here, "SELECT state FROM booking") == [("confirmed",)]


async def test_what_a_search_does_not_find_is_believed_after_half_a_minute_only(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        with that_can(here, find="by_marker"):
            hold = (await here.hold((await here.slots())[0]["slot"])).json()
            desk.will("ensure", OutcomeUnknown("lost"))
            await here.book(hold)
            await later(here, seconds=10)
            assert desk.said("ensure") == 1
            await later(here, seconds=30)
            assert desk.said("ensure") == 2
            assert await rows(here, "SELECT state FROM booking") == [("confirmed",)]


async def test_a_move_of_unknown_outcome_keeps_the_old_time_and_both_places(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        with that_can(here, find="none"):
            slots = await here.slots()
            booking = await here.booked()
            await at_rest(here)
            desk.will("ensure", Lost())
            await ask(here, booking, "reschedule", slot=slots[5]["slot"])
            await later(here, minutes=5)
            after = await seen(here, booking)
            assert (after["status"], after["start"]) == ("confirmed", booking["start"])
            assert len(await rows(here, "SELECT * FROM placement")) == 2
            assert interval_of(slots[5]) in [entry.talk for entry in desk.entries.values()]
