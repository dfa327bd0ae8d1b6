"""Corrected contact data reach everybody who was told the old ones, and swallow nothing that was still to be said."""

from email.message import EmailMessage
from pathlib import Path
from typing import Any

from durchwahl.errors import Unavailable
from tests.booking.desk import Desk, at_rest, later
from tests.booking.looking import ask, link_in, rows, seen, text_of
from tests.gateways import DEPARTMENT, City, Outbox, bearer, city


class Down(Outbox):
    """A mail server that is down for a while."""

    is_down = True

    async def send(self, message: EmailMessage) -> None:
        if self.is_down:
            raise Unavailable("down")
        await super().send(message)


async def correct(here: City, booking: dict[str, Any], **person: Any) -> dict[str, Any]:
    url = f"/v1/bookings/{booking['id']}/contact"
    answer = await here.client.post(url, json=person, headers=bearer(booking["manage_token"]))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def to_clerks(mails: list[EmailMessage]) -> list[str]:
    return [text_of(mail) for mail in mails if "platz-" in str(mail["To"])]


def files_to_clerks(here: City) -> list[bytes]:
    mails = [mail for mail in here.outbox.mails if "platz-" in str(mail["To"])]
    return [mail.get_payload()[1].get_payload(decode=True) for mail in mails]


async def called_back(here: City) -> dict[str, Any]:
    hold = (await here.hold((await here.slots(channel="phone"))[0]["slot"])).json()
    person = {"name": "Erika Beispiel", "phone": "+4935112345678", "email": "erika@example.org"}
    booking = (await here.book(hold, person=person)).json()
    await at_rest(here)
    return dict(booking)


async def test_a_confirmation_that_had_not_gone_out_goes_to_the_corrected_address(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        here.gateway.context.outgoing = out = Down()
        booking = await here.booked()
        await at_rest(here)
        await correct(here, booking, email="neu@example.org")
        out.is_down = False
        await later(here, minutes=5)
        (confirmation,) = out.to("neu@example.org")
        assert "gebucht" in str(confirmation["Subject"])
        assert booking["manage_url"] in text_of(confirmation)
        assert out.to("erika@example.org") == []
        assert len(to_clerks(out.mails)) == 1


async def test_a_corrected_address_gets_the_manage_link(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        await at_rest(here)
        await correct(here, booking, email="neu@example.org")
        await at_rest(here)
        (letter,) = here.outbox.to("neu@example.org")
        assert "Kontaktdaten" in str(letter["Subject"])
        assert booking["manage_url"] in text_of(letter)
        assert link_in(here, "termin") == booking["manage_url"]
        assert b"SEQUENCE:1" in letter.get_payload()[1].get_payload(decode=True)
        assert len(here.outbox.to("erika@example.org")) == 1


async def test_a_corrected_number_is_told_to_the_clerk_who_learns_by_mail_only(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await called_back(here)
        await correct(here, booking, phone="+4935187654321")
        await at_rest(here)
        old, new = to_clerks(here.outbox.mails)
        assert ("12345678" in old.replace(" ", ""), "87654321" in new.replace(" ", "")) == (True, True)
        assert "neue Kontaktdaten" in new
        assert [b"SEQUENCE:0" in files_to_clerks(here)[0], b"SEQUENCE:1" in files_to_clerks(here)[1]] == [True, True]
        assert len(here.outbox.to("erika@example.org")) == 1


async def test_a_clerk_who_was_never_told_the_address_is_not_told_that_it_has_changed(tmp_path: Path) -> None:
    fields = 'calendar_fields = ["reference", "phone"]\n[offers.beratung]'
    async with city(tmp_path, department=DEPARTMENT.replace("[offers.beratung]", fields)) as here:
        booking = await called_back(here)
        await correct(here, booking, email="neu@example.org")
        await at_rest(here)
        assert len(to_clerks(here.outbox.mails)) == 1
        assert len(here.outbox.to("neu@example.org")) == 1


async def test_a_correction_that_corrects_nothing_changes_nothing(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        booking = await here.booked()
        await at_rest(here)
        before, mails = await rows(here, "SELECT * FROM booking"), len(here.outbox.mails)
        for person in ({}, {"email": "erika@example.org"}):
            assert await correct(here, booking, **person) == await seen(here, booking)
        await at_rest(here)
        assert await rows(here, "SELECT * FROM booking") == before
        assert (len(here.outbox.mails), desk.said("ensure")) == (mails, 1)


async def test_a_move_overtakes_a_confirmation_and_a_correction_after_it_nothing(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        here.gateway.context.outgoing = out = Down()
        slots = await here.slots()
        booking = await here.booked()
        await ask(here, booking, "reschedule", slot=slots[5]["slot"])
        await at_rest(here)  # what is just being sent may still go to the old address
        await correct(here, booking, email="neu@example.org")
        await at_rest(here)
        out.is_down = False
        await later(here, minutes=5)
        assert ["verlegt" in str(mail["Subject"]) for mail in out.to("neu@example.org")] == [True]
