"""What a citizen does on the pages: finds things by what they are and what stands on them."""

import re
from collections.abc import Mapping

from playwright.sync_api import Locator, Page

RESERVE = "Zeit reservieren und weiter"
ON = "Weiter zur Übersicht"
BOOK = "Termin verbindlich buchen"
TIME = re.compile(r"\d\d:\d\d")
ERIKA = {"Name": "Erika Beispiel", "E-Mail-Adresse": "erika@example.org"}
NUMBER = "0351 4567890"


def heading(page: Page) -> str:
    """Return the page's only first heading."""
    return page.get_by_role("heading", level=1).inner_text()


def press(page: Page, name: str) -> None:
    """Press a button, and wait for all of the page that it leads to: what counts elements does not wait by itself."""
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_load_state()


def follow(page: Page, name: str) -> None:
    """Follow a link, and wait as `press` does."""
    page.get_by_role("link", name=name).first.click()
    page.wait_for_load_state()


def times(page: Page) -> Locator:
    """Return the times that can be chosen."""
    return page.get_by_role("radio", name=TIME)


def choose(page: Page, place: int = 0) -> str:
    """Choose the n-th time by what stands on it, which is returned."""
    label = page.locator("label", has=page.locator("time")).nth(place)
    label.click()
    assert times(page).nth(place).is_checked()
    return label.locator("time").inner_text()


def reserve(page: Page, place: int = 0) -> str:
    """Choose the n-th time, reserve it, and return what stood on it."""
    said = choose(page, place)
    press(page, RESERVE)
    return said


def fill_in(page: Page, answers: Mapping[str, str]) -> None:
    """Type into the fields with these labels."""
    for label, text in answers.items():
        page.get_by_label(re.compile(f"^{re.escape(label)}")).fill(text)


def facts(page: Page) -> dict[str, str]:
    """Return what stands beside what in the page's lists of facts."""
    rows = page.locator("dl > div")
    return {
        rows.nth(at).locator("dt").inner_text(): rows.nth(at).locator("dd").first.inner_text()
        for at in range(rows.count())
    }


def book(page: Page, answers: Mapping[str, str] = ERIKA, place: int = 0) -> dict[str, str]:
    """Go from the page of times to the confirmation, and return the facts of the look at everything."""
    reserve(page, place)
    fill_in(page, answers)
    press(page, ON)
    checked = facts(page)
    press(page, BOOK)
    return checked


def manage_address(page: Page) -> str:
    """Return the address of the appointment's own page, from the page that says that it is booked."""
    return page.url.removesuffix("/gebucht")
