"""One key, one effect, one answer: byte for byte, also over restarts and crashes."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from durchwahl.errors import Rejected, Unavailable
from tests.booking.desk import Desk, Hanging, at_rest, impatient, later
from tests.booking.looking import ask, change, rows, seen
from tests.gateways import City, Clock, bearer, city, key

pytestmark = pytest.mark.usefixtures("on_both")

KEPT = ("location", "retry-after", "content-type", "cache-control")


def said(answer: httpx.Response) -> tuple[int, bytes, list[str | None]]:
    return answer.status_code, answer.content, [answer.headers.get(name) for name in KEPT]


async def test_a_key_is_required_and_must_be_long_enough(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        wish = {"slot": (await here.slots())[0]["slot"]}
        headers = [{}, {"Idempotency-Key": "x" * 15}, {"Idempotency-Key": "x" * 256}, {"Idempotency-Key": "x" * 255}]
        answers = [await here.client.post("/v1/holds", json=wish, headers=one) for one in headers]
        assert [answer.status_code for answer in answers] == [400, 422, 422, 201]
        assert answers[0].json()["code"] == "idempotency-key-missing"
        assert answers[1].json()["errors"][0]["pointer"] == "Idempotency-Key"


async def test_a_key_belongs_to_its_route(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        same = key()
        hold = await here.client.post("/v1/holds", json={"slot": (await here.slots())[0]["slot"]}, headers=same)
        person = {"name": "A", "email": "a@example.org"}
        wish = {"hold": hold.json()["id"], "token": hold.json()["token"], "person": person}
        assert (await here.client.post("/v1/bookings", json=wish, headers=same)).status_code == 201


async def test_every_answer_is_repeated_after_a_restart(tmp_path: Path) -> None:
    clock = Clock()
    async with city(tmp_path, clock=clock) as here:
        asked = await everything(here)
        first = [said(await send(here, *request)) for request in asked]
        await at_rest(here)
    assert [status for status, _, _ in first] == [201, 201, 200, 200, 409, 201, 202]
    async with city(tmp_path, clock=clock) as here:
        here.clock.forward(hours=2)
        assert [said(await send(here, *request)) for request in asked] == first
        assert await rows(here, "SELECT count(*) FROM booking") == [(4,)]


async def test_a_key_is_forgotten_after_a_day(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        same, slots = key(), await here.slots()
        await here.client.post("/v1/holds", json={"slot": slots[0]["slot"]}, headers=same)
        here.clock.forward(hours=24, seconds=1)
        fresh = (await here.slots())[0]["slot"]
        again = await here.client.post("/v1/holds", json={"slot": fresh}, headers=same)
        assert again.status_code == 201


async def test_of_two_at_once_with_one_key_one_is_told_to_wait(tmp_path: Path) -> None:
    desk, hanging = Desk(), Hanging()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        desk.will("ensure", hanging)
        wish = {"hold": hold["id"], "token": hold["token"], "person": {"name": "A", "email": "a@example.org"}}
        same = key()
        first = asyncio.create_task(here.client.post("/v1/bookings", json=wish, headers=same))
        await hanging.asked.wait()
        second = await here.client.post("/v1/bookings", json=wish, headers=same)
        assert (second.status_code, second.json()["code"]) == (409, "idempotency-in-flight")
        assert int(second.headers["retry-after"]) >= 1
        hanging.go.set()
        assert (await first).status_code == 201
        assert said(await here.client.post("/v1/bookings", json=wish, headers=same)) == said(await first)
        assert len(desk.entries) == 1


async def test_two_at_once_with_one_key_hold_one_slot(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        same, slot = key(), (await here.slots())[0]["slot"]
        each = [here.client.post("/v1/holds", json={"slot": slot}, headers=same) for _ in range(8)]
        answers = await asyncio.gather(*each)
        assert {answer.status_code for answer in answers} <= {201, 409}
        held = {answer.content for answer in answers if answer.status_code == 201}
        assert len(held) == 1
        assert all(answer.json()["code"] == "idempotency-in-flight" for answer in answers if answer.status_code == 409)
        assert await rows(here, "SELECT count(*) FROM placement") == [(1,)]


async def test_two_at_once_with_one_key_move_a_booking_once_and_neither_spoils_the_other(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        slots = await here.slots()
        booking = await here.booked()
        headers = {**bearer(booking["manage_token"]), **key()}
        url, wish = f"/v1/bookings/{booking['id']}/reschedule", {"slot": slots[5]["slot"]}
        each = [here.client.post(url, json=wish, headers=headers) for _ in range(8)]
        codes = [answer.status_code for answer in await asyncio.gather(*each)]
        assert set(codes) <= {200, 409}
        last = await here.client.post(url, json=wish, headers=headers)
        assert (last.status_code, last.json()["start"]) == (200, slots[5]["start"])
        assert await rows(here, "SELECT placement FROM booking") == [(2,)]


async def test_a_late_repeat_that_sees_the_move_itself_does_not_become_its_answer(tmp_path: Path) -> None:
    desk, hanging = Desk(), Hanging()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        slots = await here.slots()
        booking = await here.booked()
        headers = {**bearer(booking["manage_token"]), **key()}
        url, wish = f"/v1/bookings/{booking['id']}/reschedule", {"slot": slots[5]["slot"]}
        looked, go = asyncio.Event(), asyncio.Event()
        get = here.gateway.bookings.get

        async def slow(booking_id: str, token: str) -> object:
            if not looked.is_set():
                looked.set()
                await go.wait()
            return await get(booking_id, token)

        desk.will("ensure", hanging)
        reschedule = here.gateway.bookings.reschedule

        async def late(*given: object) -> object:
            here.gateway.bookings.get = slow  # type: ignore[method-assign, assignment]
            return await reschedule(*given)  # type: ignore[arg-type]

        here.gateway.bookings.reschedule = late  # type: ignore[method-assign, assignment]
        repeat = asyncio.create_task(here.client.post(url, json=wish, headers=headers))
        await looked.wait()
        here.gateway.bookings.reschedule = reschedule  # type: ignore[method-assign]
        first = asyncio.create_task(here.client.post(url, json=wish, headers=headers))
        await hanging.asked.wait()
        go.set()
        assert (await repeat).json()["code"] == "idempotency-in-flight"
        hanging.go.set()
        assert (await first).status_code == 200
        again = await here.client.post(url, json=wish, headers=headers)
        assert said(again) == said(await first)


async def test_an_answer_that_was_lost_in_a_crash_is_built_again_from_the_journal(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        for number, request in enumerate(await everything(here)):
            first = await send(here, *request)
            await at_rest(here)
            if first.status_code < 400:  # a refusal is kept in the transaction that finds it
                await change(here, "UPDATE idempotency SET answer = NULL, lease = 0 WHERE booking IS NOT NULL")
            assert in_essence(await send(here, *request)) == in_essence(first), number


async def test_a_lost_answer_is_only_built_again_after_its_lease(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        wish, same = {"slot": (await here.slots())[0]["slot"]}, key()
        first = await here.client.post("/v1/holds", json=wish, headers=same)
        lease = here.clock.milliseconds() + 30_000
        await change(here, f"UPDATE idempotency SET answer = NULL, lease = {lease}")
        waiting = await here.client.post("/v1/holds", json=wish, headers=same)
        assert (waiting.status_code, waiting.json()["code"]) == (409, "idempotency-in-flight")
        here.clock.forward(seconds=31)
        assert (await here.client.post("/v1/holds", json=wish, headers=same)).content == first.content


async def lost_answer(here: City) -> tuple[dict[str, Any], dict[str, Any], dict[str, str]]:
    """Book, and lose what was kept of the answer; return the booking, what was asked, and its key."""
    hold = (await here.hold((await here.slots())[0]["slot"])).json()
    wish = {"hold": hold["id"], "token": hold["token"], "person": {"name": "A", "email": "a@example.org"}}
    same = key()
    first = await here.client.post("/v1/bookings", json=wish, headers=same)
    await change(here, "UPDATE idempotency SET answer = NULL, lease = 0")
    return first.json(), wish, same


async def test_the_lost_answer_of_a_booking_that_was_cancelled_since_is_still_its_answer(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        first, wish, same = await lost_answer(here)
        await ask(here, first, "cancel")
        again = await here.client.post("/v1/bookings", json=wish, headers=same)
        assert (again.status_code, again.json()["status"]) == (201, "cancelled")


async def test_an_answer_that_was_built_again_stays_what_it_was(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        first, wish, same = await lost_answer(here)
        built = await here.client.post("/v1/bookings", json=wish, headers=same)
        await ask(here, first, "cancel")
        again = await here.client.post("/v1/bookings", json=wish, headers=same)
        assert (again.status_code, again.content) == (built.status_code, built.content)


async def test_the_lost_answer_of_a_move_that_failed_is_a_conflict_and_no_success(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        slots = await here.slots()
        booking = await here.booked()
        desk.will("ensure", Rejected("no"))
        headers = {**bearer(booking["manage_token"]), **key()}
        url, wish = f"/v1/bookings/{booking['id']}/reschedule", {"slot": slots[5]["slot"]}
        first = await here.client.post(url, json=wish, headers=headers)
        await change(here, "UPDATE idempotency SET answer = NULL, lease = 0")
        again = await here.client.post(url, json=wish, headers=headers)
        assert [(one.status_code, one.json()["code"]) for one in (first, again)] == [(409, "slot-taken")] * 2
        assert (await seen(here, booking))["start"] == booking["start"]


async def test_the_lost_answer_of_a_move_is_no_conflict_because_it_was_moved_again_since(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots()
        booking = await here.booked()
        headers = {**bearer(booking["manage_token"]), **key()}
        url, wish = f"/v1/bookings/{booking['id']}/reschedule", {"slot": slots[5]["slot"]}
        assert (await here.client.post(url, json=wish, headers=headers)).status_code == 200
        await change(here, "UPDATE idempotency SET answer = NULL, lease = 0")
        assert (await ask(here, booking, "reschedule", slot=slots[7]["slot"])).status_code == 200
        again = await here.client.post(url, json=wish, headers=headers)
        assert (again.status_code, again.json()["start"]) == (200, slots[7]["start"])


async def test_the_lost_answer_of_a_move_that_goes_on_is_a_202(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        slots = await here.slots()
        booking = await here.booked()
        desk.always["ensure"] = Unavailable("away")
        headers = {**bearer(booking["manage_token"]), **key()}
        url, wish = f"/v1/bookings/{booking['id']}/reschedule", {"slot": slots[5]["slot"]}
        first = await here.client.post(url, json=wish, headers=headers)
        await change(here, "UPDATE idempotency SET answer = NULL, lease = 0")
        again = await here.client.post(url, json=wish, headers=headers)
        assert [one.status_code for one in (first, again)] == [202, 202]
        assert again.headers["location"] == first.headers["location"]


async def test_a_202_is_repeated_as_it_was_although_the_booking_is_confirmed_by_now(tmp_path: Path) -> None:
    desk, hanging = Desk(), Hanging()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        desk.will("ensure", hanging)
        wish = {"hold": hold["id"], "token": hold["token"], "person": {"name": "A", "email": "a@example.org"}}
        same = key()
        with impatient():
            first = await here.client.post("/v1/bookings", json=wish, headers=same)
        await hanging.asked.wait()
        hanging.go.set()
        await later(here, seconds=2)
        assert (await seen(here, first.json()))["status"] == "confirmed"
        assert said(await here.client.post("/v1/bookings", json=wish, headers=same)) == said(first)


async def test_the_store_knows_neither_key_nor_request_nor_answer(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        headers = {"Idempotency-Key": "canary-of-a-key-0123456789"}
        hold = await here.client.post("/v1/holds", json={"slot": (await here.slots())[0]["slot"]}, headers=headers)
        kept = b"".join(bytes(str(row), "utf-8") for row in await rows(here, "SELECT * FROM idempotency"))
        assert b"canary" not in kept
        assert hold.json()["token"].encode() not in kept


Request = tuple[str, dict[str, object], dict[str, str]]


async def everything(here: City) -> list[Request]:
    """Return requests that hold, book, move, cancel, are refused, and hold and book what waits for a mail."""
    slots = await here.slots()
    hold = (await here.hold(slots[0]["slot"])).json()
    signed = await here.slots("buergeramt-fuehrungszeugnis")
    waiting = (await here.hold(signed[0]["slot"])).json()
    person = {"name": "Erika Beispiel", "email": "erika@example.org"}
    return [
        ("/v1/holds", {"slot": slots[2]["slot"]}, key()),
        ("/v1/bookings", {"hold": hold["id"], "token": hold["token"], "person": person}, key()),
        (f"/v1/bookings/{hold['id']}/reschedule", {"slot": slots[5]["slot"]}, {**key(), "manage": "1"}),
        (f"/v1/bookings/{hold['id']}/cancel", {}, {**key(), "manage": "1"}),
        (f"/v1/bookings/{hold['id']}/reschedule", {"slot": slots[6]["slot"]}, {**key(), "manage": "1"}),
        ("/v1/holds", {"slot": slots[7]["slot"]}, key()),
        ("/v1/bookings", {"hold": waiting["id"], "token": waiting["token"], "person": person}, key()),
    ]


async def send(here: City, path: str, body: dict[str, object], headers: dict[str, str]) -> httpx.Response:
    headers = dict(headers)
    if headers.pop("manage", None):
        (sealed,) = (await rows(here, f"SELECT key FROM booking WHERE id = '{path.split('/')[3]}'"))[0]
        from durchwahl.booking.keys import BookingKey

        booking_id = path.split("/")[3]
        own = BookingKey(booking_id, here.gateway.context.keys.unwrap(sealed, booking_id))
        headers |= bearer(own.token("manage", 0))
    return await here.client.post(path, json=body, headers=headers)


def in_essence(answer: httpx.Response) -> tuple[int, dict[str, object], list[str | None]]:
    """Leave out when the booking last changed: what followed in the outbox may have touched it."""
    body = {name: value for name, value in answer.json().items() if name != "changed_at"}
    return answer.status_code, body, [answer.headers.get(name) for name in KEPT]
