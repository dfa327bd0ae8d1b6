"""A new installation key in front of the old one: what was asked before is still known, for a day."""

from base64 import b64encode
from pathlib import Path

import httpx
import pytest

from durchwahl.booking.keys import KeyMissing, KeyRing
from durchwahl.store.tx import Tx
from tests.booking.desk import Desk, Hanging, at_rest, impatient
from tests.booking.looking import ask, change, rows
from tests.gateways import GATEWAY, City, Clock, bearer, city, key

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
ONE, TWO = '[{ file = "installation.key" }]', '[{ env = "NEW_KEY" }, { file = "installation.key" }]'
ROTATED = GATEWAY.replace(ONE, TWO)
PERSON = {"name": "Erika Beispiel", "email": "erika@example.org"}


@pytest.fixture(autouse=True)
def new_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEW_KEY", b64encode(NEW).decode())


def said(answer: httpx.Response) -> tuple[int, bytes]:
    return answer.status_code, answer.content


async def test_every_answer_is_repeated_after_the_key_was_rotated(tmp_path: Path) -> None:
    clock = Clock()
    sent: list[tuple[str, dict[str, object]]] = []

    async def ask(here: City, url: str, **request: object) -> httpx.Response:
        sent.append((url, request))
        return await here.client.post(url, **request)

    async with city(tmp_path, clock=clock) as here:
        slots = await here.slots()
        held = await ask(here, "/v1/holds", json={"slot": slots[0]["slot"]}, headers=key())
        wish = {"hold": held.json()["id"], "token": held.json()["token"], "person": PERSON}
        booked = await ask(here, "/v1/bookings", json=wish, headers=key())
        await here.hold(slots[0]["slot"])
        refused = await ask(here, "/v1/holds", json={"slot": slots[0]["slot"]}, headers=key())
        url, token = f"/v1/bookings/{booked.json()['id']}", booked.json()["manage_token"]
        move = {**bearer(token), **key()}
        moved = await ask(here, f"{url}/reschedule", json={"slot": slots[5]["slot"]}, headers=move)
        first = [said(one) for one in (held, booked, refused, moved)]
        assert [status for status, _ in first] == [201, 201, 409, 200]
        await at_rest(here)
        before = await rows(here, "SELECT id, state, starts FROM booking ORDER BY id")
    async with city(tmp_path, clock=clock, gateway=ROTATED) as here:
        again = [said(await here.client.post(url, **request)) for url, request in sent]
        assert again == first
        assert await rows(here, "SELECT id, state, starts FROM booking ORDER BY id") == before


async def test_a_key_that_was_used_before_the_rotation_is_spent_after_it(tmp_path: Path) -> None:
    clock, same = Clock(), key()
    async with city(tmp_path, clock=clock) as here:
        slots = await here.slots()
        await here.client.post("/v1/holds", json={"slot": slots[0]["slot"]}, headers=same)
    async with city(tmp_path, clock=clock, gateway=ROTATED) as here:
        other = await here.client.post("/v1/holds", json={"slot": slots[1]["slot"]}, headers=same)
        assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
        here.clock.forward(hours=24, seconds=1)
        slot = (await here.slots())[0]["slot"]
        assert (await here.client.post("/v1/holds", json={"slot": slot}, headers=same)).status_code == 201


async def test_an_answer_that_was_built_again_after_the_rotation_stays_what_it_was(tmp_path: Path) -> None:
    clock, same = Clock(), key()
    async with city(tmp_path, clock=clock) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        wish = {"hold": hold["id"], "token": hold["token"], "person": PERSON}
        first = await here.client.post("/v1/bookings", json=wish, headers=same)
        await change(here, "UPDATE idempotency SET answer = NULL, lease = 0")
    async with city(tmp_path, clock=clock, gateway=ROTATED) as here:
        built = await here.client.post("/v1/bookings", json=wish, headers=same)
        await ask(here, first.json(), "cancel")
        again = await here.client.post("/v1/bookings", json=wish, headers=same)
        assert (built.json()["status"], said(again)) == ("confirmed", said(built))


async def test_an_answer_that_was_lost_before_the_rotation_is_built_from_the_booking(tmp_path: Path) -> None:
    desk, clock, same = Desk(), Clock(), key()
    config = desk.config(tmp_path)
    async with city(tmp_path, clock=clock, **config) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        wish = {"hold": hold["id"], "token": hold["token"], "person": PERSON}
        first = await here.client.post("/v1/bookings", json=wish, headers=same)
        await here.gateway.store.write(lambda tx: tx.run("UPDATE idempotency SET answer = NULL, lease = 0"))
    rotated = config["gateway"].replace(ONE, TWO)
    async with city(tmp_path, clock=clock, gateway=rotated, department=config["department"]) as here:
        again = await here.client.post("/v1/bookings", json=wish, headers=same)
        assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])
        assert desk.said("ensure") == 1


