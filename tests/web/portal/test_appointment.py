"""The page of an appointment: what it says in every state, and what it leaves unsaid."""

import re
from pathlib import Path

import pytest

from durchwahl.errors import Unavailable
from tests.booking.desk import Desk, at_rest, impatient, later
from tests.booking.looking import ask, change
from tests.gateways import DEPARTMENT, GATEWAY, City, city
from tests.web.portal.visitor import Visitor

NEEDS = {"interpreter": "uk", "support_person": True, "captions": True, "easy_language": False}


async def visited(here: City, url: str) -> Visitor:
    visitor = Visitor(here.client)
    await visitor.opens(url)
    return visitor


async def test_a_video_appointment_says_when_its_room_opens_and_how_to_test_the_camera(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        page = (await visited(here, booking["manage_url"])).page
        assert "Der Videoraum öffnet 10 Minuten vor dem Termin." in page.text
        assert page.links("/gespraech/") == [booking["join_url"].removeprefix("http://gateway.test")]
        assert page.links("/technik") == ["/technik"]
        assert page.links("/termin.ics")


async def test_a_room_that_is_open_already_is_said_to_be_open(tmp_path: Path) -> None:
    early = DEPARTMENT.replace("combinable = true", 'combinable = true\njoin_early = "90d"')
    async with city(tmp_path, department=early) as here:
        booking = await here.booked()
        page = (await visited(here, booking["manage_url"])).page
        assert "Der Videoraum ist offen." in page.text
        assert "Minuten" not in page.text


async def test_a_room_that_opens_days_ahead_has_a_date(tmp_path: Path) -> None:
    early = DEPARTMENT.replace("combinable = true", 'combinable = true\njoin_early = "1d"')
    async with city(tmp_path, department=early) as here:
        booking = await here.booked(place=-1)
        page = (await visited(here, booking["manage_url"])).page
        assert "Der Videoraum öffnet am Montag, 30. November 2026, 11:40 Uhr." in page.text


async def test_the_needs_are_shown_as_they_were_given(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        booking = (await here.book(hold, needs=NEEDS)).json()
        page = (await visited(here, booking["manage_url"])).page
        assert all(said in page.text for said in ("Dolmetschen: Ukrainisch", "Eine Begleitperson", "Untertitel"))


async def test_a_phone_appointment_says_who_calls_and_shows_no_number_of_the_citizen(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        hold = (await here.hold((await here.slots(channel="phone"))[0]["slot"])).json()
        booking = (await here.book(hold, person={"name": "Erika", "phone": "0351 4881234"})).json()
        page = (await visited(here, booking["manage_url"])).page
        assert "Wir rufen Sie zur vereinbarten Zeit an. Unsere Nummer kann dabei unterdrückt sein." in page.text
        assert "4881234" not in page.text
        assert not page.links("/gespraech/")


async def test_a_number_to_call_is_named_where_the_citizen_calls(tmp_path: Path) -> None:
    department = DEPARTMENT.replace("combinable = true", 'combinable = true\nphone = "citizen_calls"')
    async with city(tmp_path, department=department) as here:
        hold = (await here.hold((await here.slots(channel="phone"))[0]["slot"])).json()
        booking = (await here.book(hold)).json()
        text = (await visited(here, booking["manage_url"])).page.text
        assert "Bitte rufen Sie uns zur vereinbarten Zeit an: 0351 0000000" in text


async def test_a_discreet_appointment_names_its_topic_nowhere_on_its_pages(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        hold = (await here.hold((await here.slots("buergeramt-suchtberatung"))[0]["slot"])).json()
        booking = (await here.book(hold, person={"email": "erika@example.org"})).json()
        await at_rest(here)
        urls = [booking["manage_url"], booking["join_url"]]
        urls += [f"{booking['manage_url']}/{verb}" for verb in ("verlegen", "kontakt", "absagen", "loeschen")]
        for url in urls:
            page = (await visited(here, url)).page
            assert page.status == 200
            assert not re.search("sucht|bürgeramt", page.answer.text.lower())
        await ask(here, booking, "cancel")
        page = (await visited(here, booking["manage_url"])).page
        assert "sucht" not in page.answer.text.lower()


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("confirming", "Wird gerade gebucht"),
        ("awaiting_email", "erst gebucht, wenn Sie ihn bestätigen"),
        ("awaiting_approval", "Wartet auf die Zusage des Amtes"),
        ("rescheduling", "Ihr Termin wird gerade verlegt"),
        ("unresolved", "Bitte fragen Sie beim Amt nach"),
        ("undoing", "Die Zeit ist inzwischen vergeben"),
        ("failed", "Die Zeit ist inzwischen vergeben"),
        ("cancelling", "Ihr Termin wird abgesagt"),
        ("cancelled", "Ihr Termin ist abgesagt"),
        ("expired", "Dieser Termin ist nicht gebucht"),
        ("refused", "Dieser Termin ist nicht gebucht"),
        ("completed", "Dieser Termin ist vorbei"),
        ("no_show", "Dieser Termin ist vorbei"),
    ],
)
async def test_every_state_is_said_in_words_and_offers_only_what_can_be_done(
    tmp_path: Path, state: str, said: str
) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        await at_rest(here)
        await change(here, f"UPDATE booking SET state = '{state}', failure = 'taken'")
        page = (await visited(here, booking["manage_url"])).page
        assert said in page.text
        verbs = {link.rsplit("/", 1)[1] for link in page.links(booking["manage_token"] + "/")}
        is_open = state in ("confirming", "awaiting_email", "awaiting_approval", "rescheduling")
        assert verbs == {"loeschen", *(["absagen"] if is_open else []), *(_live() if state == "rescheduling" else [])}


def _live() -> list[str]:
    return ["kontakt", "termin.ics"]


async def test_a_failed_booking_leads_to_other_times(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        desk.always["ensure"] = Unavailable("gone")
        with impatient():
            booking = (await here.book(hold)).json()
        await later(here, minutes=11)
        desk.always.clear()
        await later(here, minutes=5)
        page = (await visited(here, booking["manage_url"])).page
        assert "Das System des Amtes antwortet nicht. Es ist nichts gebucht." in page.text
        assert page.links("/leistung/buergeramt-meldebescheinigung/termine?channel=video")


async def test_whatever_stands_in_the_address_is_not_repeated(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        plain = (await visited(here, booking["manage_url"])).page.text
        for done in ("alles", "<b>", "x" * 5_000, "verlegt.x"):
            page = (await visited(here, f"{booking['manage_url']}?getan={done}")).page
            assert page.text == plain


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "Ада 🦉 Λ", "שרה כהן", "a" * 120])
async def test_strange_names_are_shown_as_they_are(tmp_path: Path, name: str) -> None:
    async with city(tmp_path) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        booking = (await here.book(hold, person={"name": name, "email": "erika@example.org"})).json()
        page = (await visited(here, f"{booking['manage_url']}/kontakt")).page
        (shown,) = page.tree.xpath("//main//bdi")
        assert shown.text_content() == name
        assert not page.tree.xpath("//main//script")


async def test_behind_a_prefix_every_link_and_every_form_keeps_it(tmp_path: Path) -> None:
    gateway = GATEWAY.replace("http://gateway.test/", "http://gateway.test/beratung/")
    async with city(tmp_path, gateway=gateway) as here:
        booking = await here.booked()
        assert booking["manage_url"].startswith("http://gateway.test/beratung/termin/")
        verbs = ("", "/verlegen", "/kontakt", "/absagen", "/loeschen")
        for url in [*(booking["manage_url"] + verb for verb in verbs), booking["join_url"]]:
            page = (await visited(here, url)).page
            assert page.status == 200
            inside = [
                *page.links("/"),
                *page.tree.xpath("//form/@action"),
                *page.tree.xpath("//link[@rel='stylesheet']/@href"),
            ]
            assert not [link for link in inside if not link.startswith("/beratung/")]
