"""Behind the mail's link an appointment is moved, cancelled, corrected and erased; opening a link changes nothing."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page

from tests.browser.citizen import choose, facts, fill_in, follow, heading, press, times
from tests.browser.conftest import Visits
from tests.browser.running import LINK, Site, body_of, link_of, wait_until
from tests.browser.states import CERTIFICATE, PERSON, Booking, Interface

PAGES = ("", "/verlegen", "/absagen", "/kontakt", "/loeschen", "/termin.ics", "/gebucht")


@pytest.fixture
def interface(anywhere: Site) -> Iterator[Interface]:
    asking = Interface(anywhere)
    yield asking
    asking.client.close()


@pytest.fixture
def booking(interface: Interface) -> Booking:
    return interface.book(CERTIFICATE, "video")


@pytest.fixture
def page(visiting: Visits, anywhere: Site, booking: Booking) -> Page:
    """The page behind the link in the citizen's mail."""
    mail = anywhere.mail(to=PERSON["email"], about=booking.answer["id"])
    page = visiting(anywhere).page
    page.goto(link_of(mail, "/termin/"))
    assert heading(page) == "Ihr Termin"
    return page


def main(page: Page) -> str:
    return page.get_by_role("main").inner_text()


def test_opening_the_links_of_a_mail_changes_nothing(anywhere: Site, interface: Interface, booking: Booking) -> None:
    links = LINK.findall(body_of(anywhere.mail(to=PERSON["email"], about=booking.answer["id"])))
    clerks = LINK.findall(body_of(anywhere.mail(to="buergeramt-platz", about=booking.answer["id"])))
    pages = [f"{anywhere.base}{booking.path}{page}" for page in PAGES]
    ours = [link for link in {*links, *clerks, *pages} if link.startswith(anywhere.base)]
    assert len(ours) >= len(PAGES) + 2
    before, mails = interface.seen(booking), len(anywhere.mails())
    for _ in range(3):
        for link in ours:
            assert httpx.get(link, trust_env=False).status_code == 200
            assert httpx.head(link, trust_env=False).status_code == 200
    assert interface.seen(booking) == before
    assert len(anywhere.mails()) == mails


def test_an_appointment_is_moved(page: Page, anywhere: Site, interface: Interface, booking: Booking) -> None:
    follow(page, "Termin verlegen")
    before = facts(page)["Bisherige Zeit"]
    clock = choose(page, 5)
    press(page, "Auf diese Zeit verlegen")
    assert heading(page) == "Ihr Termin"
    assert "Ihr Termin ist verlegt" in main(page)
    assert clock in facts(page)["Wann"] != before
    assert interface.seen(booking)["start"] != booking.answer["start"]
    anywhere.mail(to=PERSON["email"], about=clock)


def test_a_time_that_is_gone_leaves_the_appointment_where_it_is(
    page: Page, interface: Interface, booking: Booking
) -> None:
    follow(page, "Termin verlegen")
    choose(page, 7)
    slot = times(page).nth(7).input_value()
    wanted = [one["start"] for one in interface.slots(CERTIFICATE, "video") if one["slot"] == slot]
    while free := [one for one in interface.slots(CERTIFICATE, "video") if one["start"] == wanted[0]]:
        interface.hold_slot(free[0]["slot"])
    press(page, "Auf diese Zeit verlegen")
    assert page.title().startswith("Fehler: ")
    assert "Ihr Termin bleibt, wie er ist" in main(page)
    assert interface.seen(booking)["start"] == booking.answer["start"]
    choose(page)
    press(page, "Auf diese Zeit verlegen")
    assert "Ihr Termin ist verlegt" in main(page)


def test_an_appointment_is_cancelled_once_however_often(
    page: Page, anywhere: Site, interface: Interface, booking: Booking
) -> None:
    follow(page, "Termin absagen")
    assert interface.status(booking) == "confirmed"
    form = page.locator("form", has=page.get_by_role("button", name="Termin absagen"))
    address = anywhere.origin + str(form.get_attribute("action"))
    press(page, "Termin absagen")
    again = httpx.post(address, data={"token": booking.answer["manage_token"]}, trust_env=False)
    assert again.status_code == 303
    wait_until(lambda: interface.status(booking) == "cancelled", "the appointment stays")
    page.reload()
    assert "abgesagt" in main(page)
    assert page.get_by_role("link", name="Termin verlegen").count() == 0
    anywhere.mail(to=PERSON["email"], about="abgesagt")


def test_contact_details_are_corrected_and_a_wrong_address_is_named(page: Page, anywhere: Site) -> None:
    follow(page, "Kontaktdaten ändern")
    fill_in(page, {"E-Mail-Adresse": "keine Adresse"})
    press(page, "Speichern")
    assert page.title().startswith("Fehler: ")
    assert page.get_by_label("E-Mail-Adresse").input_value() == "keine Adresse"
    fill_in(page, {"E-Mail-Adresse": "neu@example.org"})
    press(page, "Speichern")
    assert "Ihre Kontaktdaten sind gespeichert" in main(page)
    anywhere.mail(to="neu@example.org")


def test_erasing_cancels_and_leaves_a_link_like_an_unknown_one(
    page: Page, anywhere: Site, interface: Interface, booking: Booking
) -> None:
    address = page.url
    follow(page, "Angaben löschen")
    assert interface.status(booking) == "confirmed"
    press(page, "Termin absagen und Angaben löschen")
    assert "gelöscht" in heading(page)
    wait_until(lambda: httpx.get(address, trust_env=False).status_code == 404, "the appointment is still there")
    erased, unknown = httpx.get(address, trust_env=False), httpx.get(f"{address[:-1]}_", trust_env=False)
    assert (erased.status_code, erased.text) == (unknown.status_code, unknown.text)
    page.goto(address)
    assert heading(page) == "Das haben wir nicht gefunden"


def test_the_way_into_the_room_is_closed_before_its_time(page: Page) -> None:
    follow(page, "Zur Videoberatung")
    assert page.get_by_role("link", name="Seite neu laden").count() == 1
    assert page.get_by_role("button").count() == 0
