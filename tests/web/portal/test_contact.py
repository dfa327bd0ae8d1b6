"""Correcting contact data by the page: what is wrong is said kindly beside the field, and nothing typed is lost."""

from pathlib import Path

import pytest

from tests.booking.desk import at_rest
from tests.booking.looking import ask
from tests.gateways import City, city
from tests.web.portal.visitor import Visitor

SAVE = "Speichern"


async def correcting(here: City, **more: object) -> tuple[Visitor, dict[str, str]]:
    hold = (await here.hold((await here.slots(**{"channel": "phone", **more}))[0]["slot"])).json()
    person = {"name": "Erika Beispiel", "email": "erika@example.org", "phone": "0351 4881234"}
    booking = (await here.book(hold, person=person)).json()
    visitor = Visitor(here.client)
    await visitor.opens(f"{booking['manage_url']}/kontakt")
    return visitor, booking


async def given(here: City, booking: dict[str, str]) -> tuple[str | None, str | None]:
    person = (await here.gateway.bookings.get(booking["id"], booking["manage_token"])).particulars.person
    return person.email, person.phone


def value_of(visitor: Visitor, name: str) -> str:
    (value,) = visitor.page.tree.xpath(f"//input[@name='{name}']/@value")
    return str(value)


async def test_the_form_shows_what_is_known_and_why_the_name_stays(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        visitor, _ = await correcting(here)
        assert value_of(visitor, "email") == "erika@example.org"
        assert value_of(visitor, "phone") == "+493514881234"
        assert not visitor.page.tree.xpath("//input[@name='name']")
        assert "Erika Beispiel" in visitor.page.text
        assert "Den Namen können wir hier nicht ändern" in visitor.page.text


async def test_what_was_corrected_is_kept_and_said(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        visitor, booking = await correcting(here)
        typed = {"email": " neu@example.org ", "phone": "0351 4885678"}
        page = await visitor.presses(SAVE, typed)
        assert (page.heading, page.answer.history[0].status_code) == ("Ihr Termin", 303)
        assert "Ihre Kontaktdaten sind gespeichert." in page.text
        assert await given(here, booking) == ("neu@example.org", "+493514885678")


WRONG = [
    ({"email": "erika@"}, "email", "An diese E-Mail-Adresse können wir nicht schreiben."),
    ({"email": "erika@example.org\x00"}, "email", "E-Mail-Adresse darf keine Steuerzeichen"),
    ({"email": "e" * 10_000}, "email", "E-Mail-Adresse darf höchstens 254 Zeichen haben."),
    ({"phone": "0900 1234567"}, "phone", "Telefonnummer ist eine Sonder-, Satelliten- oder Mehrwertnummer"),
    ({"phone": "12"}, "phone", "Diese Telefonnummer können wir nicht anrufen."),
    ({"phone": ""}, "phone", "Bitte geben Sie an: Telefonnummer."),
    ({"email": "<script>alert(1)</script>"}, "email", "An diese E-Mail-Adresse können wir nicht schreiben."),
]


@pytest.mark.parametrize(("typed", "field", "said"), WRONG)
async def test_what_is_wrong_is_said_above_and_beside_the_field(
    tmp_path: Path, typed: dict[str, str], field: str, said: str
) -> None:
    async with city(tmp_path) as here:
        visitor, booking = await correcting(here)
        page = await visitor.presses(SAVE, {"email": "neu@example.org", "phone": "0351 4885678", **typed})
        assert page.status == 422
        assert page.title.startswith("Fehler: ")
        (summary,) = page.tree.xpath("//*[@role='alert']")
        assert summary.get("tabindex") == "-1"
        assert summary.xpath(".//a/@href") == [f"#{field}"]
        assert said in summary.text_content()
        (wrong,) = page.tree.xpath("//input[@aria-invalid='true']")
        assert wrong.get("id") == field
        (beside,) = page.tree.xpath(f"//*[@id='{wrong.get('aria-describedby').split()[-1]}']")
        assert said in beside.text_content()
        assert await given(here, booking) == ("erika@example.org", "+493514881234")


async def test_everything_typed_stays_in_the_form(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        visitor, _ = await correcting(here)
        await visitor.presses(SAVE, {"email": 'er"ika@', "phone": "0351 4885678"})
        assert (value_of(visitor, "email"), value_of(visitor, "phone")) == ('er"ika@', "0351 4885678")
        page = await visitor.presses(SAVE, {"email": "neu@example.org"})
        assert page.heading == "Ihr Termin"


async def test_two_mistakes_are_said_at_once(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        visitor, _ = await correcting(here)
        page = await visitor.presses(SAVE, {"email": "erika@", "phone": "0900 1234567"})
        assert page.tree.xpath("//*[@role='alert']//a/@href") == ["#email", "#phone"]


async def test_saving_unchanged_writes_to_nobody(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        visitor, _ = await correcting(here)
        await at_rest(here)
        before = len(here.outbox.mails)
        for _ in range(2):
            page = await visitor.presses(SAVE)
            await visitor.opens(str(page.answer.url).split("?", maxsplit=1)[0] + "/kontakt")
        await at_rest(here)
        assert len(here.outbox.mails) == before


async def test_a_cancelled_appointment_has_no_contact_data_to_correct(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        visitor, booking = await correcting(here)
        await ask(here, booking, "cancel")
        page = await visitor.presses(SAVE)
        assert (page.status, page.heading) == (409, "Der Termin ist abgesagt")
