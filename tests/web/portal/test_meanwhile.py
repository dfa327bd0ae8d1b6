"""What has changed while somebody was choosing, typing or waiting for the day is said as it is, and nothing is lost."""

from pathlib import Path

import pytest

from tests.booking.desk import at_rest
from tests.booking.looking import seen
from tests.gateways import DEPARTMENT, Clock, city
from tests.web.portal.visitor import Seen, Visitor

TIMES = "/leistung/buergeramt-meldebescheinigung/termine"
WITHOUT_OFFER = DEPARTMENT.replace("[offers.meldewesen]", "[offers.neu]")
CITIZEN_CALLS = DEPARTMENT.replace("combinable = true", 'combinable = true\nphone = "citizen_calls"')
CORRECTED = "Ihre Kontaktdaten sind gespeichert."
ERIKA = {"name": "Erika Beispiel", "email": "erika@example.org", "phone": "0351 1234567"}


async def test_a_time_that_has_come_too_near_is_said_so_and_has_others_beside_it(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        visitor = Visitor(here.client)
        await visitor.opens(TIMES)
        here.clock.forward(hours=1, minutes=10)
        lost = await visitor.presses("Zeit reservieren", choice=0)
        assert (lost.status, lost.heading) == (410, "Diese Zeit wird nicht mehr angeboten")
        assert "Sie ist inzwischen zu nah, oder das Amt hat sie zurückgenommen." in lost.text
        assert (await visitor.presses("Zeit reservieren")).heading == "Ihre Angaben"


async def test_somebody_elses_page_that_shows_a_time_too_near_leads_to_the_same_words(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slot = (await here.slots())[0]["slot"]
        here.clock.forward(hours=1, minutes=10)
        page = Seen(await here.client.get("/termin/neu", params={"slot": slot}))
        assert (page.status, page.heading) == (410, "Diese Zeit wird nicht mehr angeboten")
        assert page.times()


async def test_programs_hear_of_the_nearest_times_as_well(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots()
        here.clock.forward(hours=1, minutes=10)
        problem = (await here.hold(slots[0]["slot"])).json()
        assert problem["code"] == "slot-withdrawn"
        assert len(problem["alternatives"]) == 5


@pytest.mark.parametrize("step", ["", "/pruefen"])
async def test_a_hold_whose_offer_is_gone_says_so_before_anything_is_typed(tmp_path: Path, step: str) -> None:
    clock = Clock()
    async with city(tmp_path, clock=clock) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
    async with city(tmp_path, clock=clock, department=WITHOUT_OFFER) as here:
        page = Seen(await here.client.get(f"/termin/neu/{hold['id']}/{hold['token']}{step}"))
        assert (page.status, page.heading) == (410, "Diese Zeit wird nicht mehr angeboten")
        assert page.links("/leistung/buergeramt-meldebescheinigung/termine")


async def test_what_was_typed_for_an_offer_that_is_gone_by_then_goes_along_to_the_next(tmp_path: Path) -> None:
    clock = Clock()
    async with city(tmp_path, clock=clock) as here:
        hold = (await here.hold((await here.slots(channel="phone"))[0]["slot"])).json()
    async with city(tmp_path, clock=clock, department=WITHOUT_OFFER) as here:
        sent = {**ERIKA, "token": hold["token"]}
        lost = Seen(await here.client.post(f"/termin/neu/{hold['id']}/angaben", data=sent))
        assert lost.status == 410
        assert "Was Sie eingegeben haben, ist noch da." in lost.text
        slot = (await here.slots(channel="phone"))[0]["slot"]
        again = {"slot": slot, "key": "k" * 20, "hold": hold["id"], "token": hold["token"]}
        form = Seen(await here.client.post("/termin/neu", data=again, follow_redirects=True))
        assert form.tree.xpath("//input[@name='phone']/@value") == [ERIKA["phone"]]


async def test_who_calls_whom_stays_as_promised_when_the_offer_is_gone(tmp_path: Path) -> None:
    clock = Clock()
    async with city(tmp_path, clock=clock, department=CITIZEN_CALLS) as here:
        hold = (await here.hold((await here.slots(channel="phone"))[0]["slot"])).json()
        booking = (await here.book(hold)).json()
        await at_rest(here)
        assert booking["phone"]["mode"] == "citizen_calls"
    async with city(tmp_path, clock=clock, department=WITHOUT_OFFER) as here:
        page = Seen(await here.client.get(booking["manage_url"]))
        assert booking["phone"]["number"] in page.text


async def test_who_calls_whom_stays_as_promised_when_the_offer_has_changed(tmp_path: Path) -> None:
    clock = Clock()
    async with city(tmp_path, clock=clock, department=CITIZEN_CALLS) as here:
        hold = (await here.hold((await here.slots(channel="phone"))[0]["slot"])).json()
        booking = (await here.book(hold)).json()
    async with city(tmp_path, clock=clock) as here:
        assert (await seen(here, booking))["phone"] == booking["phone"]


async def test_a_number_of_the_department_that_has_changed_since_is_todays(tmp_path: Path) -> None:
    clock = Clock()
    numbered = CITIZEN_CALLS.replace("combinable = true", 'combinable = true\nphone_number = "0351 4880001"')
    async with city(tmp_path, clock=clock, department=numbered) as here:
        hold = (await here.hold((await here.slots(channel="phone"))[0]["slot"])).json()
        booking = (await here.book(hold)).json()
    async with city(tmp_path, clock=clock, department=numbered.replace("4880001", "4880002")) as here:
        page = Seen(await here.client.get(booking["manage_url"]))
        assert "4880002" in page.text
        assert "4880001" not in page.text


async def test_what_has_just_happened_is_said_no_more_when_the_page_is_opened_later(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        visitor = Visitor(here.client)
        await visitor.opens(f"{booking['manage_url']}/kontakt")
        done = await visitor.presses("Speichern", {"email": "neu@example.org"})
        assert CORRECTED in done.text
        here.clock.forward(minutes=6)
        assert CORRECTED not in (await visitor.opens(str(done.answer.url))).text


async def test_an_appointment_that_was_never_moved_is_never_said_to_be(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        page = Seen(await here.client.get(f"{booking['manage_url']}?getan=verlegt"))
        assert "Ihr Termin ist verlegt" not in page.text


@pytest.mark.parametrize(
    "button", ["neu/{id}/angaben", "neu/{id}/buchen", "{id}/absagen", "{id}/verlegen", "{id}/kontakt"]
)
async def test_the_address_of_a_button_that_is_loaded_again_says_how_to_get_back(tmp_path: Path, button: str) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        page = Seen(await here.client.get(f"/termin/{button.format(id=booking['id'])}"))
        assert (page.status, page.answer.headers["allow"]) == (405, "POST")
        assert "gehen Sie im Browser eine Seite zurück" in page.text
