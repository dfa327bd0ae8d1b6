"""Nothing scrolls sideways at 320 pixels, nothing is cut off when text is spaced, and motion can be had without."""

from tests.browser.conftest import Visits
from tests.browser.every_page import Place, Shown
from tests.browser.seeing import PHONE, cut_off, space_text, too_wide
from tests.browser.states import States


def test_nothing_scrolls_sideways_at_320_pixels(visiting: Visits, states: States, shown: Shown) -> None:
    page = visiting(states.site, javascript=True).page
    found = []
    for language in ("de", "en"):
        page.set_viewport_size(PHONE)
        shown.open(Place(page, states, language))
        found += [f"{language}: {fault}" for fault in too_wide(page)]
        page.set_viewport_size({"width": 1280, "height": 900})
        found += [f"{language}, 1280: {fault}" for fault in too_wide(page)]
    assert not found, "\n".join(found)


def test_spaced_text_is_neither_cut_off_nor_too_wide(visiting: Visits, states: States, shown: Shown) -> None:
    window = visiting(states.site, javascript=True, viewport=PHONE)
    shown.open(Place(window.page, states))
    space_text(window.page)
    assert cut_off(window.page) + too_wide(window.page) == []
