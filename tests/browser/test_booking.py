"""A citizen finds a consultation and books it, without JavaScript, at the root of a host and below a path."""

import re

import pytest
from playwright.sync_api import Page

from tests.browser.citizen import (
    BOOK,
    ERIKA,
    NUMBER,
    ON,
    facts,
    fill_in,
    follow,
    heading,
    manage_address,
    press,
    reserve,
    times,
)
from tests.browser.conftest import Visits
from tests.browser.running import Site, body_of

CERTIFICATE = "Meldebescheinigung"
LEIKA = "99115003012000"
CALLBACK = "Wir rufen Sie zur vereinbarten Zeit an. Unsere Nummer kann dabei unterdrückt sein."
DISCREET = re.compile("schwanger|konflikt", re.IGNORECASE)


def from_the_list(page: Page, site: Site, channel: str, name: str) -> None:
    """Go from the list of everything to a service's times on a channel."""
    page.goto(site.base)
    page.get_by_label("Art des Gesprächs").select_option(label=f"{channel}beratung")
    press(page, "Anzeigen")
    follow(page, name)
    assert heading(page) == name
    follow(page, f"Zeit für ein {'Videogespräch' if channel == 'Video' else 'Telefongespräch'} wählen")


def calendar_file(page: Page) -> str:
    """Return the appointment's calendar file, as the page's link gives it."""
    address = page.get_by_role("link", name="In den eigenen Kalender übernehmen").get_attribute("href") or ""
    answer = page.context.request.get(f"{page.url.split('/termin/')[0].rsplit('/beratung', 1)[0]}{address}")
    assert answer.ok
    return answer.text().replace("\r\n ", "")


def test_a_video_consultation_is_booked(visiting: Visits, anywhere: Site) -> None:
    page = visiting(anywhere).page
    from_the_list(page, anywhere, "Video", CERTIFICATE)
    clock = reserve(page)
    assert "reserviert bis" in page.get_by_role("region", name="Ihre Reservierung").inner_text()
    fill_in(page, {**ERIKA, "E-Mail-Adresse": "video@example.org"})
    press(page, ON)
    checked = facts(page)
    assert checked["Worum es geht"] == CERTIFICATE
    assert checked["Wie"] == "Videoberatung"
    assert clock in checked["Wann"]
    press(page, BOOK)
    assert heading(page) == "Ihr Termin ist gebucht"
    assert facts(page)["Wann"] == checked["Wann"]
    mail = anywhere.mail(to="video@example.org")
    assert manage_address(page) in body_of(mail)
    assert f"{anywhere.base}gespraech/" in body_of(mail)
    assert "BEGIN:VEVENT" in calendar_file(page)


def test_a_phone_consultation_says_who_calls_and_shows_the_number_to_the_clerk_only(
    visiting: Visits, anywhere: Site
) -> None:
    page = visiting(anywhere).page
    from_the_list(page, anywhere, "Telefon", "Führungszeugnis")
    reserve(page)
    fill_in(page, {**ERIKA, "E-Mail-Adresse": "telefon@example.org", "Telefonnummer": NUMBER})
    press(page, ON)
    assert CALLBACK in page.get_by_role("main").inner_text()
    when = facts(page)["Wann"]
    press(page, BOOK)
    digits = re.compile(r"4\D?5\D?6\D?7\D?8\D?9\D?0")
    confirmation = page.content()
    assert CALLBACK in page.get_by_role("main").inner_text()
    assert when in page.get_by_role("main").inner_text()
    file = calendar_file(page)
    page.goto(manage_address(page))
    assert CALLBACK in page.get_by_role("main").inner_text()
    to_citizen = anywhere.mail(to="telefon@example.org")
    for shown in (confirmation, page.content(), file, to_citizen.as_string(), body_of(to_citizen)):
        assert not digits.search(re.sub(r"[0-9a-f]{32}/[\w-]{43}", "", shown))
    assert digits.search(body_of(anywhere.mail(to="buergeramt-platz", about="567890")))


