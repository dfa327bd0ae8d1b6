"""Whose link opens what: every token, for every purpose, at every door, of both bookings."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from durchwahl.booking.keys import BookingKey
from tests.booking.desk import at_rest
from tests.booking.looking import rows
from tests.gateways import City, bearer, city, key

PURPOSES = ("hold", "manage", "join-citizen", "join-clerk", "verify")
Door = Callable[[str, str], Awaitable[httpx.Response]]


@dataclass
class Links:
    """A booking's id and all tokens that could be derived for it."""

    id: str
    tokens: dict[str, str]


async def links_of(here: City, booking_id: str) -> Links:
    ((sealed,),) = await rows(here, f"SELECT key FROM booking WHERE id = '{booking_id}'")
    own = BookingKey(booking_id, here.gateway.context.keys.unwrap(sealed, booking_id))
    return Links(booking_id, {purpose: own.token(purpose, 0) for purpose in PURPOSES})


def doors(here: City, slot: str) -> dict[str, tuple[str, Door]]:
    """Return every way to a booking with the purpose of the one token that opens it."""
    ask = here.client

    def headers(token: str) -> dict[str, str]:
        return {**bearer(token), **key()}

    def api(method: str, path: str, body: dict[str, Any] | None = None) -> Door:
        async def door(known: str, token: str) -> httpx.Response:
            sent: dict[str, Any] = {} if body is None else {"json": body}
            return await ask.request(method, path.format(id=known), headers=headers(token), **sent)

        return door

    def page(method: str, path: str) -> Door:
        return lambda known, token: ask.request(method, path.format(id=known, token=token))

    def pressed(path: str, **fields: str) -> Door:
        return lambda known, token: ask.post(path.format(id=known), data={"token": token, **fields})

    person = {"name": "A", "email": "a@example.org"}
    return {
        "see": ("manage", api("GET", "/v1/bookings/{id}")),
        "calendar": ("manage", api("GET", "/v1/bookings/{id}/calendar.ics")),
        "manage page": ("manage", page("GET", "/termin/{id}/{token}")),
        "page's calendar": ("manage", page("GET", "/termin/{id}/{token}/termin.ics")),
        "page to move": ("manage", page("GET", "/termin/{id}/{token}/verlegen")),
        "page to correct": ("manage", page("GET", "/termin/{id}/{token}/kontakt")),
        "page to cancel": ("manage", page("GET", "/termin/{id}/{token}/absagen")),
        "page to erase": ("manage", page("GET", "/termin/{id}/{token}/loeschen")),
        "verify page": ("verify", page("GET", "/termin/{id}/bestaetigen/{token}")),
        "door": ("join", page("GET", "/gespraech/{id}/{token}")),
        "extend": ("hold", api("POST", "/v1/holds/{id}/extend")),
        "book": (
            "hold",
            lambda known, token: ask.post(
                "/v1/bookings", json={"hold": known, "token": token, "person": person}, headers=key()
            ),
        ),
        "continue": (
            "hold",
            lambda known, token: ask.post(
                "/v1/holds", json={"slot": slot, "continues": {"hold": known, "token": token}}, headers=key()
            ),
        ),
        "release": ("hold", api("DELETE", "/v1/holds/{id}")),
        "verify": (
            "verify",
            lambda known, token: ask.post(f"/v1/bookings/{known}/verify", json={"token": token}),
        ),
        "page's verify": ("verify", pressed("/termin/{id}/bestaetigen")),
        "enter": ("join", pressed("/gespraech/{id}")),
        "contact": ("manage", api("POST", "/v1/bookings/{id}/contact", {"email": "b@example.org"})),
        "reschedule": ("manage", api("POST", "/v1/bookings/{id}/reschedule", {"slot": slot})),
        "cancel": ("manage", api("POST", "/v1/bookings/{id}/cancel")),
        "page's cancel": ("manage", pressed("/termin/{id}/absagen")),
        "page's move": ("manage", pressed("/termin/{id}/verlegen", slot=slot)),
        "page's correction": ("manage", pressed("/termin/{id}/kontakt", email="c@example.org")),
        "page's erasing": ("manage", pressed("/termin/{id}/loeschen")),
    }


@asynccontextmanager
async def two_bookings(folder: Path) -> AsyncIterator[tuple[City, list[Links], str]]:
    """A city where one waits for its mail to be proved, and one is confirmed and may be joined."""
    async with city(folder) as here:
        signed = await here.slots("buergeramt-fuehrungszeugnis")
        waiting = (await here.book((await here.hold(signed[0]["slot"])).json())).json()
        confirmed = await here.booked()
        await at_rest(here)
        slot = (await here.slots())[9]["slot"]
        here.clock.now = datetime.fromisoformat(confirmed["start"])
        yield here, [await links_of(here, one["id"]) for one in (waiting, confirmed)], slot


def opens(purpose: str, needed: str) -> bool:
    return purpose.startswith("join-") if needed == "join" else purpose == needed


