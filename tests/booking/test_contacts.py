"""One proved mail address has only so many appointments to come, whoever books for it from wherever."""

import asyncio
import hashlib
from base64 import b64encode
from pathlib import Path

import httpx
import pytest

from durchwahl.booking.contacts import normalised
from durchwahl.booking.erasing import Erasing
from tests.booking.desk import at_rest, later
from tests.booking.looking import ask, link_in, press, rows, seen
from tests.booking.websites import for_citizen, knowing, said
from tests.gateways import GATEWAY, City, Clock, city

pytestmark = pytest.mark.usefixtures("on_both")

PROVED = "buergeramt-fuehrungszeugnis"
ERIKA = "erika@example.org"
TOO_MANY = (429, "booking-limit")
ROTATED = '[{ env = "NEW_KEY" }, { file = "installation.key" }]'


def at_most(number: int, gateway: str = GATEWAY) -> str:
    return gateway.replace('data_dir = "data"', f'data_dir = "data"\nbookings_per_contact = {number}')


async def awaited(here: City, email: str = ERIKA) -> tuple[dict[str, str], str]:
    """Book the next free time, and return the booking and the token from its mail."""
    slot = (await here.slots(PROVED))[0]["slot"]
    held = (await here.hold(slot)).json()
    booking = (await here.book(held, person={"name": "Erika Beispiel", "email": email})).json()
    await at_rest(here)
    return booking, link_in(here, "bestaetigen").rsplit("/", 1)[1]


async def proves(here: City, booking: dict[str, str], token: str) -> httpx.Response:
    return await here.client.post(f"/v1/bookings/{booking['id']}/verify", json={"token": token})


async def booked(here: City, email: str = ERIKA) -> httpx.Response:
    return await proves(here, *await awaited(here, email))


async def test_one_mail_address_has_only_so_many_appointments_to_come(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=at_most(2)) as here:
        answers = [await booked(here) for _ in range(3)]
        assert [one.status_code for one in answers] == [201, 201, 429]
        assert said(answers[2]) == TOO_MANY
        assert (await booked(here, "max@example.org")).status_code == 201


async def test_without_a_setting_it_has_five(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        assert [(await booked(here)).status_code for _ in range(6)] == [201] * 5 + [429]


async def test_a_limit_of_nought_is_none(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=at_most(0)) as here:
        assert [(await booked(here)).status_code for _ in range(7)] == [201] * 7


async def test_the_place_of_whoever_has_enough_is_free_at_once_and_nothing_personal_is_kept(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=at_most(1)) as here:
        await booked(here)
        before = [slot["remaining"] for slot in await here.slots(PROVED)]
        booking, token = await awaited(here)
        await proves(here, booking, token)
        assert [slot["remaining"] for slot in await here.slots(PROVED)] == before
        known = f"SELECT state, failure, personal, contact FROM booking WHERE id = '{booking['id']}'"
        assert await rows(here, known) == [("released", "limit", None, None)]
        shown = await seen(here, booking)
        assert (shown["status"], shown["reason"]) == ("released", "limit")


async def test_to_press_again_does_not_help(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=at_most(1)) as here:
        await booked(here)
        booking, token = await awaited(here)
        assert [said(await proves(here, booking, token)) for _ in range(2)] == [TOO_MANY] * 2


async def test_the_page_behind_the_link_says_kindly_what_to_do(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=at_most(1)) as here:
        await booked(here)
        await awaited(here)
        pressed = await press(here, link_in(here, "bestaetigen"))
        assert (pressed.status_code, pressed.headers["content-type"]) == (429, "text/html; charset=utf-8")
        assert "sagen Sie Termine ab, die Sie nicht brauchen" in pressed.text


async def test_the_page_of_an_appointment_that_was_turned_away_says_why(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=at_most(1)) as here:
        await booked(here)
        booking, token = await awaited(here)
        await proves(here, booking, token)
        assert "nimmt keine weitere Buchung von Ihnen an" in (await here.client.get(booking["manage_url"])).text


async def test_what_was_cancelled_counts_no_longer(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=at_most(1)) as here:
        await ask(here, (await booked(here)).json(), "cancel")
        assert (await booked(here)).status_code == 201


async def test_what_is_over_counts_no_longer(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=at_most(1)) as here:
        await booked(here)
        await later(here, days=4)
        assert (await booked(here)).status_code == 201


async def test_of_two_links_pressed_at_once_one_is_too_many(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=at_most(1)) as here:
        both = [await awaited(here) for _ in range(2)]
        answers = await asyncio.gather(*(proves(here, *one) for one in both))
        assert sorted(one.status_code for one in answers) == [201, 429]


async def test_a_link_whose_time_has_passed_says_so_to_whoever_has_enough(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=at_most(1)) as here:
        await booked(here)
        waiting = await awaited(here)
        here.clock.forward(hours=1)
        assert said(await proves(here, *waiting)) == (410, "hold-expired")


async def test_appointments_count_that_were_made_before_the_key_was_rotated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEW_KEY", b64encode(bytes(range(32, 64))).decode())
    clock, one = Clock(), at_most(2)
    async with city(tmp_path, clock=clock, gateway=one) as here:
        await booked(here)
    async with city(tmp_path, clock=clock, gateway=one.replace('[{ file = "installation.key" }]', ROTATED)) as here:
        assert [said(await booked(here))[0] for _ in range(2)] == [201, 429]
        assert await rows(here, "SELECT count(DISTINCT contact) FROM booking WHERE contact IS NOT NULL") == [(2,)]


async def test_a_website_changes_nothing_about_what_one_mail_address_has(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=at_most(1, knowing())) as here:
        await booked(here)
        here.client.headers.update(for_citizen("erika"))
        assert said(await booked(here)) == TOO_MANY


async def test_who_proves_nothing_is_not_counted(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=at_most(1)) as here:
        for place in range(3):
            await here.booked(place)
        assert await rows(here, "SELECT DISTINCT contact FROM booking") == [(None,)]


async def test_the_journal_keeps_a_keyed_hash_that_goes_with_the_rest(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = (await booked(here)).json()
        ((kept,),) = await rows(here, "SELECT contact FROM booking")
        assert len(kept) == 16
        assert not hashlib.sha256(ERIKA.encode()).digest().startswith(kept)
        await at_rest(here)
        erasing = Erasing(here.gateway.context, here.gateway.steps)
        await erasing.erase(booking["id"], booking["manage_token"], cancels=True)
        await at_rest(here)
        assert await rows(here, "SELECT contact, client, key FROM booking") == [(None, None, None)]


@pytest.mark.parametrize("spelt", ["Erika@Example.ORG", "erika+zwei@example.org", "ERIKA+@example.org"])
def test_the_spellings_of_a_mailbox_are_one(spelt: str) -> None:
    assert normalised(spelt) == ERIKA


def test_a_domain_counts_in_ascii() -> None:
    assert normalised("erika@münchen.example") == normalised("erika@xn--mnchen-3ya.example")


def test_other_mailboxes_stay_others() -> None:
    addresses = {normalised(one) for one in (ERIKA, "erika.b@example.org", "erikab@example.org", "+erika@example.org")}
    assert len(addresses) == 4
