"""A website that books from its own server is many citizens: each is limited alone, and all together by its budget."""

import asyncio
import logging
from base64 import b64encode
from pathlib import Path

import httpx
import pytest

from durchwahl.booking import holds
from tests.booking.desk import at_rest
from tests.booking.looking import ask, rows
from tests.booking.websites import (
    LARGE,
    OTHER,
    SECRET,
    basic,
    booked,
    for_citizen,
    hash_of,
    hold,
    knowing,
    said,
    tokens,
    tried,
)
from tests.gateways import City, city, key

HELD = (201, "")
HOARDING, BOOKING_MUCH, WEBSITE = (429, "hold-limit"), (429, "booking-limit"), (429, "client-limit")
STRANGER, NOBODY = (401, "client-unknown"), (400, "citizen-unnamed")


async def test_five_hundred_citizens_of_one_website_are_not_throttled_as_one(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=knowing(), department=LARGE) as here:
        slots = await tokens(here)
        for at in range(0, 500, 50):
            some = range(at, at + 50)
            await asyncio.gather(*(booked(here, slots[number], for_citizen(f"c{number}")) for number in some))
        counted = "SELECT state, api_client, count(DISTINCT client) FROM booking GROUP BY 1, 2"
        assert await rows(here, counted) == [("confirmed", "website", 500)]


async def test_who_hoards_through_a_website_is_told_to_stop_and_everybody_else_goes_on(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=knowing(), department=LARGE) as here:
        slots = await tokens(here)
        assert await tried(here, slots, *["hoarder"] * 12) == [HELD] * 10 + [HOARDING] * 2
        assert await tried(here, slots[20:], "erika", "hoarder", "max") == [HELD, HOARDING, HELD]


async def test_a_website_can_be_given_other_limits_for_its_citizens_than_the_gateways(tmp_path: Path) -> None:
    keys = "holds_per_citizen = 2\nbookings_per_citizen = 3"
    async with city(tmp_path, gateway=knowing(keys=keys), department=LARGE) as here:
        slots = await tokens(here)
        assert await tried(here, slots, *["erika"] * 3) == [HELD, HELD, HOARDING]
        for slot in slots[5:8]:
            await booked(here, slot, for_citizen("max"))
        assert await tried(here, slots[9:], "max") == [BOOKING_MUCH]
        assert [(await here.hold(slot)).status_code for slot in slots[10:14]] == [201] * 4


async def test_the_holds_of_a_website_end_at_its_budget_and_come_back_when_they_lapse(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=knowing(keys="holds = 3"), department=LARGE) as here:
        slots = await tokens(here)
        assert await tried(here, slots, "a", "b", "c", "d") == [HELD] * 3 + [WEBSITE]
        here.clock.forward(minutes=11)
        assert await tried(here, slots[99:], "d") == [HELD]


async def test_the_bookings_of_a_website_end_at_its_budget_for_an_hour(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=knowing(keys="bookings = 3"), department=LARGE) as here:
        slots = await tokens(here)
        bookings = [await booked(here, slot, for_citizen(f"c{number}")) for number, slot in enumerate(slots[:3])]
        refused = await hold(here, slots[3], for_citizen("d"))
        assert (said(refused), refused.headers["retry-after"]) == (WEBSITE, "600")
        await ask(here, bookings[0], "cancel")
        assert await tried(here, slots[3:], "d") == [HELD]
        here.clock.forward(hours=1, seconds=1)
        assert await tried(here, slots[99:], "e", "f", "g") == [HELD] * 3


async def test_a_budget_of_no_bookings_is_none(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=knowing(keys="bookings = 0\nholds = 30"), department=LARGE) as here:
        for number, slot in enumerate((await tokens(here))[:25]):
            await booked(here, slot, for_citizen(f"c{number}"))


async def test_one_website_spends_nothing_of_anothers_budget_or_of_the_public(tmp_path: Path) -> None:
    both = knowing(OTHER, name="other", gateway=knowing(keys="holds = 1"), keys="holds = 1")
    async with city(tmp_path, gateway=both, department=LARGE) as here:
        slots = await tokens(here)
        assert await tried(here, slots, "a", "b") == [HELD, WEBSITE]
        assert await tried(here, slots[5:], "a", "b", name="other", secret=OTHER) == [HELD, WEBSITE]
        assert said(await here.hold(slots[9])) == HELD


