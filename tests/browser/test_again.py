"""A second visit: what the browser has kept is what a page looks like."""

import pytest

from tests.browser.conftest import Visits
from tests.browser.running import Site

pytestmark = pytest.mark.soak  # everything a second time


@pytest.mark.parametrize("path", ["", "amt/buergeramt", "abdeckung", "en/"])
def test_a_page_that_has_not_changed_keeps_its_styles(visiting: Visits, anywhere: Site, path: str) -> None:
    page = visiting(anywhere).page
    page.goto(f"{anywhere.base}{path}")
    looks = page.get_by_role("banner").screenshot()
    page.goto("about:blank")
    page.goto(f"{anywhere.base}{path}")
    page.reload()
    assert page.get_by_role("banner").screenshot() == looks
