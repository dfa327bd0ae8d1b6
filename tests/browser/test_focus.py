"""Where the focus is can be seen: at every kind of element, with forced colours, too."""

import pytest

from tests.browser.conftest import Visits
from tests.browser.every_page import Place, Shown
from tests.browser.seeing import changes_by_focus, stops
from tests.browser.states import States

pytestmark = pytest.mark.soak  # each stop of each page, twice: minutes


@pytest.mark.parametrize("colours", ["none", "active"])
def test_the_focus_is_always_visible(visiting: Visits, states: States, shown: Shown, colours: str) -> None:
    window = visiting(states.site, javascript=True, forced_colors=colours, viewport={"width": 1280, "height": 800})
    shown.open(Place(window.page, states))
    kinds: set[str] = set()
    lost = []
    for stop in stops(window.page):
        if not stop.is_shown:
            lost.append(f"not in view: {stop.kind} {stop.text}")
        if stop.kind not in kinds:
            kinds.add(stop.kind)
            if not changes_by_focus(window.page, stop):
                lost.append(f"looks the same: {stop.kind} {stop.text}")
    assert kinds
    assert not lost, "\n".join(lost)
