"""Erasing by the page: it says what goes and what stays, and what it leads to."""

from pathlib import Path

from tests.booking.desk import Desk, Hanging, at_rest, later
from tests.booking.looking import ask, button_of, rows
from tests.gateways import City, city
from tests.web.portal.visitor import Visitor

ERASE, CANCEL_AND_ERASE = "Angaben endgültig löschen", "Termin absagen und Angaben löschen"
PAGE = "/loeschen"


async def erasing(here: City, url: str) -> Visitor:
    visitor = Visitor(here.client)
    await visitor.opens(url + PAGE)
    return visitor


async def test_what_is_over_is_erased_and_its_links_are_dead(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        await later(here, hours=3)
        visitor = await erasing(here, booking["manage_url"])
        page = await visitor.presses(ERASE)
        assert (page.path, page.heading) == ("/termin/geloescht", "Ihre Angaben sind gelöscht")
        assert booking["manage_token"] not in page.answer.text
        for url in (booking["manage_url"], booking["join_url"], booking["calendar_url"]):
            assert (await here.client.get(url)).status_code == 404
        assert await rows(here, "SELECT key, personal FROM booking") == [(None, None)]


async def test_an_appointment_to_come_is_cancelled_first_and_the_page_says_so(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        visitor = await erasing(here, booking["manage_url"])
        assert visitor.page.heading == "Absagen und Angaben löschen"
        page = await visitor.presses(CANCEL_AND_ERASE)
        assert (page.path, page.heading) == ("/termin/wird-geloescht", "Ihre Angaben werden gelöscht")
        await at_rest(here)
        assert await rows(here, "SELECT state, key FROM booking") == [("cancelled", None)]


async def test_pressing_again_is_answered_like_an_unknown_link(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        await later(here, hours=3)
        visitor = await erasing(here, booking["manage_url"])
        before = visitor.page
        await visitor.presses(ERASE)
        visitor.page = before
        again = await visitor.presses(ERASE)
        address, _ = button_of(booking["manage_url"].replace(booking["id"], "0" * 32), "loeschen")
        unknown = await here.client.post(address, data={"token": booking["manage_token"]})
        assert (again.status, unknown.status_code) == (404, 404)
        assert again.answer.text == unknown.text


async def test_a_page_that_did_not_speak_of_cancelling_cancels_nothing(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        address, fields = button_of(booking["manage_url"], "loeschen")
        answer = await here.client.post(address, data=fields)
        assert answer.status_code == 200
        assert CANCEL_AND_ERASE in answer.text
        assert await rows(here, "SELECT state FROM booking") == [("confirmed",)]


async def test_while_a_calendar_hangs_the_page_says_what_will_happen(tmp_path: Path) -> None:
    desk, hanging = Desk(), Hanging()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        booking = await here.booked()
        await at_rest(here)
        desk.will("delete", hanging)
        visitor = await erasing(here, booking["manage_url"])
        await visitor.presses(CANCEL_AND_ERASE)
        await hanging.asked.wait()
        for url in (booking["manage_url"], booking["manage_url"] + PAGE):
            page = await visitor.opens(url)
            assert "Ihre Angaben werden gelöscht, sobald" in page.text
            assert not page.links(PAGE)
        hanging.go.set()
        await at_rest(here)
        assert (await visitor.opens(booking["manage_url"])).status == 404


async def test_a_talk_that_takes_place_now_is_erased_afterwards(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        await later(here, minutes=65)
        visitor = await erasing(here, booking["manage_url"])
        assert "sobald das Gespräch vorbei" in visitor.page.text
        assert (await visitor.presses(ERASE)).path == "/termin/wird-geloescht"
        assert (await here.client.get(booking["manage_url"])).status_code == 200
        await later(here, minutes=30)
        assert (await here.client.get(booking["manage_url"])).status_code == 404


async def test_a_cancelled_appointment_is_erased_in_english_too(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        await ask(here, booking, "cancel")
        await at_rest(here)
        visitor = await erasing(here, booking["manage_url"].replace(".test/", ".test/en/"))
        page = await visitor.presses("Erase for good")
        assert (page.path, page.heading) == ("/en/termin/geloescht", "Your details are erased")