async def test_a_token_opens_nothing_but_its_own_door(tmp_path: Path) -> None:
    async with two_bookings(tmp_path) as (here, both, slot):
        for name, (needed, door) in doors(here, slot).items():
            for links in both:
                wrong = {purpose: token for purpose, token in links.tokens.items() if not opens(purpose, needed)}
                for purpose, token in wrong.items():
                    answer = await door(links.id, token)
                    assert answer.status_code == 404, (name, purpose)


async def test_a_token_opens_no_door_of_the_other_booking(tmp_path: Path) -> None:
    async with two_bookings(tmp_path) as (here, both, slot):
        for name, (_, door) in doors(here, slot).items():
            for links, other in (both, both[::-1]):
                for purpose, token in links.tokens.items():
                    answer = await door(other.id, token)
                    assert answer.status_code == 404, (name, purpose)


async def test_every_door_opens_to_its_own_token(tmp_path: Path) -> None:
    expected = {
        "see": 200,
        "calendar": 200,
        "manage page": 200,
        "page's calendar": 200,
        "door": 200,
        "enter": 303,
        "contact": 200,
        "reschedule": 409,  # it has begun
        "cancel": 409,
        "page's cancel": 409,
        "page to move": 303,  # it cannot be moved or cancelled any more: its own page says so
        "page to correct": 200,
        "page to cancel": 303,
        "page to erase": 200,
        "page's move": 303,
        "page's correction": 303,
        "page's erasing": 303,
        "extend": 409,  # it is a booking by now
        "book": 409,
        "release": 404,
        "continue": 404,
    }
    async with two_bookings(tmp_path) as (here, (_, confirmed), slot):
        for name, (needed, door) in doors(here, slot).items():
            if name in expected:
                token = confirmed.tokens["join-citizen" if needed == "join" else needed]
                assert (await door(confirmed.id, token)).status_code == expected[name], name


async def test_a_wrong_token_is_answered_like_an_unknown_booking(tmp_path: Path) -> None:
    async with two_bookings(tmp_path) as (here, (_, confirmed), slot):
        for name, (_, door) in doors(here, slot).items():
            answers = [await door(confirmed.id, "x" * 43), await door("0" * 32, "x" * 43)]
            said = [
                (one.status_code, one.text.replace(confirmed.id, "ID").replace("0" * 32, "ID"), headers_of(one))
                for one in answers
            ]
            assert said[0] == said[1], name
            assert said[0][0] == 404, name


async def test_who_brings_no_token_learns_nothing(tmp_path: Path) -> None:
    async with two_bookings(tmp_path) as (here, (_, confirmed), _):
        url = f"/v1/bookings/{confirmed.id}"
        for authorization in ({}, {"Authorization": ""}, {"Authorization": "Bearer"}, {"Authorization": "Bearer  "}):
            assert (await here.client.get(url, headers=authorization)).status_code == 404
        basic = {"Authorization": f"Basic {confirmed.tokens['manage']}"}
        assert (await here.client.get(url, headers=basic)).status_code == 404
        assert (await here.client.get(url, params={"token": confirmed.tokens["manage"]})).status_code == 422


async def test_the_verify_token_is_good_once(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots("buergeramt-fuehrungszeugnis")
        waiting = (await here.book((await here.hold(slots[0]["slot"])).json())).json()
        token = (await links_of(here, waiting["id"])).tokens["verify"]
        url = f"/v1/bookings/{waiting['id']}/verify"
        answers = [await here.client.post(url, json={"token": token}) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 409]
        assert answers[1].json()["code"] == "verification-not-needed"


async def test_the_verify_token_does_not_outlive_its_time(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots("buergeramt-fuehrungszeugnis")
        waiting = (await here.book((await here.hold(slots[0]["slot"])).json())).json()
        token = (await links_of(here, waiting["id"])).tokens["verify"]
        here.clock.forward(minutes=30)
        answer = await here.client.post(f"/v1/bookings/{waiting['id']}/verify", json={"token": token})
        assert (answer.status_code, answer.json()["code"]) == (410, "hold-expired")


async def test_the_manage_token_stays_the_same_when_the_booking_moves(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots()
        booking = await here.booked()
        before = await links_of(here, booking["id"])
        url = f"/v1/bookings/{booking['id']}"
        headers = {**bearer(booking["manage_token"]), **key()}
        await here.client.post(f"{url}/reschedule", json={"slot": slots[5]["slot"]}, headers=headers)
        assert (await here.client.get(url, headers=bearer(before.tokens["manage"]))).status_code == 200


async def test_a_booking_whose_key_was_erased_is_answered_like_an_unknown_one(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        await at_rest(here)
        await here.gateway.store.write(lambda tx: tx.run("UPDATE booking SET key = NULL, personal = NULL"))
        for url in (f"/v1/bookings/{booking['id']}", f"/termin/{booking['id']}/{booking['manage_token']}"):
            answer = await here.client.get(url, headers=bearer(booking["manage_token"]))
            assert answer.status_code == 404


def headers_of(answer: httpx.Response) -> dict[str, str]:
    return {
        name: value for name, value in answer.headers.items() if name not in ("x-request-id", "content-length", "etag")
    }
