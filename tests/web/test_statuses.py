"""Every documented status occurs, and no other does; so do the codes of problems; every JSON answer fits its schema.

One drive through the whole interface collects what comes out; the tests hold it against the document.
"""

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from durchwahl.errors import Unavailable
from tests.booking.desk import Desk, Hanging, at_rest, impatient, later
from tests.booking.looking import ask, change, interval_of, link_in
from tests.booking.websites import OTHER, SECRET, basic, for_citizen, knowing
from tests.gateways import DEPARTMENT, City, Clock, bearer, city, key
from tests.web.failing_store import lose_journal
from tests.web.observed import Observed, documented_codes, operations

RENAMED = DEPARTMENT.replace('number = "33"', 'number = "33"\nrenamed = { alt = "ummeldung" }')
SIGNED = "buergeramt-fuehrungszeugnis"
KNOWN = {
    "department_id": "buergeramt",
    "service_id": "buergeramt-ummeldung",
    "code": "slot-taken",
}
PERSON = {"name": "Erika Beispiel", "email": "erika@example.org"}


async def drive(folder: Path) -> Observed:
    desk, clock = Desk(), Clock()
    config = desk.config(folder, RENAMED)
    known = {"gateway": knowing(SECRET, gateway=config["gateway"], limits="bookings_per_contact = 2", keys="holds = 1")}
    async with city(folder, clock=clock, **{**config, **known}) as here:
        observed = Observed((await here.client.get("/openapi.json")).json())
        observed.watch(here)
        for operation in operations(observed.document).items():
            await at_the_gate(here, *operation)
        await catalogue(here)
        await holds(here, desk)
        await bookings(here, desk)
        await moves(here, desk)
        await verifying(here, desk)
        await websites(here)
        held = [(await here.hold((await here.slots())[place]["slot"])).json() for place in (-1, -2)]
        slots = await here.slots()
        booked = await here.booked(-3)
    gone = {
        "department": config["department"].replace("[offers.meldewesen]", "[offers.neu]"),
        "gateway": config["gateway"].replace('data_dir = "data"', 'data_dir = "data"\nbookings_per_client = 1'),
    }
    async with city(folder, clock=clock, **gone) as here:
        observed.watch(here)
        await here.hold(slots[0]["slot"])
        await here.hold((await here.slots())[-4]["slot"])
        await here.book(held[0])
        await ask(here, booked, "reschedule", slot=slots[0]["slot"])
        await lose_journal(here)
        for (verb, path), described in operations(observed.document).items():
            await here.client.request(verb, filled(path), **sound(described))
    return observed


def filled(path: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: KNOWN.get(match[1], "0" * 32), path)