async def test_what_is_asked_after_the_rotation_is_written_under_the_new_key_alone(tmp_path: Path) -> None:
    clock, same = Clock(), key()
    async with city(tmp_path, clock=clock, gateway=ROTATED) as here:
        sent = {"json": {"slot": (await here.slots())[0]["slot"]}, "headers": same}
        first = await here.client.post("/v1/holds", **sent)
        assert len(await rows(here, "SELECT key FROM idempotency")) == 1
    alone = GATEWAY.replace(ONE, '[{ env = "NEW_KEY" }]')
    async with city(tmp_path, clock=clock, gateway=alone) as here:
        assert said(await here.client.post("/v1/holds", **sent)) == said(first)


def test_each_key_has_a_name_of_its_own_for_the_same_request() -> None:
    old, both = KeyRing([OLD]).asking(b"key", b"/v1/holds"), KeyRing([NEW, OLD]).asking(b"key", b"/v1/holds")
    assert (len(both), both[1], len(set(both))) == (2, old[0], 2)


async def test_an_answer_that_was_put_with_another_key_is_not_given_out(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots()
        hold = (await here.hold(slots[0]["slot"])).json()
        booking, one, other = (await here.book(hold)).json(), key(), key()
        url, token = f"/v1/bookings/{booking['id']}/reschedule", bearer(booking["manage_token"])
        for place, own in ((3, one), (5, other)):
            await here.client.post(url, json={"slot": slots[place]["slot"]}, headers={**token, **own})
            await at_rest(here)
        await here.gateway.store.write(_swap_answers)
        again = await here.client.post(url, json={"slot": slots[3]["slot"]}, headers={**token, **one})
        assert again.status_code == 404


async def test_a_refusal_that_was_put_with_another_key_is_not_given_out(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots()
        sent = []
        for place in (0, 1):
            for _ in range(2):
                await here.hold(slots[place]["slot"])
            sent.append({"json": {"slot": slots[place]["slot"]}, "headers": key()})
            assert (await here.client.post("/v1/holds", **sent[-1])).status_code == 409
        await here.gateway.store.write(_swap_answers)
        assert (await here.client.post("/v1/holds", **sent[0])).status_code == 404


def _swap_answers(tx: Tx) -> None:
    """Exchange the answers of two refusals, or of the last two requests, as whoever can write to the database could."""
    (one, first), (two, second) = tx.rows(
        "SELECT key, answer FROM idempotency ORDER BY booking IS NULL DESC, rowid DESC LIMIT 2"
    )
    tx.run("UPDATE idempotency SET answer = ? WHERE key = ?", (second, one))
    tx.run("UPDATE idempotency SET answer = ? WHERE key = ?", (first, two))


def test_what_was_sealed_for_one_place_opens_at_no_other() -> None:
    ring = KeyRing([OLD])
    sealed = ring.seal(b"refusal", "answer aa")
    with pytest.raises(KeyMissing):
        ring.unseal(sealed, "answer bb")


async def test_the_same_key_from_two_citizens_is_two_holds(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        sent = {"json": {"slot": (await here.slots())[0]["slot"]}, "headers": key()}
        answers = []
        for peer in ("203.0.113.7", "203.0.113.8", "203.0.113.7"):
            wire = httpx.ASGITransport(app=here.app, client=(peer, 50_000))
            async with httpx.AsyncClient(transport=wire, base_url="http://gateway.test") as client:
                answers.append(await client.post("/v1/holds", **sent))
        assert [one.status_code for one in answers] == [201] * 3
        assert answers[0].content == answers[2].content
        assert answers[0].json()["token"] != answers[1].json()["token"]


async def test_a_booking_is_repeated_from_another_address_too(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        sent = {"json": {"hold": hold["id"], "token": hold["token"], "person": PERSON}, "headers": key()}
        first = await here.client.post("/v1/bookings", **sent)
        wire = httpx.ASGITransport(app=here.app, client=("203.0.113.7", 50_000))
        async with httpx.AsyncClient(transport=wire, base_url="http://gateway.test") as client:
            assert said(await client.post("/v1/bookings", **sent)) == said(first)


async def test_a_202_from_before_the_rotation_stays_a_202(tmp_path: Path) -> None:
    desk, hanging, clock, same = Desk(), Hanging(), Clock(), key()
    config = desk.config(tmp_path)
    async with city(tmp_path, clock=clock, **config) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        wish = {"hold": hold["id"], "token": hold["token"], "person": PERSON}
        desk.will("ensure", hanging)
        with impatient():
            first = await here.client.post("/v1/bookings", json=wish, headers=same)
        hanging.go.set()
        await at_rest(here)
    rotated = config["gateway"].replace(ONE, TWO)
    async with city(tmp_path, clock=clock, gateway=rotated, department=config["department"]) as here:
        assert said(await here.client.post("/v1/bookings", json=wish, headers=same)) == said(first)