async def test_the_same_pseudonym_at_two_websites_is_two_citizens(tmp_path: Path) -> None:
    both = knowing(OTHER, name="other", gateway=knowing(limits="holds_per_client = 1"))
    async with city(tmp_path, gateway=both, department=LARGE) as here:
        slots = await tokens(here)
        assert await tried(here, slots, "erika", "erika") == [HELD, HOARDING]
        assert await tried(here, slots[5:], "erika", name="other", secret=OTHER) == [HELD]


@pytest.mark.parametrize("limits", ["holds_per_client = 1", "bookings_per_client = 1"])
@pytest.mark.parametrize("keys", ["", "holds = 1", "bookings = 1"])
async def test_a_taken_slot_stays_a_taken_slot_over_every_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limits: str, keys: str
) -> None:
    async with city(tmp_path, gateway=knowing(limits=limits, keys=keys)) as here:
        taken, free = [slot["slot"] for slot in await here.slots()][:2]
        for address in ("203.0.113.7", "203.0.113.8"):
            wire = httpx.ASGITransport(app=here.app, client=(address, 50_000))
            async with httpx.AsyncClient(transport=wire, base_url="http://gateway.test") as client:
                assert (await client.post("/v1/holds", json={"slot": taken}, headers=key())).status_code == 201
        erika = for_citizen("erika")
        await hold(here, free, erika)
        assert said(await hold(here, free, erika))[0] == 429
        assert said(await hold(here, taken, erika)) == (409, "slot-taken")
        monkeypatch.setattr(holds, "free_lanes", still_free)
        assert said(await hold(here, taken, erika)) == (409, "slot-taken")


async def still_free(*_: object) -> list[str]:
    """Return what somebody has seen who looked before the slot was taken."""
    return ["platz-1", "platz-2"]


@pytest.mark.parametrize(
    "wrong",
    [
        basic(secret=OTHER),
        basic(secret=""),
        basic(secret=hash_of(SECRET)),
        basic(name="unknown"),
        basic(name=""),
        basic(name="website ", secret=SECRET),
        {"Authorization": "Basic"},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic " + b64encode(b"website").decode()},
        {"Authorization": "Basic " + b64encode(b"\xff\xfe:x").decode()},
        {"Authorization": basic()["Authorization"].rstrip("=") + "A"},
    ],
)
async def test_wrong_credentials_are_refused_and_the_right_ones_asked_for(
    tmp_path: Path, wrong: dict[str, str]
) -> None:
    async with city(tmp_path, gateway=knowing()) as here:
        slot = (await here.slots())[0]["slot"]
        answer = await hold(here, slot, wrong, **{"Durchwahl-Citizen": "erika"})
        assert said(answer) == STRANGER
        assert answer.headers["www-authenticate"] == 'Basic realm="Durchwahl", charset="UTF-8"'
        assert answer.headers["content-type"] == "application/problem+json"
        assert await rows(here, "SELECT count(*) FROM booking") == [(0,)]


async def test_a_secret_that_could_be_guessed_is_refused_although_its_hash_is_right(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=knowing("geheim")) as here:
        assert said(await hold(here, (await here.slots())[0]["slot"], for_citizen("e", secret="geheim"))) == STRANGER


async def test_credentials_twice_are_none(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=knowing()) as here:
        sent = [(name, value) for one in (key(), basic(), basic()) for name, value in one.items()]
        slot = (await here.slots())[0]["slot"]
        answer = await here.client.post("/v1/holds", json={"slot": slot}, headers=[*sent, ("Durchwahl-Citizen", "e")])
        assert said(answer) == STRANGER


async def test_wrong_credentials_are_refused_where_right_ones_make_no_difference(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=knowing()) as here:
        held = (await here.hold((await here.slots())[0]["slot"])).json()
        wish = {"hold": held["id"], "token": held["token"], "person": {"name": "E", "email": "e@example.org"}}
        wrong = await here.client.post("/v1/bookings", json=wish, headers={**key(), **basic(secret=OTHER)})
        verify = f"/v1/bookings/{held['id']}/verify"
        unproved = await here.client.post(verify, json={"token": "x"}, headers=basic(secret=OTHER))
        assert [said(one) for one in (wrong, unproved)] == [STRANGER] * 2
        right = await here.client.post("/v1/bookings", json=wish, headers={**key(), **basic()})
        assert right.status_code == 201


