"""axe finds nothing: on every page, in both languages, light and dark."""

from tests.browser.conftest import Visits
from tests.browser.every_page import Place, Shown
from tests.browser.seeing import axe_faults
from tests.browser.states import States


def test_axe_finds_nothing(visiting: Visits, states: States, shown: Shown) -> None:
    page = visiting(states.site, javascript=True).page
    found = []
    for language in ("de", "en"):
        page.emulate_media(color_scheme="light")
        shown.open(Place(page, states, language))
        found += [f"{language}, light: {fault}" for fault in axe_faults(page)]
        page.emulate_media(color_scheme="dark")
        found += [f"{language}, dark: {fault}" for fault in axe_faults(page, only_colours=True)]
    assert not found, "\n".join(found)
