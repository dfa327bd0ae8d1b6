"""What people have told their system holds: forced colours, less motion; and a choice is seen without colour."""

import re

import pytest

from tests.browser.citizen import times
from tests.browser.conftest import Visits
from tests.browser.every_page import Place, Shown
from tests.browser.states import CERTIFICATE, States

pytestmark = pytest.mark.soak  # pictures of each page: minutes

MOVING = """() => [...document.querySelectorAll('*')].filter(one => {
  const style = getComputedStyle(one);
  const seconds = text => Math.max(...text.split(',').map(parseFloat));
  return seconds(style.animationDuration) > 0.01 && style.animationName !== 'none'
    || seconds(style.transitionDuration) > 0.01;
}).map(one => one.tagName + '.' + one.className)"""
MARKED = "one => getComputedStyle(one, '::before').maskImage.startsWith('url(')"


def test_nothing_moves_for_whoever_wants_less_motion(visiting: Visits, states: States, shown: Shown) -> None:
    page = visiting(states.site, javascript=True, reduced_motion="reduce").page
    shown.open(Place(page, states))
    assert page.evaluate(MOVING) == []
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") in ("auto", "")


@pytest.mark.parametrize("colours", ["none", "active"])
@pytest.mark.parametrize("kind", ["time", "checkbox", "day"])
def test_a_choice_is_seen(visiting: Visits, states: States, kind: str, colours: str) -> None:
    page = visiting(states.site, forced_colors=colours, viewport={"width": 1280, "height": 1200}).page
    place = Place(page, states)
    if kind == "day":
        place.go(f"leistung/{CERTIFICATE}/termine/monat?channel=phone")
        days = page.get_by_role("cell").get_by_role("link")
        chosen, other = page.locator("[aria-current=date]"), days.nth(1)
        assert re.match(r"\d+", chosen.inner_text())
        assert [chosen.evaluate(MARKED), other.evaluate(MARKED)] == [True, False]
        return
    if kind == "time":
        place.go(f"leistung/{CERTIFICATE}/termine?channel=phone")
        box, around = times(page).first, page.locator(".dw-chip").first
    else:
        place.go(states.hold())
        box = page.get_by_role("checkbox").first
        around = page.locator(".kern-form-check").first
    box.focus()
    before = around.screenshot()
    page.keyboard.press("Space")
    assert box.is_checked()
    assert around.screenshot() != before
