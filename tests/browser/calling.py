"""A citizen and a clerk in the built-in room, as far as both pages show it."""

from functools import partial

from playwright.sync_api import Page

from tests.browser.running import wait_until
from tests.browser.states import States

FRAMES = "document.querySelector('[data-remote]').getVideoPlaybackQuality().totalVideoFrames"


def enter(page: Page, states: States, talk: str) -> None:
    """Open the door of a room and go in: the citizen then waits, and so does the clerk."""
    page.goto(f"{states.site.base}{talk}")
    page.locator("main form button").click()
    page.locator("[data-do=join]").click()
    page.locator("[data-room][data-state=waiting]").wait_for()


def admit(clerk: Page, citizen: Page) -> None:
    """Let the citizen in; both then talk."""
    clerk.locator("[data-do=admit]").click()
    for page in (clerk, citizen):
        page.locator("[data-room][data-state=talking]").wait_for()
        wait_until(partial(_sees, page), "no picture of the other side")


def _sees(page: Page) -> bool:
    return int(page.evaluate(FRAMES)) > 5
