"""The waiting room and the call hold what every other page holds; the call itself is tested with the rooms."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.calling import admit, enter
from tests.browser.conftest import Visits
from tests.browser.seeing import PHONE, axe_faults, changes_by_focus, space_text, stops, too_wide
from tests.browser.states import States


@pytest.fixture(scope="module")
def check() -> Callable[[Page], list[str]]:
    def everything(page: Page) -> list[str]:
        found = []
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two that there are
            found += axe_faults(page)
        wide = page.viewport_size
        page.set_viewport_size(PHONE)
        found += too_wide(page)
        page.set_viewport_size(wide or PHONE)
        found += [f"no focus to see: {stop.kind}" for stop in stops(page) if not changes_by_focus(page, stop)]
        return found

    return everything


def test_waiting_room_and_call_hold_what_other_pages_hold(
    visiting: Visits, states: States, check: Callable[[Page], list[str]]
) -> None:
    citizen = visiting(states.site, javascript=True).page
    clerk = visiting(states.site, javascript=True).page
    enter(citizen, states, states.open.talk)
    found = [f"waiting: {fault}" for fault in check(citizen)]
    enter(clerk, states, states.clerk)
    clerk.get_by_role("button", name="Hereinlassen").wait_for()
    found += [f"admitting: {fault}" for fault in check(clerk)]
    admit(clerk, citizen)
    for name, page in (("citizen", citizen), ("clerk", clerk)):
        found += [f"{name} in the call: {fault}" for fault in check(page)]
        space_text(page)
        page.set_viewport_size(PHONE)
        found += [f"{name} in the call, spaced: {fault}" for fault in too_wide(page)]
    clerk.locator("[data-do=end]").last.click()
    citizen.locator("[data-room][data-state=over]").wait_for()
    found += [f"over: {fault}" for fault in axe_faults(citizen)]
    assert not found, "\n".join(found)
