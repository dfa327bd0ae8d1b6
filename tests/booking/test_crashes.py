"""A gateway that ends in the middle goes on where it stood: everything it has to know is in the journal."""

import asyncio
from pathlib import Path

import pytest

from durchwahl.store import steps
from tests.booking.desk import Desk, Hanging, Lost, at_rest, crash, impatient, later
from tests.booking.looking import ask, interval_of, rows, seen, status_of
from tests.gateways import Clock, Outbox, bearer, city, key

pytestmark = pytest.mark.usefixtures("on_both")

LEASE = {"milliseconds": steps.LEASE + 1_000}


@pytest.mark.parametrize("method", ["occupants", "ensure"])
async def test_a_booking_that_was_being_confirmed_is_confirmed_after_a_restart(tmp_path: Path, method: str) -> None:
    desk, clock, hanging = Desk(), Clock(), Hanging()
    config = desk.config(tmp_path)
    async with city(tmp_path, clock=clock, **config) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        desk.will(method, hanging)
        with impatient():
            booking = (await here.book(hold)).json()
        await hanging.asked.wait()
        await crash(here)
    assert desk.entries == {}
    async with city(tmp_path, clock=clock, **config) as here:
        assert await status_of(here, booking) == "pending"
        await later(here, **LEASE)
        assert await status_of(here, booking) == "confirmed"
        assert len(desk.entries) == 1
        assert len(here.outbox.to("erika@example.org")) == 1


async def test_what_was_written_just_before_a_crash_is_found_and_not_written_twice(tmp_path: Path) -> None:
    desk, clock, hanging = Desk(), Clock(), Hanging()
    config = desk.config(tmp_path)
    async with city(tmp_path, clock=clock, **config) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        desk.will("occupants", Lost(), hanging)  # the second reading, after the write
        with impatient():
            booking = (await here.book(hold)).json()
        await hanging.asked.wait()
        await crash(here)
    assert len(desk.entries) == 1
    async with city(tmp_path, clock=clock, **config) as here:
        await later(here, **LEASE)
        assert await status_of(here, booking) == "confirmed"
        assert len(desk.entries) == 1


async def test_an_appointment_cancelled_before_a_crash_is_gone_after_it(tmp_path: Path) -> None:
    desk, clock, hanging = Desk(), Clock(), Hanging()
    config = desk.config(tmp_path)
    async with city(tmp_path, clock=clock, **config) as here:
        booking = await here.booked()
        desk.will("delete", hanging)
        with impatient():
            gone = await ask(here, booking, "cancel")
        assert gone.json()["status"] == "cancelled"
        await hanging.asked.wait()
        await crash(here)
    assert len(desk.entries) == 1
    async with city(tmp_path, clock=clock, **config) as here:
        assert await status_of(here, booking) == "cancelled"
        await later(here, **LEASE)
        assert desk.entries == {}
        assert await rows(here, "SELECT * FROM unit_slot") == []


async def test_a_move_that_a_crash_interrupted_is_finished_after_it(tmp_path: Path) -> None:
    desk, clock, hanging = Desk(), Clock(), Hanging()
    config = desk.config(tmp_path)
    async with city(tmp_path, clock=clock, **config) as here:
        slots = await here.slots()
        booking = await here.booked()
        desk.will("ensure", hanging)
        with impatient():
            await ask(here, booking, "reschedule", slot=slots[5]["slot"])
        await hanging.asked.wait()
        await crash(here)
    async with city(tmp_path, clock=clock, **config) as here:
        await later(here, **LEASE)
        assert (await seen(here, booking))["start"] == slots[5]["start"]
        assert [entry.talk for entry in desk.entries.values()] == [interval_of(slots[5])]


async def test_a_hold_outlives_a_crash_and_can_be_booked(tmp_path: Path) -> None:
    clock = Clock()
    async with city(tmp_path, clock=clock) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        await crash(here)
    async with city(tmp_path, clock=clock) as here:
        assert (await here.slots())[0]["remaining"] == 1
        assert (await here.book(hold)).status_code == 201


async def test_a_mail_that_could_not_be_sent_before_a_crash_is_sent_once_after_it(tmp_path: Path) -> None:
    clock = Clock()
    async with city(tmp_path, clock=clock) as here:
        here.gateway.context.outgoing = Stuck()
        await here.booked()
        await crash(here)
    async with city(tmp_path, clock=clock) as here:
        await later(here, **LEASE)
        assert len(here.outbox.to("erika@example.org")) == 1


async def test_a_gateway_that_stops_finishes_what_a_citizen_has_left_to_it(tmp_path: Path) -> None:
    desk, clock, hanging = Desk(), Clock(), Hanging()
    config = desk.config(tmp_path)
    async with city(tmp_path, clock=clock, **config) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        desk.will("ensure", hanging)
        with impatient():
            booking = (await here.book(hold)).json()
        await hanging.asked.wait()
        asyncio.get_running_loop().call_later(0.1, hanging.go.set)
    async with city(tmp_path, clock=clock, **config) as here:
        assert await status_of(here, booking) == "confirmed"
        assert len(desk.entries) == 1


async def test_a_gateway_stops_also_when_it_is_woken_at_that_very_moment(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        for _ in range(20):
            await asyncio.sleep(0)
        here.gateway.context.wake.set()
        await asyncio.sleep(0)
        async with asyncio.timeout(5):
            await here.gateway.stop()


async def test_two_gateways_in_turn_on_one_journal_send_each_mail_once(tmp_path: Path) -> None:
    clock = Clock()
    sent = 0
    async with city(tmp_path, clock=clock) as here:
        booking = await here.booked(20)
        await at_rest(here)
        sent += len(here.outbox.to("erika@example.org"))
    async with city(tmp_path, clock=clock) as here:
        await later(here, minutes=5)
        sent += len(here.outbox.to("erika@example.org"))
        await here.client.post(
            f"/v1/bookings/{booking['id']}/cancel", headers={**bearer(booking["manage_token"]), **key()}
        )
        await at_rest(here)
        sent += len(here.outbox.to("erika@example.org"))
    assert sent == 2


class Stuck(Outbox):
    """A mail server that takes no mail and gives no answer."""

    async def send(self, message: object) -> None:
        await asyncio.Event().wait()