async def test_no_stranger_gets_round_the_limits_by_inventing_pseudonyms(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=knowing()) as here:
        slot = (await here.slots())[0]["slot"]
        assert said(await hold(here, slot, {"Durchwahl-Citizen": "erika"})) == STRANGER


async def test_another_scheme_than_basic_means_nothing_where_a_hold_is_placed(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=knowing()) as here:
        slots = await here.slots()
        assert said(await hold(here, slots[0]["slot"], {"Authorization": "Bearer x"})) == HELD
        assert said(await hold(here, slots[1]["slot"], {"Authorization": "Bearer x", "Durchwahl-Citizen": "e"})) == (
            STRANGER
        )


@pytest.mark.parametrize("pseudonym", ["", " ", "x" * 129, "a b", "ä", "a\tb"])
async def test_a_pseudonym_that_is_none_is_named_with_the_remedy(tmp_path: Path, pseudonym: str) -> None:
    async with city(tmp_path, gateway=knowing()) as here:
        headers = {**key(), **basic(), "Durchwahl-Citizen": pseudonym.encode()}
        answer = await here.client.post("/v1/holds?lang=en", json={"slot": "x"}, headers=headers)
        assert said(answer) == NOBODY
        assert "Durchwahl-Citizen" in answer.json()["detail"]
        assert [one["pointer"] for one in answer.json()["errors"]] == ["Durchwahl-Citizen"]


async def test_a_website_says_for_whom_it_asks_exactly_once(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=knowing()) as here:
        slot = (await here.slots())[0]["slot"]
        assert said(await hold(here, slot, basic())) == NOBODY
        named = [*basic().items(), *key().items(), ("Durchwahl-Citizen", "a"), ("Durchwahl-Citizen", "b")]
        assert said(await here.client.post("/v1/holds", json={"slot": slot}, headers=named)) == NOBODY


async def test_the_longest_pseudonym_is_one(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=knowing()) as here:
        assert said(await hold(here, (await here.slots())[0]["slot"], for_citizen("!~" * 64))) == HELD


async def test_both_secrets_are_good_while_one_replaces_the_other(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=knowing(OTHER, SECRET), department=LARGE) as here:
        slots = await tokens(here)
        assert await tried(here, slots, "a") == [HELD]
        assert await tried(here, slots[1:], "a", secret=OTHER) == [HELD]
        assert await rows(here, "SELECT count(DISTINCT client) FROM booking") == [(1,)]


async def test_a_secret_that_was_taken_out_is_wrong(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=knowing(OTHER)) as here:
        assert said(await hold(here, (await here.slots())[0]["slot"], for_citizen("a"))) == STRANGER


async def test_the_same_key_from_two_citizens_of_a_website_is_two_holds(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=knowing()) as here:
        slot, same = (await here.slots())[0]["slot"], key()
        answers = [await hold(here, slot, for_citizen(one), **same) for one in ("erika", "max", "erika")]
        assert [one.status_code for one in answers] == [201] * 3
        assert answers[0].content == answers[2].content
        assert answers[0].json()["token"] != answers[1].json()["token"]


async def test_pages_know_no_api_clients(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=knowing(limits="holds_per_client = 1")) as here:
        slots = [slot["slot"] for slot in await here.slots()]
        pressed = [
            await here.client.post("/termin/neu", data={"slot": slot, "key": "k" * 32}, headers=for_citizen(slot[:9]))
            for slot in slots[:2]
        ]
        assert [one.status_code for one in pressed] == [303, 429]


async def test_neither_secret_nor_pseudonym_is_logged_or_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with city(tmp_path, gateway=knowing(), department=LARGE) as here:
        await lived(here)
        logged = "\n".join(record.getMessage() for record in caplog.records)
        raw = b"".join(file.read_bytes() for file in (tmp_path / "data").rglob("*") if file.is_file())
        metrics = (await here.client.get("/metrics")).text
    assert "POST /v1/holds 401" in logged
    for canary in (SECRET, OTHER, basic()["Authorization"][6:], basic(secret=OTHER)["Authorization"][6:], "kanarie"):
        assert canary not in logged + metrics
        assert canary.encode() not in raw


async def lived(here: City) -> None:
    slots = await tokens(here)
    await booked(here, slots[0], for_citizen("kanarie"))
    await hold(here, slots[1], for_citizen("kanarie", secret=OTHER))
    await hold(here, slots[1], for_citizen("kanarie kanarie"))
    await at_rest(here)
