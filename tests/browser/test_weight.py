"""What a page weighs on its way: little, and no script before the call itself."""

import gzip
from functools import cache

import httpx
from playwright.sync_api import Request

from tests.browser.conftest import Visits
from tests.browser.every_page import Place, Shown
from tests.browser.states import States

MOST = 60_000
"""Bytes of a page and all that belongs to it, compressed, fonts apart."""
APART = ("font", "media", "fetch", "beacon", "ping")


@cache
def weight(address: str) -> int:
    """Return how many bytes come over the wire for an address."""
    with httpx.stream("GET", address, headers={"accept-encoding": "gzip"}, trust_env=False) as answer:
        return sum(len(part) for part in answer.iter_raw()) + sum(len(k) + len(v) + 4 for k, v in answer.headers.raw)


def test_a_page_weighs_little(visiting: Visits, states: States, shown: Shown) -> None:
    page = visiting(states.site, javascript=True).page
    for language in ("de", "en"):
        asked: dict[str, str] = {}

        def note(request: Request, asked: dict[str, str] = asked) -> None:
            if not request.is_navigation_request() and request.resource_type not in APART:
                asked[request.url] = request.resource_type

        page.on("request", note)
        shown.open(Place(page, states, language))
        page.remove_listener("request", note)
        document = len(gzip.compress(page.content().encode()))
        scripts = sum(weight(address) for address, kind in asked.items() if kind == "script")
        assert "stylesheet" in asked.values()
        assert scripts <= shown.scripts_allowed
        assert bool(scripts) == bool(shown.scripts_allowed)
        assert document + sum(weight(address) for address in asked) <= MOST
