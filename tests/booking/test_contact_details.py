"""How a citizen can be reached: addresses that can be written to, numbers that can be called back."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from durchwahl.booking.phone_numbers import NotCallable, callable_number
from durchwahl.errors import Rejected
from durchwahl.model.mail import NoMailAddress, mail_address
from durchwahl.notify.guard import mail_address as envelope_address
from tests.booking.desk import at_rest
from tests.booking.looking import rows, seen
from tests.gateways import City, bearer, city

UNWRITABLE = [
    "a..b@example.org",
    ".a@example.org",
    "a.@example.org",
    "x@exa..mple.org",
    "x@.example.org",
    "x@example.org.",
    "x@-example.org",
    "x@example-.org",
    "x@exa_mple.org",
    "jörg@example.org",
    "ерика@example.org",
    "x@[192.0.2.1]",
    "x@192.0.2.1",
    '"a b"@example.org',
    "a b@example.org",
    "x",
    "x@",
    "@example.org",
    "a@b@example.org",
    "a@example.org,b@example.org",
    "Erika <erika@example.org>",
    "x@" + "b" * 64 + ".org",
    "a" * 65 + "@example.org",
    "a" * 64 + "@" + ".".join(["b" * 60] * 3) + ".example",
    "x@xn--zzzzzzz99.example",
    "x@exam\u200bple\u2028.org",
    "x@☃☃.example\x00",
]
WRITABLE = {
    "erika@example.org": "erika@example.org",
    "a.b+c_d'e@Sub.Example.ORG": "a.b+c_d'e@Sub.Example.ORG",
    "erika@müller.example": "erika@xn--mller-kva.example",
    "erika@MÜLLER.example": "erika@xn--mller-kva.example",
    "erika@straße.example": "erika@xn--strae-oqa.example",
    "erika@пример.рф": "erika@xn--e1afmkfd.xn--p1ai",
    "erika@xn--mller-kva.example": "erika@xn--mller-kva.example",
}


@pytest.mark.parametrize("address", UNWRITABLE)
def test_what_cannot_be_written_to_is_refused_by_the_judge_and_by_the_mails_alike(address: str) -> None:
    with pytest.raises(NoMailAddress):
        mail_address(address)
    with pytest.raises(Rejected):
        envelope_address(address)


@pytest.mark.parametrize(("address", "on_the_envelope"), WRITABLE.items())
def test_what_can_be_written_to_goes_out_with_its_domain_in_ascii(address: str, on_the_envelope: str) -> None:
    assert mail_address(address, public=True) == on_the_envelope == envelope_address(address)


@pytest.mark.parametrize("address", ["root@localhost", "platz-1@exchange", "x@example.c"])
def test_a_host_of_the_own_network_is_for_the_citys_own_addresses_only(address: str) -> None:
    assert mail_address(address) == address
    with pytest.raises(NoMailAddress):
        mail_address(address, public=True)


def pointers(answer: httpx.Response) -> tuple[int, list[str]]:
    return answer.status_code, [one["pointer"] for one in answer.json().get("errors", ())]


async def corrected(here: City, booking: dict[str, Any], **contact: str | None) -> httpx.Response:
    url = f"/v1/bookings/{booking['id']}/contact"
    return await here.client.post(url, json=contact, headers=bearer(booking["manage_token"]))


@pytest.mark.parametrize("address", [*UNWRITABLE[:6], "jörg@example.org", "root@localhost"])
async def test_a_booking_and_a_correction_refuse_the_same_address_each_with_its_own_pointer(
    tmp_path: Path, address: str
) -> None:
    async with city(tmp_path) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        person = {"name": "Erika Beispiel", "email": address}
        assert pointers(await here.book(hold, person=person)) == (422, ["/person/email"])
        booking = (await here.book(hold)).json()
        assert pointers(await corrected(here, booking, email=address)) == (422, ["/email"])


async def test_a_correction_points_at_whatever_is_wrong_in_its_own_body(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        assert pointers(await corrected(here, booking, phone="12")) == (422, ["/phone"])
        assert pointers(await corrected(here, booking, email=None)) == (422, ["/email"])
        anonymous = await here.slots("buergeramt-suchtberatung")
        hold = (await here.hold(anonymous[0]["slot"])).json()
        unnamed = (await here.book(hold, person={"email": "x@example.org"})).json()
        assert pointers(await corrected(here, unnamed, phone="0351 4880000")) == (422, ["/phone"])


async def test_an_address_is_kept_as_given_and_written_to_in_ascii(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        person = {"name": "Erika Beispiel", "email": "erika@müller.example"}
        booking = (await here.book(hold, person=person)).json()
        await at_rest(here)
        assert len(here.outbox.to("erika@xn--mller-kva.example")) == 1
        view = await here.gateway.bookings.get(booking["id"], booking["manage_token"])
        assert view.particulars.person.email == "erika@müller.example"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("0351 4880000", "+493514880000"),
        ("0351/488-0000", "+493514880000"),
        ("(0351) 488 00 00", "+493514880000"),
        ("+49 (0) 351 4880000", "+493514880000"),
        ("0049 172 1234567", "+491721234567"),
        ("0172 1234567", "+491721234567"),
        ("tel:+49-351-4880000", "+493514880000"),
        ("032 221234567", "+4932221234567"),
        ("0800 1234567", "+498001234567"),
        ("+420 601 123 456", "+420601123456"),
        ("+44 20 7946 0958", "+442079460958"),
        ("+1 212 555 2368", "+12125552368"),
        ("+380 44 234 5678", "+380442345678"),
        ("+7 495 123-45-67", "+74951234567"),
    ],
)
def test_numbers_that_people_have_can_be_called_back(given: str, expected: str) -> None:
    assert callable_number(given) == expected


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("0900 1234567", "costly_phone_number"),
        ("0180 5 123456", "costly_phone_number"),
        ("0137 7123456", "costly_phone_number"),
        ("0700 12345678", "costly_phone_number"),
        ("+44 9011 234567", "costly_phone_number"),
        ("+979 123 456 789", "costly_phone_number"),
        ("+870 773 111 632", "costly_phone_number"),
        ("+881 612 345 678", "costly_phone_number"),
        ("+882 16 12345678", "costly_phone_number"),
        ("+800 1234 5678", "costly_phone_number"),
        ("0351 4880000 Durchwahl 12", "phone_extension"),
        ("0351 4880-0, App. 12", "phone_extension"),
        ("0351 4880000 ext. 12", "phone_extension"),
        ("+49351488;ext=12", "phone_extension"),
        ("110", "no_phone_number"),
        ("115", "no_phone_number"),
        ("abc", "no_phone_number"),
        ("", "no_phone_number"),
        ("+49", "no_phone_number"),
        ("0351", "no_phone_number"),
    ],
)
def test_numbers_that_cost_or_lead_elsewhere_are_refused_with_the_reason(given: str, reason: str) -> None:
    with pytest.raises(NotCallable) as caught:
        callable_number(given)
    assert caught.value.reason == reason


@pytest.mark.parametrize("number", ["0900 1234567", "0351 4880000 Durchwahl 12"])
async def test_a_refused_number_is_explained_in_both_languages(tmp_path: Path, number: str) -> None:
    async with city(tmp_path) as here:
        hold = (await here.hold((await here.slots(channel="phone"))[0]["slot"])).json()
        person = {"name": "Erika Beispiel", "email": "e@example.org", "phone": number}
        answer = await here.book(hold, person=person)
        assert pointers(answer) == (422, ["/person/phone"])
        assert len(answer.json()["errors"][0]["detail"]) > 30
        assert await rows(here, "SELECT state FROM booking") == [("held",)]


async def test_a_correction_keeps_the_number_that_was_there(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        hold = (await here.hold((await here.slots(channel="phone"))[0]["slot"])).json()
        person = {"name": "Erika Beispiel", "email": "e@example.org", "phone": "0351 4880000"}
        booking = (await here.book(hold, person=person)).json()
        assert (await corrected(here, booking, email="neu@example.org")).status_code == 200
        view = await here.gateway.bookings.get(booking["id"], booking["manage_token"])
        assert view.particulars.person.phone == "+493514880000"
        assert (await seen(here, booking))["status"] == "confirmed"
