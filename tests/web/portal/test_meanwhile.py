"""What has changed while somebody was choosing, typing or waiting for the day is said as it is, and nothing is lost."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.booking.desk import at_rest
from tests.booking.looking import seen
from tests.gateways import DEPARTMENT, SHEET, Clock, city
from tests.web.portal.visitor import Seen, Visitor

TIMES = "/leistung/buergeramt-meldebescheinigung/termine"
WITHOUT_OFFER = DEPARTMENT.replace("[offers.meldewesen]", "[offers.neu]")
RENAMED = DEPARTMENT.replace(
    'number = "33"', 'number = "33"\nrenamed = { meldebescheinigung = "bescheinigung" }'
).replace('"meldebescheinigung"', '"bescheinigung"')
RENAMED_SHEET = SHEET.replace("meldebescheinigung;", "bescheinigung;", 1)
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


async def test_an_appointment_whose_service_was_renamed_is_called_so_and_can_be_moved(tmp_path: Path) -> None:
    clock = Clock()
    async with city(tmp_path, clock=clock) as here:
        booking = await here.booked()
        await at_rest(here)
    async with city(tmp_path, clock=clock, department=RENAMED, sheet=RENAMED_SHEET) as here:
        assert (await seen(here, booking))["services"] == [{"id": "buergeramt-bescheinigung", "count": 1}]
        visitor = Visitor(here.client)
        page = await visitor.opens(f"{booking['manage_url']}/verlegen")
        assert "Meldebescheinigung" in page.text
        assert "Ihr Termin ist verlegt" in (await visitor.presses("Auf diese Zeit verlegen")).text


async def test_an_appointment_whose_service_is_gone_names_no_id_and_offers_no_other_time(tmp_path: Path) -> None:
    clock = Clock()
    async with city(tmp_path, clock=clock) as here:
        booking = await here.booked()
        await at_rest(here)
    gone = "\r\n".join(line for line in SHEET.splitlines() if not line.startswith("meldebescheinigung;"))
    async with city(tmp_path, clock=clock, sheet=gone) as here:
        page = Seen(await here.client.get(booking["manage_url"]))
        assert "buergeramt-meldebescheinigung" not in page.text
        assert "Beratung, die nicht mehr im Verzeichnis steht" in page.text
        assert not page.links("/verlegen")


async def test_the_page_after_booking_leads_on_to_the_appointment_when_that_is_over(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        here.clock.forward(hours=2)
        page = Seen(await here.client.get(f"{booking['manage_url']}/gebucht", follow_redirects=True))
        assert page.path == urlsplit(booking["manage_url"]).path


async def test_who_has_dropped_out_of_a_long_talk_finds_the_way_back(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        here.clock.forward(hours=1, minutes=25)
        page = Seen(await here.client.get(booking["manage_url"]))
        assert page.links("/gespraech/")
        here.clock.forward(minutes=30)
        assert not Seen(await here.client.get(booking["manage_url"])).links("/gespraech/")


async def test_an_address_with_two_slashes_links_to_no_other_host(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        for path in ("//evil.example", "/en//evil.example", "/en/%5Cevil.example", "/en///evil.example/x?y=//z"):
            page = Seen(await here.client.get(f"http://gateway.test{path}"))
            assert page.status == 404
            assert [href for href in page.links() if urlsplit(href).netloc or href.startswith(("//", "/\\"))] == []


async def test_choosing_another_way_to_talk_keeps_how_often_it_is_wanted(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        page = Seen(await here.client.get(f"{TIMES}?channel=phone&count=3"))
        assert all("count=3" in href for href in page.links("/termine?channel="))


async def test_an_office_with_a_mail_address_is_never_offered_by_phone_alone(tmp_path: Path) -> None:
    contact = 'contact = { phone = "0351 0000000", email = "amt@example.org", url = "https://amt.example.org/" }'
    department = DEPARTMENT.replace('contact = { phone = "0351 0000000" }', contact)
    async with city(tmp_path, department=department) as here:
        booking = await here.booked()
        for address in (booking["manage_url"], booking["join_url"]):
            page = Seen(await here.client.get(address))
            assert page.links("tel:") == ["tel:03510000000"]
            assert page.links("mailto:") == ["mailto:amt@example.org"]
            assert page.links("https://amt.example.org/")


async def test_fragments_of_all_kinds_on_one_page_share_no_id(tmp_path: Path) -> None:
    addresses = [
        "/fragments/departments",
        "/fragments/departments/buergeramt",
        "/fragments/services/buergeramt-meldebescheinigung",
        "/fragments/services/buergeramt-wunschkennzeichen",
        "/fragments/services/buergeramt-meldebescheinigung/times?channel=video",
        "/fragments/services/buergeramt-meldebescheinigung/times?channel=phone",
    ]
    async with city(tmp_path) as here:
        page = "".join([(await here.client.get(address)).text for address in addresses])
        ids = re.findall(r' id="([^"]+)"', page)
        assert len(ids) > 20
        assert sorted(set(ids)) == sorted(ids)