def test_an_anonymous_booking_names_its_topic_nowhere_outside(visiting: Visits, site: Site) -> None:
    window = visiting(site)
    page = window.page
    from_the_list(page, site, "Video", "Schwangerenberatung")
    fewer = len(site.mails(to="gesundheit"))
    reserve(page)
    assert "anonym" in page.get_by_role("main").inner_text()
    begun = len(window.navigations)
    fill_in(page, {"E-Mail-Adresse": "niemand@example.org"})
    press(page, ON)
    press(page, BOOK)
    assert heading(page) == "Ihr Termin ist gebucht"
    assert not [address for address in (page.url, *window.navigations[begun:]) if DISCREET.search(address)]
    assert not DISCREET.search(calendar_file(page))
    mail = site.mail(to="niemand@example.org")
    assert not DISCREET.search(str(mail["Subject"]))
    clerks = site.mail(to="gesundheit", fewer=fewer)
    assert not DISCREET.search(str(clerks["Subject"]))
    page.goto(manage_address(page))
    assert not DISCREET.search(page.get_by_role("main").inner_text())


def test_nobody_has_to_say_anything_for_an_anonymous_booking(visiting: Visits, site: Site) -> None:
    page = visiting(site).page
    from_the_list(page, site, "Telefon", "Schwangerenberatung")
    reserve(page)
    press(page, ON)
    assert heading(page) == "Stimmt alles?"
    assert "Bitte rufen Sie zur vereinbarten Zeit an" in page.get_by_role("main").inner_text()
    press(page, BOOK)
    assert heading(page) == "Ihr Termin ist gebucht"
    assert "Sie bekommen keine E-Mail" in page.get_by_role("main").inner_text()


def test_from_a_forms_link_to_a_booked_call_in_four_requests(visiting: Visits, anywhere: Site) -> None:
    window = visiting(anywhere)
    page = window.page
    page.goto(f"{anywhere.base}leika/{LEIKA}")
    reserve(page)
    fill_in(page, {**ERIKA, "Telefonnummer": NUMBER})
    press(page, ON)
    assert facts(page)["Wie"] == "Telefonberatung"
    press(page, BOOK)
    assert heading(page) == "Ihr Termin ist gebucht"
    assert [one.split(" ")[0] for one in window.navigations] == ["GET", "POST", "POST", "POST"]


def test_a_forms_own_address_leads_to_the_person_as_well(visiting: Visits, site: Site) -> None:
    page = visiting(site).page
    page.goto(f"{site.base}formular?form_url=https%3A%2F%2Fwww.fuehrungszeugnis.bund.de%2F")
    assert page.get_by_role("link", name="Führungszeugnis").count() >= 1


def test_a_signing_clerk_is_found_by_filter_and_booked_by_keyboard_alone(visiting: Visits, site: Site) -> None:
    page = visiting(site).page
    page.goto(site.base)
    _tab_to(page, "select", "Sprache")
    page.keyboard.type("Deutsche Geb")
    _tab_to(page, "button", "Anzeigen")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("language=gsg"))
    _tab_to(page, "link", CERTIFICATE)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/leistung/"))
    _tab_to(page, "link", "Zeit für ein Videogespräch wählen")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/termine"))
    _tab_to(page, "select", "Sprache im Gespräch")
    page.keyboard.type("Deutsche Geb")
    _tab_to(page, "button", "Zeiten anzeigen")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("language=gsg"))
    _tab_to(page, "radio", "")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    assert times(page).nth(1).is_checked()
    _tab_to(page, "button", "Zeit reservieren und weiter")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/termin/neu/"))
    _tab_to(page, "textbox", "Name")
    page.keyboard.type("Gabi Gebärde")
    page.keyboard.press("Tab")
    page.keyboard.type("gabi@example.org")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/pruefen"))
    assert facts(page)["Sprache"] == "Deutsche Gebärdensprache"
    _tab_to(page, "button", BOOK)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/gebucht"))
    assert heading(page) == "Ihr Termin ist gebucht"
    assert site.mails(to="buergeramt-platz-2") or site.mail(to="buergeramt-platz-2")


ROLES = {"button": "BUTTON", "link": "A", "select": "SELECT", "radio": "radio", "textbox": "INPUT"}
NAMED = """() => { const one = document.activeElement;
  const label = one.labels && one.labels[0] ? one.labels[0].innerText : '';
  return [one.type === 'radio' ? 'radio' : one.tagName, label || one.innerText || ''] }"""


def _tab_to(page: Page, role: str, name: str, most: int = 150) -> None:
    """Press Tab until the focus is on such an element; the browser tells which one it is, as to a screen reader."""
    for _ in range(most):
        page.keyboard.press("Tab")
        tag, text = page.evaluate(NAMED)
        if tag == ROLES[role] and (text.strip().startswith(name) if role == "textbox" else name in text):
            return
    pytest.fail(f"no {role} {name!r} within {most} stops of {page.url}")
