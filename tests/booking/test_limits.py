"""No one address takes every time."""

from pathlib import Path

import pytest

from tests.booking.desk import at_rest
from tests.booking.looking import ask, link_in
from tests.gateways import GATEWAY, City, bearer, city, key

pytestmark = pytest.mark.usefixtures("on_both")

FEW = GATEWAY.replace('data_dir = "data"', 'data_dir = "data"\nbookings_per_client = 3')
PROVED = "buergeramt-fuehrungszeugnis"


async def tried(here: City, times: int, *, service: str = "buergeramt-meldebescheinigung") -> list[tuple[int, str]]:
    """Hold and book one slot after the other, and return what each hold was answered."""
    said = []
    for slot in (await here.slots(service))[:times]:
        held = await here.hold(slot["slot"])
        said.append((held.status_code, held.json().get("code", "")))
        if held.status_code == 201:
            assert (await here.book(held.json())).status_code in (201, 202)
    return said


HELD, REFUSED = (201, ""), (429, "booking-limit")


async def test_holding_and_booking_in_a_loop_ends_at_the_limit(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=FEW) as here:
        assert await tried(here, 5) == [HELD] * 3 + [REFUSED] * 2


async def test_without_a_setting_one_address_does_not_book_everything(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        assert (await tried(here, 40)).count(HELD) == 20


async def test_holds_that_may_become_bookings_count(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=FEW) as here:
        slots = await here.slots()
        held = [await here.hold(slot["slot"]) for slot in slots[:4]]
        assert [one.status_code for one in held] == [201, 201, 201, 429]
        assert [(await here.book(one.json())).status_code for one in held[:3]] == [201] * 3
        released = await here.hold(slots[4]["slot"])
        assert released.json()["code"] == "booking-limit"


async def test_the_refusal_says_when_to_come_again_and_an_hour_later_it_is_over(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=FEW) as here:
        await tried(here, 3)
        refused = await here.hold((await here.slots())[8]["slot"])
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0
        here.clock.forward(hours=1, seconds=1)
        assert (await here.hold((await here.slots())[8]["slot"])).status_code == 201


async def test_a_cancelled_appointment_counts_no_longer(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=FEW) as here:
        booking = await here.booked()
        await tried(here, 2)
        assert (await here.hold((await here.slots())[8]["slot"])).status_code == 429
        await ask(here, booking, "cancel")
        assert (await here.hold((await here.slots())[8]["slot"])).status_code == 201


async def test_whoever_has_used_the_link_in_the_mail_is_known_and_counts_no_longer(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=FEW) as here:
        for slot in (await here.slots(PROVED))[:5]:
            held = await here.hold(slot["slot"])
            assert held.status_code == 201
            booking = (await here.book(held.json())).json()
            await at_rest(here)
            token = link_in(here, "bestaetigen").rsplit("/", 1)[1]
            proved = await here.client.post(f"/v1/bookings/{booking['id']}/verify", json={"token": token})
            assert proved.json()["status"] == "confirmed"


async def test_what_waits_for_the_mail_counts_until_then(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=FEW) as here:
        assert await tried(here, 5, service=PROVED) == [HELD] * 3 + [REFUSED] * 2


async def test_a_taken_slot_stays_a_taken_slot_for_whoever_is_over_the_limit(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=FEW) as here:
        slots = await here.slots()
        for _ in range(2):
            await here.book((await here.hold(slots[0]["slot"])).json())
        await tried(here, 1)
        assert (await here.hold(slots[0]["slot"])).json()["code"] == "slot-taken"


async def test_moving_at_the_limit_is_allowed(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=FEW) as here:
        booking = await here.booked()
        await tried(here, 2)
        slots = await here.slots()
        assert (await ask(here, booking, "reschedule", slot=slots[8]["slot"])).status_code == 200


async def test_a_limit_of_nought_is_none(tmp_path: Path) -> None:
    unlimited = GATEWAY.replace('data_dir = "data"', 'data_dir = "data"\nbookings_per_client = 0')
    async with city(tmp_path, gateway=unlimited) as here:
        assert await tried(here, 25) == [HELD] * 25


async def test_a_repeat_of_a_hold_is_no_further_one(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=FEW) as here:
        await tried(here, 2)
        sent = {"json": {"slot": (await here.slots())[8]["slot"]}, "headers": key()}
        answers = [await here.client.post("/v1/holds", **sent) for _ in range(3)]
        assert [one.status_code for one in answers] == [201] * 3
        hold = answers[0].json()
        extended = await here.client.post(f"/v1/holds/{hold['id']}/extend", headers=bearer(hold["token"]))
        assert extended.status_code == 200
