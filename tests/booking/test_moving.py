"""Moving a booking: at every moment the citizen has an appointment, and never two."""

from pathlib import Path

import pytest

from durchwahl.errors import Invalid, NotSent, OutcomeUnknown, Refused, Rejected, Unavailable
from tests.booking.desk import Desk, Hanging, Lost, at_rest, forgiven, impatient, later
from tests.booking.looking import ask, interval_of, rows, seen, status_of
from tests.gateways import bearer, city, key

pytestmark = pytest.mark.usefixtures("on_both")


async def test_a_moved_booking_stands_at_its_new_time_only(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        slots = await here.slots()
        booking = await here.booked()
        answer = await ask(here, booking, "reschedule", slot=slots[5]["slot"])
        assert (answer.status_code, answer.json()["start"]) == (200, slots[5]["start"])
        assert (answer.json()["end"], answer.json()["manage_token"]) == (slots[5]["end"], booking["manage_token"])
        await at_rest(here)
        assert [entry.talk for entry in desk.entries.values()] == [interval_of(slots[5])]
        assert [entry.sequence for entry in desk.entries.values()] == [1]
        assert len(await rows(here, "SELECT * FROM placement")) == 1


async def test_a_move_to_a_taken_time_keeps_the_old_one_and_leaves_nothing(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        slots = await here.slots()
        booking = await here.booked()
        for lane in ("platz-1", "platz-2"):
            desk.foreign.append((lane, interval_of(slots[5])))
        answer = await ask(here, booking, "reschedule", slot=slots[5]["slot"])
        assert (answer.status_code, answer.json()["code"]) == (409, "slot-taken")
        assert answer.json()["alternatives"]
        await at_rest(here)
        after = await seen(here, booking)
        assert (after["status"], after["start"]) == ("confirmed", booking["start"])
        assert [entry.talk for entry in desk.entries.values()] == [interval_of(slots[0])]
        assert len(await rows(here, "SELECT * FROM placement")) == 1


async def test_a_clerk_who_writes_between_the_reads_of_a_move_wins(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        slots = await here.slots()
        booking = await here.booked()
        desk.meanwhile += [(lane, interval_of(slots[5])) for lane in ("platz-1", "platz-2")]
        answer = await ask(here, booking, "reschedule", slot=slots[5]["slot"])
        assert answer.status_code == 409
        await at_rest(here)
        assert [entry.talk for entry in desk.entries.values()] == [interval_of(slots[0])]
        assert (await seen(here, booking))["start"] == booking["start"]


@pytest.mark.parametrize(
    "error",
    [NotSent("down"), Lost(), Invalid("garbage"), Refused("no")],
    ids=lambda error: type(error).__name__,
)
async def test_a_move_that_fails_for_a_while_is_a_202_at_the_old_time_and_succeeds_later(
    tmp_path: Path, error: Exception
) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        slots = await here.slots()
        booking = await here.booked()
        desk.will("ensure", error)
        answer = await ask(here, booking, "reschedule", slot=slots[5]["slot"])
        assert (answer.status_code, answer.json()["start"]) == (202, booking["start"])
        assert answer.json()["status"] == "confirmed"
        assert answer.headers["location"].endswith(f"/v1/bookings/{booking['id']}")
        await later(here, minutes=2)
        assert (await seen(here, booking))["start"] == slots[5]["start"]
        assert [entry.talk for entry in desk.entries.values()] == [interval_of(slots[5])]


async def test_a_move_that_never_succeeds_keeps_the_old_time_and_leaves_nothing(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        slots = await here.slots()
        booking = await here.booked()
        desk.always["ensure"] = Lost()
        answer = await ask(here, booking, "reschedule", slot=slots[5]["slot"])
        assert answer.status_code == 202
        await later(here, minutes=10, seconds=1)
        desk.always.clear()
        await later(here, minutes=2)
        after = await seen(here, booking)
        assert (after["status"], after["start"]) == ("confirmed", booking["start"])
        assert [entry.talk for entry in desk.entries.values()] == [interval_of(slots[0])]
        assert len(await rows(here, "SELECT * FROM placement")) == 1


async def test_a_booking_can_be_moved_again_after_a_move_that_failed(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        slots = await here.slots()
        booking = await here.booked()
        desk.will("ensure", Rejected("no"))
        assert (await ask(here, booking, "reschedule", slot=slots[5]["slot"])).status_code == 409
        assert (await ask(here, booking, "reschedule", slot=slots[6]["slot"])).status_code == 200
        await at_rest(here)
        assert [entry.talk for entry in desk.entries.values()] == [interval_of(slots[6])]


async def test_cancelling_while_moving_leaves_neither_time(tmp_path: Path) -> None:
    desk, hanging = Desk(), Hanging()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        slots = await here.slots()
        booking = await here.booked()
        desk.will("ensure", hanging)
        with impatient():
            moving = await ask(here, booking, "reschedule", slot=slots[5]["slot"])
            gone = await ask(here, booking, "cancel")
        assert (moving.status_code, gone.json()["status"]) == (202, "cancelled")
        await hanging.asked.wait()
        hanging.go.set()
        for _ in range(4):
            await later(here, seconds=2)
        assert desk.entries == {}
        assert await rows(here, "SELECT * FROM placement") == []
        assert await rows(here, "SELECT * FROM unit_slot") == []
        assert await rows(here, "SELECT state FROM booking") == [("cancelled",)]


async def test_the_old_time_is_removed_from_the_calendar_until_it_is_gone(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        slots = await here.slots()
        booking = await here.booked()
        desk.will("delete", Unavailable("1"), OutcomeUnknown("2"))
        await ask(here, booking, "reschedule", slot=slots[5]["slot"])
        await at_rest(here)
        assert len(desk.entries) == 2
        for _ in range(3):
            await later(here, minutes=1)
        assert [entry.talk for entry in desk.entries.values()] == [interval_of(slots[5])]
        forgiven(here)
        assert (await here.slots())[0]["remaining"] == 2


async def test_while_a_booking_moves_it_cannot_be_moved_again(tmp_path: Path) -> None:
    desk, hanging = Desk(), Hanging()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        slots = await here.slots()
        booking = await here.booked()
        desk.will("ensure", hanging)
        with impatient():
            await ask(here, booking, "reschedule", slot=slots[5]["slot"])
            second = await ask(here, booking, "reschedule", slot=slots[6]["slot"])
        assert (second.status_code, second.json()["code"]) == (409, "not-reschedulable")
        await hanging.asked.wait()
        hanging.go.set()
        await at_rest(here)
        assert (await seen(here, booking))["start"] == slots[5]["start"]


async def test_contact_data_corrected_while_a_booking_moves_stop_neither(tmp_path: Path) -> None:
    desk, hanging = Desk(), Hanging()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        slots = await here.slots()
        booking = await here.booked()
        desk.will("ensure", hanging)
        with impatient():
            await ask(here, booking, "reschedule", slot=slots[5]["slot"])
        headers = bearer(booking["manage_token"])
        url = f"/v1/bookings/{booking['id']}/contact"
        assert (await here.client.post(url, json={"email": "neu@example.org"}, headers=headers)).status_code == 200
        await hanging.asked.wait()
        hanging.go.set()
        for _ in range(3):
            await later(here, seconds=2)
        after = await seen(here, booking)
        assert (after["status"], after["start"]) == ("confirmed", slots[5]["start"])
        assert [entry.talk for entry in desk.entries.values()] == [interval_of(slots[5])]
        assert here.outbox.to("neu@example.org")


async def test_the_mails_of_a_move_are_one_change_and_no_second_confirmation(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots()
        booking = await here.booked()
        await at_rest(here)
        await ask(here, booking, "reschedule", slot=slots[5]["slot"])
        await at_rest(here)
        files = [mail.get_payload()[1].get_payload(decode=True) for mail in here.outbox.to("erika@example.org")]
        assert [b"SEQUENCE:0" in files[0], b"SEQUENCE:1" in files[1], len(files)] == [True, True, 2]
        uids = {line for file in files for line in file.split(b"\r\n") if line.startswith(b"UID:")}
        assert len(uids) == 1


async def test_a_booking_that_is_over_can_neither_be_moved_nor_cancelled(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        here.clock.forward(hours=6)
        await at_rest(here)
        slots = await here.slots()
        moved = await ask(here, booking, "reschedule", slot=slots[3]["slot"])
        gone = await ask(here, booking, "cancel")
        assert [(moved.status_code, moved.json()["code"]), (gone.status_code, gone.json()["code"])] == [
            (409, "not-reschedulable"),
            (409, "not-cancellable"),
        ]
        assert await status_of(here, booking) == "completed"


async def test_a_slot_for_something_else_is_refused_with_its_pointer(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        other = (await here.slots("buergeramt-suchtberatung"))[0]
        answer = await here.client.post(
            f"/v1/bookings/{booking['id']}/reschedule",
            json={"slot": other["slot"]},
            headers={**bearer(booking["manage_token"]), **key()},
        )
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/slot")
