"""What takes long keeps nothing else from being done, and whoever has left with a 202 hears of the end."""

import asyncio
from email.message import EmailMessage
from pathlib import Path

import pytest

from durchwahl.booking import posting
from durchwahl.errors import Unavailable
from tests.booking.desk import Desk, at_rest, forgiven, later
from tests.booking.looking import ask, interval_of, rows, seen
from tests.booking.waiting import until
from tests.gateways import Outbox, bearer, city


class Slow(Outbox):
    """A mail server that answers when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Event()
        self.begun = 0

    async def send(self, message: EmailMessage) -> None:
        self.begun += 1
        await self.go.wait()
        await super().send(message)


async def test_mails_that_hang_keep_neither_holds_from_expiring_nor_calendars_from_being_written(
    tmp_path: Path,
) -> None:
    desk = Desk()
    config = desk.config(tmp_path)
    limits = 'data_dir = "data"\nholds_per_client = 1000\nbookings_per_client = 1000'
    config["gateway"] = config["gateway"].replace('data_dir = "data"', limits)
    async with city(tmp_path, **config) as here:
        here.gateway.context.outgoing = out = Slow()
        for number in range(40):
            slot = (await here.slots())[0]["slot"]
            assert (await here.book((await here.hold(slot)).json())).status_code in (201, 202), number
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        here.clock.forward(minutes=11)
        await until(here, f"SELECT state FROM booking WHERE id = '{hold['id']}'", [("expired",)])
        assert len(desk.entries) == 40
        out.go.set()
        await at_rest(here)
        assert len(out.to("erika@example.org")) == 40


async def test_a_mail_that_takes_long_is_waited_for_and_not_sent_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "DEADLINE", 0.02)
    async with city(tmp_path) as here:
        here.gateway.context.outgoing = out = Slow()
        await here.booked()
        await until(here, "SELECT attempts FROM step WHERE kind = 'mail' AND fence % 2 = 0", [(1,)])
        begun = out.begun
        for attempt in (2, 3):
            here.clock.forward(minutes=1)
            await until(here, "SELECT attempts FROM step WHERE kind = 'mail' AND fence % 2 = 0", [(attempt,)])
        assert out.begun == begun
        out.go.set()
        await later(here, minutes=2)
        assert len(out.to("erika@example.org")) == 1
        assert await rows(here, "SELECT * FROM step WHERE kind = 'mail'") == []


async def test_whoever_has_asked_for_a_move_that_fails_later_is_told_that_the_old_time_stands(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        slots = await here.slots()
        booking = await here.booked()
        await at_rest(here)
        sent = len(here.outbox.mails)
        desk.always["ensure"] = Unavailable("x")
        assert (await ask(here, booking, "reschedule", slot=slots[5]["slot"])).status_code == 202
        for _ in range(13):
            await later(here, minutes=1)
        assert (await seen(here, booking))["start"] == booking["start"]
        told = here.outbox.mails[sent:]
        assert ["bleibt" in str(mail["Subject"]) for mail in told] == [True]


async def test_whoever_hears_of_a_failed_move_in_the_answer_gets_no_mail_about_it(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        slots = await here.slots()
        booking = await here.booked()
        await at_rest(here)
        sent = len(here.outbox.mails)
        desk.meanwhile += [(lane, interval_of(slots[5])) for lane in ("platz-1", "platz-2")]
        assert (await ask(here, booking, "reschedule", slot=slots[5]["slot"])).status_code == 409
        await at_rest(here)
        assert here.outbox.mails[sent:] == []


async def test_corrections_do_not_prolong_the_ten_minutes_of_a_move(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        slots = await here.slots()
        booking = await here.booked()
        await at_rest(here)
        desk.always["ensure"] = Unavailable("x")
        await ask(here, booking, "reschedule", slot=slots[5]["slot"])
        for number in range(13):
            url = f"/v1/bookings/{booking['id']}/contact"
            person = {"phone": f"+49351123456{number:02}"}
            await here.client.post(url, json=person, headers=bearer(booking["manage_token"]))
            await later(here, minutes=1)
        assert await rows(here, "SELECT state FROM booking") == [("confirmed",)]


async def test_an_appointment_that_was_moving_when_it_ended_is_completed_all_the_same(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        booking = await here.booked()
        await at_rest(here)
        ((ends,),) = await rows(here, "SELECT ends FROM booking")
        forgiven(here)
        slots = await here.slots(**{"from": "2026-11-24"})
        here.clock.forward(milliseconds=ends - here.clock.milliseconds() - 21 * 60_000)
        desk.always["ensure"] = Unavailable("x")
        assert (await ask(here, booking, "reschedule", slot=slots[0]["slot"])).status_code == 202
        here.clock.forward(milliseconds=ends - here.clock.milliseconds() + 1)
        forgiven(here)
        await at_rest(here)
        for _ in range(3):
            await later(here, minutes=2)
        assert await rows(here, "SELECT state FROM booking") == [("completed",)]
