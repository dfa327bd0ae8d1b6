"""A language that is written from right to left: the pages mirror, and nothing scrolls sideways."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Visits
from tests.browser.every_page import EVERY_PAGE, Place, Shown
from tests.browser.running import demonstration
from tests.browser.seeing import PHONE, axe_faults, edges, too_wide
from tests.browser.starter import RIGHT_TO_LEFT
from tests.browser.states import CERTIFICATE, States, made, showing_everything

pytestmark = pytest.mark.soak  # each page in a language of its own: minutes

TOLERANCE = 2


@pytest.fixture(scope="module")
def mirrored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[States]:
    """A demonstration that speaks the further language."""
    folder = tmp_path_factory.mktemp("mirrored")
    with demonstration(folder, "--right-to-left", config=showing_everything(folder)) as site, made(site) as states:
        yield states


def test_nothing_scrolls_sideways(visiting: Visits, mirrored: States, shown: Shown) -> None:
    page = visiting(mirrored.site, javascript=True, viewport=PHONE).page
    shown.open(Place(page, mirrored, RIGHT_TO_LEFT))
    assert page.locator("html").get_attribute("dir") == "rtl"
    assert page.locator("html").get_attribute("lang") == RIGHT_TO_LEFT
    assert not too_wide(page)


@pytest.mark.parametrize(
    ("path", "selector"),
    [
        ("", ".dw-header__brand"),
        ("", "main h1"),
        ("", ".dw-department h2"),
        ("", ".dw-service h3"),
        ("amt/buergeramt", ".dw-breadcrumb li"),
        ("", ".dw-footer__links li"),
        (f"leistung/{CERTIFICATE}/termine?channel=phone", ".dw-chip"),
        (f"leistung/{CERTIFICATE}/termine?channel=phone", ".dw-chip input"),
        (f"leistung/{CERTIFICATE}/termine/monat?channel=phone", ".dw-month th"),
    ],
)
@pytest.mark.parametrize("width", [360, 1280])
def test_what_begins_on_the_left_begins_on_the_right(
    visiting: Visits, mirrored: States, path: str, selector: str, width: int
) -> None:
    page = visiting(mirrored.site, viewport={"width": width, "height": 800}).page
    begins = [_beginning(page, mirrored, language, path, selector) for language in ("de", RIGHT_TO_LEFT)]
    assert abs(begins[0] - begins[1]) <= TOLERANCE, begins
    assert begins[0] < width / 2


def _beginning(page: Page, states: States, language: str, path: str, selector: str) -> float:
    """Return how far something is from the edge at which lines begin."""
    Place(page, states, language).go(path)
    left, right = edges(page, selector)
    return right if language == RIGHT_TO_LEFT else left


def test_axe_finds_nothing_where_german_is_left_inside(visiting: Visits, mirrored: States) -> None:
    page = visiting(mirrored.site, javascript=True).page
    found = []
    for shown in EVERY_PAGE[:6]:
        shown.open(Place(page, mirrored, RIGHT_TO_LEFT))
        found += [f"{shown.name}: {fault}" for fault in axe_faults(page)]
    assert not found, "\n".join(found)


def test_a_german_name_keeps_its_own_language(visiting: Visits, mirrored: States) -> None:
    page = visiting(mirrored.site).page
    Place(page, mirrored, RIGHT_TO_LEFT).go()
    assert page.locator(".dw-service h3 [lang=de]").count() > 30
