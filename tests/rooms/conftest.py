"""A browser with a false camera, and a booked talk at the `gateways` of the test's own module."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.processes import Served
from tests.rooms.talks import book
from tests.rooms.visitors import CHROMIUM, Talk

ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert CHROMIUM, "the room's tests need Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def talk(browser: Browser, gateways: list[Served]) -> Iterator[Talk]:
    one = Talk(browser, book(gateways[0]), [])
    yield one
    for page in one.opened:
        page.context.close()
