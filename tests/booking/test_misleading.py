"""A refusal says what is the matter, and what changes nothing is no error."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from durchwahl.errors import Rejected
from tests.booking.desk import Desk, Hanging, at_rest, impatient
from tests.booking.looking import ask, rows, seen
from tests.gateways import City, bearer, city, key


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def extended(here: City, hold: dict[str, Any]) -> httpx.Response:
    return await here.client.post(f"/v1/holds/{hold['id']}/extend", headers=bearer(hold["token"]))


async def test_a_hold_that_is_booked_is_not_said_to_have_expired(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        await here.book(hold)
        assert said(await extended(here, hold)) == (409, "already-booked")


async def test_a_hold_that_is_being_booked_is_not_said_to_have_expired(tmp_path: Path) -> None:
    desk, hanging = Desk(), Hanging()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        desk.will("ensure", hanging)
        with impatient():
            await here.book(hold)
        assert said(await extended(here, hold)) == (409, "already-booked")
        hanging.go.set()
        await at_rest(here)


async def test_after_cancelling_hold_and_booking_say_that_it_was_cancelled(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        booking = (await here.book(hold)).json()
        await ask(here, booking, "cancel")
        again = await here.book(hold)
        assert said(again) == (409, "booking-cancelled")
        assert "abgesagt" in again.json()["title"]
        assert said(await extended(here, hold)) == (409, "booking-cancelled")


async def test_a_hold_whose_booking_failed_can_be_continued_and_is_not_said_to_be_booked(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        desk.will("ensure", Rejected("no"))
        assert said(await here.book(hold)) == (409, "slot-taken")
        await at_rest(here)
        again = await here.book(hold)
        assert said(again) == (410, "hold-expired")
        assert again.json()["alternatives"]
        assert said(await extended(here, hold)) == (410, "hold-expired")


async def test_contact_data_of_a_cancelled_appointment_are_refused_because_it_was_cancelled(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        await ask(here, booking, "cancel")
        headers = bearer(booking["manage_token"])
        url = f"/v1/bookings/{booking['id']}/contact"
        answer = await here.client.post(url, json={"email": "neu@example.org"}, headers=headers)
        assert said(answer) == (409, "booking-cancelled")
        english = await here.client.post(url, json={"email": "neu@example.org"}, params={"lang": "en"}, headers=headers)
        assert "cancelled" in english.json()["detail"]


async def test_contact_data_of_an_appointment_that_is_over_are_refused_without_a_word_of_moving(
    tmp_path: Path,
) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        here.clock.forward(hours=6)
        await at_rest(here)
        url, headers = f"/v1/bookings/{booking['id']}/contact", bearer(booking["manage_token"])
        answer = await here.client.post(url, json={"email": "neu@example.org"}, headers=headers)
        assert said(answer) == (409, "not-reschedulable")
        assert "geändert" in answer.json()["title"]


@pytest.mark.parametrize("is_house", [True, False])
async def test_moving_to_ones_own_time_changes_nothing_and_is_answered_with_the_booking(
    tmp_path: Path, is_house: bool
) -> None:
    desk = Desk()
    config = {} if is_house else desk.config(tmp_path)
    async with city(tmp_path, **config) as here:
        slots = await here.slots()
        booking = await here.booked()
        await at_rest(here)
        mails, calls = len(here.outbox.mails), len(desk.calls)
        before = await rows(here, "SELECT * FROM booking")
        headers = {**bearer(booking["manage_token"]), **key()}
        url = f"/v1/bookings/{booking['id']}/reschedule"
        answers = [await here.client.post(url, json={"slot": slots[0]["slot"]}, headers=headers) for _ in range(2)]
        assert [one.status_code for one in answers] == [200, 200]
        assert answers[0].content == answers[1].content
        assert answers[0].json() == await seen(here, booking)
        await at_rest(here)
        assert await rows(here, "SELECT * FROM booking") == before
        assert (len(here.outbox.mails), desk.said("ensure")) == (mails, 0 if is_house else 1)
        assert len(desk.calls) == calls


async def test_the_key_of_a_move_to_ones_own_time_is_spent(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots()
        booking = await here.booked()
        headers = {**bearer(booking["manage_token"]), **key()}
        url = f"/v1/bookings/{booking['id']}/reschedule"
        await here.client.post(url, json={"slot": slots[0]["slot"]}, headers=headers)
        other = await here.client.post(url, json={"slot": slots[5]["slot"]}, headers=headers)
        assert said(other) == (422, "idempotency-key-reused")


async def test_a_repeated_move_is_the_first_answer_and_not_a_move_to_ones_own_time(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots()
        booking = await here.booked()
        headers = {**bearer(booking["manage_token"]), **key()}
        url = f"/v1/bookings/{booking['id']}/reschedule"
        answers = [await here.client.post(url, json={"slot": slots[5]["slot"]}, headers=headers) for _ in range(2)]
        assert answers[0].content == answers[1].content
