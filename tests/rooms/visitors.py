"""A citizen and a clerk before the pages of a room, in browsers with false cameras."""

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Page

from tests.e2e.processes import Served
from tests.rooms.talks import Booked

CHROMIUM = shutil.which("chromium")
PATIENCE = 40.0
FRAMES = 5
SEEN = "document.querySelector('[data-remote]').getVideoPlaybackQuality().totalVideoFrames"


@dataclass
class Visitor:
    """Somebody before a room's page."""

    page: Page
    errors: list[str]

    def state(self) -> str:
        return str(self.page.get_attribute("[data-room]", "data-state"))

    def says(self) -> str:
        return self.page.inner_text("[data-status]")

    def comes_to_say(self, text: str) -> None:
        until(lambda: self.says() == text, lambda: f"says {self.says()!r} instead")

    def presses(self, action: str) -> None:
        self.page.click(f"[data-do={action}]:visible")

    def pressed(self, action: str) -> bool:
        return self.page.get_attribute(f"[data-do={action}]:visible", "aria-pressed") == "true"

    def comes_to(self, state: str) -> None:
        self.page.wait_for_selector(f"[data-room][data-state={state}]", timeout=PATIENCE * 1000)

    def enters(self) -> None:
        self.presses("join")
        self.comes_to("waiting")

    def admits(self) -> None:
        self.page.wait_for_selector("[data-do=admit]:enabled", timeout=PATIENCE * 1000)
        self.presses("admit")

    def sees(self) -> None:
        until(lambda: self.page.evaluate(SEEN) > FRAMES, lambda: f"no picture: {self.says()}")

    def over(self) -> str:
        self.comes_to("over")
        return self.page.inner_text("[data-over]")


@dataclass
class Talk:
    """A booked talk and the browsers that come to it."""

    browser: Browser
    booked: Booked
    opened: list[Page]

    def visitor(self, gateway: Served, link: str, *, script: str = "") -> Visitor:
        """Open a room's page by its link; the script runs before each page of this browser."""
        page = self.browser.new_context().new_page()
        self.opened.append(page)
        if script:
            page.add_init_script(script)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if "Policy" in message.text else None)
        page.goto(f"{gateway.base.rstrip('/')}{link}/raum")
        return Visitor(page, errors)

    def both(self, citizens: Served, clerks: Served, *, scripts: Sequence[str] = ("", "")) -> tuple[Visitor, Visitor]:
        """Bring both into the room and let the citizen in; the scripts are the citizen's and the clerk's."""
        citizen = self.visitor(citizens, self.booked.citizen, script=scripts[0])
        clerk = self.visitor(clerks, self.booked.clerk, script=scripts[1])
        citizen.enters()
        clerk.enters()
        clerk.admits()
        return citizen, clerk


def until(is_so: Callable[[], Any], otherwise: str | Callable[[], str]) -> None:
    """Wait for what a browser does by itself.

    Raises:
        AssertionError: it does not do it.
    """
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if is_so():
            return
        time.sleep(0.05)  # a browser is at work, and says nothing
    raise AssertionError(otherwise if isinstance(otherwise, str) else otherwise())
