"""What goes wrong on the way to an appointment ends on a page that says what to do, and keeps what was typed."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from playwright.sync_api import Page

from tests.browser.citizen import (
    BOOK,
    ERIKA,
    NUMBER,
    ON,
    RESERVE,
    book,
    choose,
    facts,
    fill_in,
    heading,
    press,
    reserve,
    times,
)
from tests.browser.conftest import Visits
from tests.browser.running import Site, body_of
from tests.browser.states import CERTIFICATE, Interface

TIMES = f"leistung/{CERTIFICATE}/termine?channel=phone"
EXPIRED = "Die Reservierung ist abgelaufen"


@pytest.fixture
def page(visiting: Visits, site: Site) -> Page:
    page = visiting(site).page
    page.goto(f"{site.base}{TIMES}")
    return page


@pytest.fixture
def interface(site: Site) -> Iterator[Interface]:
    asking = Interface(site)
    yield asking
    asking.client.close()


def typed(page: Page, label: str = "Name") -> str:
    return page.get_by_label(re.compile(f"^{label}")).input_value()


def test_an_expired_hold_keeps_what_was_typed_and_offers_the_nearest_times(page: Page, site: Site) -> None:
    reserve(page)
    site.clock.forward(minutes=11)
    fill_in(page, {**ERIKA, "Telefonnummer": NUMBER})
    press(page, ON)
    assert heading(page) == EXPIRED
    assert times(page).count() >= 1
    reserve(page)
    assert (typed(page), typed(page, "E-Mail-Adresse")) == tuple(ERIKA.values())
    assert typed(page, "Telefonnummer").replace(" ", "").endswith(NUMBER.replace(" ", "").lstrip("0"))


def test_a_hold_that_expires_on_the_last_step_keeps_what_was_typed(page: Page, site: Site) -> None:
    reserve(page)
    fill_in(page, {**ERIKA, "Telefonnummer": NUMBER})
    press(page, ON)
    site.clock.forward(minutes=11)
    press(page, BOOK)
    assert heading(page) == EXPIRED
    reserve(page)
    assert typed(page) == ERIKA["Name"]
    press(page, ON)
    press(page, BOOK)
    assert heading(page) == "Ihr Termin ist gebucht"


def test_more_time_is_given_and_keeps_what_was_typed(page: Page, site: Site) -> None:
    reserve(page)
    until = page.get_by_role("region", name="Ihre Reservierung").locator("time")
    before = until.get_attribute("datetime")
    site.clock.forward(minutes=8)
    fill_in(page, ERIKA)
    press(page, "Mehr Zeit")
    assert (until.get_attribute("datetime") or "") > (before or "")
    assert typed(page) == ERIKA["Name"]


def test_a_time_that_somebody_else_took_meanwhile_offers_others(page: Page, interface: Interface) -> None:
    first = times(page).first
    choose(page)
    for _ in range(4):  # as many lanes as there may be
        slots = [one for one in interface.slots(CERTIFICATE, "phone") if one["start"] == interface_start(first)]
        if not slots:
            break
        interface.hold_slot(slots[0]["slot"])
    press(page, RESERVE)
    assert heading(page) == "Diese Zeit ist gerade vergeben worden"
    assert times(page).count() >= 1
    reserve(page)
    assert heading(page) == "Ihre Angaben"


def interface_start(radio: object) -> str:
    identity = str(radio.get_attribute("id"))  # type: ignore[attr-defined]  # a locator
    return re.sub(r".*-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\+\d\d)(\d\d)", r"\1-\2-\3T\4:\5:00\6:\7", identity)


def test_two_presses_at_once_book_one_appointment(page: Page, site: Site) -> None:
    reserve(page)
    fill_in(page, {**ERIKA, "Telefonnummer": NUMBER, "E-Mail-Adresse": "zweimal@example.org"})
    press(page, ON)
    form = page.locator("form", has=page.get_by_role("button", name=BOOK))
    address = site.origin + str(form.get_attribute("action"))
    token = form.locator("input[name=token]").input_value()

    def pressed(_: int) -> httpx.Response:
        return httpx.post(address, data={"token": token}, trust_env=False, timeout=30)

    with ThreadPoolExecutor(4) as clicks:
        answers = list(clicks.map(pressed, range(4)))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == 1
    site.mail(to="zweimal@example.org")
    page.goto(site.origin + answers[0].headers["location"])
    assert heading(page) == "Ihr Termin ist gebucht"
    assert len(site.mails(to="zweimal@example.org")) == 1


def test_two_reservations_from_one_page_are_one(page: Page, site: Site) -> None:
    form = page.locator("form", has=page.get_by_role("button", name=RESERVE))
    fields = {name: form.locator(f"input[name={name}]").first.input_value() for name in ("key", "service")} | {
        "slot": times(page).nth(2).input_value()
    }
    address = site.origin + str(form.get_attribute("action"))

    def pressed(_: int) -> str:
        return str(httpx.post(address, data=fields, trust_env=False, timeout=30).headers["location"])

    with ThreadPoolExecutor(3) as clicks:
        assert len(set(clicks.map(pressed, range(3)))) == 1


def test_going_back_and_booking_again_books_nothing_twice(page: Page, site: Site) -> None:
    book(page, {**ERIKA, "Telefonnummer": NUMBER})
    booked = page.url
    page.go_back()
    page.go_back()
    assert page.url == booked or heading(page) in ("Stimmt alles?", "Ihre Angaben")
    page.reload()
    assert heading(page) == "Ihr Termin ist gebucht"
    assert page.url == booked


def test_a_second_tab_books_another_time(page: Page) -> None:
    second = page.context.new_page()
    second.goto(page.url)
    reserve(page)
    reserve(second, 1)
    for tab in (second, page):
        fill_in(tab, {**ERIKA, "Telefonnummer": NUMBER})
        press(tab, ON)
    when = [facts(tab)["Wann"] for tab in (page, second)]
    for tab in (page, second):
        press(tab, BOOK)
        assert heading(tab) == "Ihr Termin ist gebucht"
    assert [facts(tab)["Wann"] for tab in (page, second)] == when
    assert len(set(when)) == 2


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "Zoë 👩🏽‍⚖️ Łukasiewicz",
        "فاطمة الزهراء",
        "{{ 7*7 }} %s ${x}",
        "O'Neil & Söhne",
    ],
)
def test_any_name_is_shown_as_it_was_typed(page: Page, site: Site, name: str) -> None:
    reserve(page)
    fill_in(page, {**ERIKA, "Telefonnummer": NUMBER, "Name": name})
    press(page, ON)
    assert facts(page)["Name"] == name
    press(page, BOOK)
    assert heading(page) == "Ihr Termin ist gebucht"
    assert name in body_of(site.mail(to="@example.org", about=name))


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"Name": "x" * 10_000}, "Name"),
        ({"Name": ""}, "Name"),
        ({"E-Mail-Adresse": "keine Adresse"}, "E-Mail-Adresse"),
        ({"Telefonnummer": "0900 1234567"}, "Telefonnummer"),
        ({"Telefonnummer": ""}, "Telefonnummer"),
    ],
)
def test_what_cannot_be_kept_is_named_and_everything_typed_stays(
    page: Page, answers: dict[str, str], field: str
) -> None:
    given = {**ERIKA, "Telefonnummer": NUMBER, **answers}
    reserve(page)
    fill_in(page, given)
    press(page, ON)
    assert page.title().startswith("Fehler: ")
    summary = page.get_by_role("alert")
    assert summary.get_by_role("link").count() == 1
    assert [typed(page, label) for label in given] == list(given.values())
    summary.get_by_role("link").click()
    assert page.evaluate("document.activeElement.name") == page.get_by_label(re.compile(f"^{field}")).get_attribute(
        "name"
    )
    fill_in(page, {**ERIKA, "Telefonnummer": NUMBER})
    press(page, ON)
    assert heading(page) == "Stimmt alles?"