def sound(described: Mapping[str, Any]) -> dict[str, Any]:
    """Return what belongs to a request of this operation: key, token, body, parameters."""
    sent: dict[str, Any] = {"headers": {**key(), **bearer("x" * 43)}, "params": {}}
    if "requestBody" in described:
        name = described["requestBody"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
        bodies = {
            "HoldWanted": {"slot": "x"},
            "BookingWanted": {"hold": "0" * 32, "token": "x", "person": PERSON},
            "RescheduleWanted": {"slot": "x"},
            "ContactCorrected": {"email": "a@example.org"},
            "VerifyWanted": {"token": "x"},
        }
        sent["json"] = bodies[name]
    if any(one["name"] == "service" for one in described.get("parameters", ())):
        sent["params"]["service"] = "buergeramt-ummeldung"
    return sent


async def at_the_gate(here: City, operation: tuple[str, str], described: Mapping[str, Any]) -> None:
    """What every operation refuses: a strange host, unknown parameters and ids, bodies of the wrong kind or size."""
    verb, path = operation
    sent = sound(described)
    ask_for = here.client.request
    await ask_for(verb, filled(path), **{**sent, "headers": {**sent["headers"], "Host": "evil.example"}})
    await ask_for(verb, filled(path), **{**sent, "params": {**sent["params"], "nonsense": "1"}})
    await ask_for(verb, filled(path), **sent)
    await ask_for(verb, re.sub(r"\{\w+\}", "unknown", path), **sent)
    if verb in ("POST", "DELETE"):
        await ask_for(verb, filled(path), content=b"a=b", headers={"Content-Type": "text/plain"})
        await ask_for(verb, filled(path), content=b"x" * 70_000, headers={"Content-Type": "application/json"})
        await ask_for(
            verb, filled(path), content=b"{}", headers={**sent["headers"], "Content-Type": "application/json"}
        )
        await ask_for(verb, filled(path), **{**sent, "headers": bearer("x" * 43)})
        if verb == "POST":
            await ask_for(verb, filled(path), **{**sent, "json": {"nonsense": 1}})


async def catalogue(here: City) -> None:
    paths = [
        "/v1/departments",
        "/v1/departments/buergeramt",
        "/v1/services",
        "/v1/services/buergeramt-ummeldung",
        "/v1/coverage",
        "/v1/export/services.csv",
        "/v1/export/services.jsonld",
    ]
    for path in paths:
        first = await here.client.get(path)
        await here.client.get(path, headers={"If-None-Match": first.headers["etag"]})
    await here.client.get("/v1/services/buergeramt-alt")
    await here.client.get("/v1/slots", params={"service": "unknown"})
    await here.client.get("/v1/slots", params={"service": "buergeramt-ummeldung"})
    await here.client.get("/v1/services/buergeramt-ummeldung/slots", params={"from": "gestern"})


async def holds(here: City, desk: Desk) -> None:
    slots = await here.slots()
    same = key()
    first = await here.client.post("/v1/holds", json={"slot": slots[0]["slot"]}, headers=same)
    await here.client.post("/v1/holds", json={"slot": slots[1]["slot"]}, headers=same)
    await here.hold(slots[0]["slot"])
    await here.hold(slots[0]["slot"])
    hold = first.json()
    for _ in range(3):
        await here.client.post(f"/v1/holds/{hold['id']}/extend", headers=bearer(hold["token"]))
    here.clock.forward(minutes=31)
    await here.client.post(f"/v1/holds/{hold['id']}/extend", headers=bearer(hold["token"]))
    await here.book(hold)
    await here.client.delete(f"/v1/holds/{hold['id']}", headers=bearer(hold["token"]))
    held = [(await here.hold(slot["slot"])).json() for slot in slots[2:7] for _ in range(2)]
    await here.hold(slots[8]["slot"])
    await here.hold(slots[8]["slot"], continues={"hold": "0" * 32, "token": "x"})
    for one in held:
        await here.client.delete(f"/v1/holds/{one['id']}", headers=bearer(one["token"]))
    await without_calendar(here, desk, here.hold(slots[8]["slot"]))


async def without_calendar(here: City, desk: Desk, asked: Any) -> httpx.Response:
    here.gateway.occupations._caches["buergeramt/termine"]._blocks.clear()
    desk.always["busy"] = Unavailable("gone")
    answer: httpx.Response = await asked
    desk.always.clear()
    await later(here, seconds=1)
    return answer


async def bookings(here: City, desk: Desk) -> None:
    slots = await here.slots()
    hold = (await here.hold(slots[9]["slot"])).json()
    same, hanging = key(), Hanging()
    wish = {"hold": hold["id"], "token": hold["token"], "person": PERSON}
    desk.will("ensure", hanging)
    with impatient():
        waiting = asyncio.create_task(here.client.post("/v1/bookings", json=wish, headers=same))
        await hanging.asked.wait()
        await here.client.post("/v1/bookings", json=wish, headers=same)
        await waiting
    hanging.go.set()
    await at_rest(here)
    await here.client.post("/v1/bookings", json={**wish, "lang": "en"}, headers=same)
    await here.client.post("/v1/bookings", json=wish, headers=key())
    await here.client.post(f"/v1/holds/{hold['id']}/extend", headers=bearer(hold["token"]))
    await cancelled_and_taken_for_a_hold(here, slots[11]["slot"])
    booking = await here.booked(10)
    url, headers = f"/v1/bookings/{booking['id']}", bearer(booking["manage_token"])
    await here.client.get(url, headers=headers)
    await here.client.get(f"{url}/calendar.ics", headers=headers)
    await here.client.post(f"{url}/contact", json={"email": "neu@example.org"}, headers=headers)
    await here.client.post(f"{url}/contact", json={"name": "Jemand anders"}, headers=headers)
    taken = (await here.hold(slots[12]["slot"])).json()
    desk.foreign += [(lane, interval_of(slots[12])) for lane in ("platz-1", "platz-2")]
    await here.book(taken)
    await failing_for_ever(here, desk)
    await cancelling(here, desk, booking)


async def cancelled_and_taken_for_a_hold(here: City, slot: str) -> None:
    hold = (await here.hold(slot)).json()
    await ask(here, (await here.book(hold)).json(), "cancel")
    await here.book(hold)
    await here.client.post(f"/v1/holds/{hold['id']}/extend", headers=bearer(hold["token"]))


async def failing_for_ever(here: City, desk: Desk) -> None:
    """Book while the calendar stays away, and lose the answer."""
    slots = [slot for slot in await here.slots() if slot["start"] > "2026-11-24"]
    hold = (await here.hold(slots[0]["slot"])).json()
    same = key()
    wish = {"hold": hold["id"], "token": hold["token"], "person": PERSON}
    desk.always["ensure"] = Unavailable("gone")
    await here.client.post("/v1/bookings", json=wish, headers=same)
    await later(here, minutes=11)
    desk.always.clear()
    await later(here, minutes=2)
    await change(here, "UPDATE idempotency SET answer = NULL, lease = 0")
    await here.client.post("/v1/bookings", json=wish, headers=same)


async def cancelling(here: City, desk: Desk, booking: Mapping[str, Any]) -> None:
    url, headers, hanging = f"/v1/bookings/{booking['id']}", bearer(booking["manage_token"]), Hanging()
    same = {**headers, **key()}
    desk.will("delete", hanging)
    with impatient():
        waiting = asyncio.create_task(here.client.post(f"{url}/cancel", headers=same))
        await hanging.asked.wait()
        await here.client.post(f"{url}/cancel", headers=same)
        await waiting
    hanging.go.set()
    await at_rest(here)
    await here.client.post(f"{url}/cancel", json={}, headers=same)
    await here.client.post(f"{url}/contact", json={"email": "neu@example.org"}, headers=headers)
    past = await here.booked(0)
    here.clock.forward(days=1)
    await at_rest(here)
    await ask(here, past, "cancel")
    over = f"/v1/bookings/{past['id']}/contact"
    await here.client.post(over, json={"email": "neu@example.org"}, headers=bearer(past["manage_token"]))


async def moves(here: City, desk: Desk) -> None:
    slots = await here.slots()
    booking = await here.booked(0)
    hanging, same = Hanging(), {**bearer(booking["manage_token"]), **key()}
    url = f"/v1/bookings/{booking['id']}/reschedule"
    desk.will("ensure", hanging)
    with impatient():
        waiting = asyncio.create_task(here.client.post(url, json={"slot": slots[3]["slot"]}, headers=same))
        await hanging.asked.wait()
        await here.client.post(url, json={"slot": slots[3]["slot"]}, headers=same)
        await ask(here, booking, "reschedule", slot=slots[4]["slot"])
        await waiting
    hanging.go.set()
    await at_rest(here)
    await here.client.post(url, json={"slot": slots[4]["slot"]}, headers=same)
    await ask(here, booking, "reschedule", slot=slots[5]["slot"])
    await at_rest(here)
    await ask(here, booking, "reschedule", slot="x")
    await ask(here, booking, "reschedule", slot=(await here.slots(SIGNED))[0]["slot"])
    desk.foreign += [(lane, interval_of(slots[6])) for lane in ("platz-1", "platz-2")]
    await ask(here, booking, "reschedule", slot=slots[6]["slot"])
    await without_calendar(here, desk, ask(here, booking, "reschedule", slot=slots[7]["slot"]))


async def verifying(here: City, desk: Desk) -> None:
    slots = await here.slots(SIGNED)

    async def waiting(place: int) -> tuple[str, str]:
        booking = (await here.book((await here.hold(slots[place]["slot"])).json())).json()
        await at_rest(here)
        return f"/v1/bookings/{booking['id']}/verify", link_in(here, "bestaetigen").rsplit("/", 1)[1]

    url, token = await waiting(0)
    await here.client.post(url, json={"token": token})
    await here.client.post(url, json={"token": token})
    url, token = await waiting(2)
    desk.foreign += [(lane, interval_of(slots[2])) for lane in ("platz-1", "platz-2")]
    await here.client.post(url, json={"token": token})
    url, token = await waiting(1)
    desk.will("ensure", Unavailable("gone"))
    await here.client.post(url, json={"token": token})
    await later(here, seconds=5)
    url, token = await waiting(3)
    await here.client.post(url, json={"token": token})
    url, token = await waiting(4)
    here.clock.forward(hours=1)
    await here.client.post(url, json={"token": token})


async def websites(here: City) -> None:
    """What only API clients hear: wrong credentials, nobody named, the website's own budget."""
    first, second, *_ = [slot["slot"] for slot in await here.slots()]
    wrong, nobody = basic(secret=OTHER), "0" * 32
    await here.client.post("/v1/holds", json={"slot": first}, headers={**key(), **wrong})
    await here.client.post("/v1/bookings", json={"hold": nobody, "token": "x"}, headers={**key(), **wrong})
    await here.client.post(f"/v1/bookings/{nobody}/verify", json={"token": "x"}, headers=wrong)
    await here.client.post("/v1/holds", json={"slot": first}, headers={**key(), **basic()})
    for slot in (first, second):
        await here.client.post("/v1/holds", json={"slot": slot}, headers={**key(), **for_citizen("erika")})


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> Observed:
    return asyncio.run(drive(tmp_path_factory.mktemp("city")))


def test_every_documented_status_occurs_and_no_other_does(observed: Observed) -> None:
    documented = {
        name: {int(status) for status in described["responses"]}
        for name, described in operations(observed.document).items()
    }
    seen = dict(observed.statuses)
    never = {name: documented[name] - seen[name] for name in documented if documented[name] - seen[name]}
    unsaid = {name: seen[name] - documented[name] for name in documented if seen[name] - documented[name]}
    assert (never, unsaid) == ({}, {})


def test_every_documented_code_occurs_and_no_other_does(observed: Observed) -> None:
    documented = {name: documented_codes(one) for name, one in operations(observed.document).items()}
    seen = {name: observed.codes[name] for name in documented}
    never = {name: documented[name] - seen[name] for name in documented if documented[name] - seen[name]}
    unsaid = {name: seen[name] - documented[name] for name in documented if seen[name] - documented[name]}
    assert (never, unsaid) == ({}, {})


def test_every_json_answer_fits_its_documented_schema(observed: Observed) -> None:
    assert observed.wrong == []
