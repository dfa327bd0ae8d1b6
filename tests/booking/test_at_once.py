"""A booking in the journal's own calendar is decided in one transaction, on what was seen just before it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.booking.looking import rows
from tests.gateways import City, bearer, city, key

pytestmark = pytest.mark.usefixtures("on_both")


def after_the_first_look(here: City, monkeypatch: pytest.MonkeyPatch, meddle: Callable[[], Awaitable[None]]) -> None:
    """Let something happen between what a request sees and what it writes."""
    store, looks = here.gateway.store, [meddle]
    plain = store.look

    async def meddled(*args: Any, **kwargs: Any) -> Any:
        seen = await plain(*args, **kwargs)
        if getattr(args[0], "__name__", "") == "authentic" and looks:
            await looks.pop()()
        return seen

    monkeypatch.setattr(store, "look", meddled)


async def test_a_booking_is_confirmed_without_a_step_of_its_own(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        assert await rows(here, "SELECT state, version, expires FROM booking") == [("confirmed", 2, None)]
        assert await rows(here, "SELECT 1 FROM step WHERE kind IN ('confirm', 'expire')") == []
        assert booking["status"] == "confirmed"


async def test_a_hold_that_expires_while_it_is_booked_is_expired(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with city(tmp_path) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()

        async def wait_too_long() -> None:
            here.clock.forward(hours=1)

        after_the_first_look(here, monkeypatch, wait_too_long)
        answer = await here.book(hold)
        assert (answer.status_code, answer.json()["code"]) == (410, "hold-expired")
        assert answer.json()["alternatives"]


async def test_a_hold_that_is_given_back_while_it_is_booked_is_not_booked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with city(tmp_path) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()

        async def give_back() -> None:
            await here.client.delete(f"/v1/holds/{hold['id']}", headers=bearer(hold["token"]))

        after_the_first_look(here, monkeypatch, give_back)
        answer = await here.book(hold)
        assert (answer.status_code, answer.json()["code"]) == (410, "hold-expired")
        assert await rows(here, "SELECT state FROM booking") == [("released",)]
        assert await rows(here, "SELECT 1 FROM unit_slot") == []


async def test_a_hold_that_is_prolonged_while_it_is_booked_is_booked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with city(tmp_path) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()

        async def prolong() -> None:
            await here.client.post(f"/v1/holds/{hold['id']}/extend", headers=bearer(hold["token"]))

        after_the_first_look(here, monkeypatch, prolong)
        assert (await here.book(hold)).status_code == 201


async def test_of_two_who_book_a_hold_at_once_with_keys_of_their_own_one_has_it(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        answers = await asyncio.gather(*(here.book(hold) for _ in range(4)))
        codes = sorted((answer.status_code, answer.json().get("code")) for answer in answers)
        assert codes == [(201, None), *[(409, "already-booked")] * 3]
        assert len(await rows(here, "SELECT 1 FROM step WHERE kind = 'complete'")) == 1


async def test_a_double_click_is_answered_twice_the_same_and_books_once(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        person = {"name": "Erika Beispiel", "email": "erika@example.org"}
        wish, headers = {"hold": hold["id"], "token": hold["token"], "person": person}, key()
        each = [here.client.post("/v1/bookings", json=wish, headers=headers) for _ in range(4)]
        answers = await asyncio.gather(*each)
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.content for answer in answers}) == 1
        await here.settled()
        assert len(here.outbox.to("erika@example.org")) == 1
