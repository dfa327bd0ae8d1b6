"""The harness notices what it is there for."""

import pytest
from playwright.sync_api import Browser

from tests.browser.browsing import visit
from tests.browser.running import MONDAY, Site

PAGE = "<!doctype html><html lang=de><title>x</title>"
POLICY = {"content-security-policy": "default-src 'none'; style-src 'self'"}


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize(
    ("body", "headers", "said"),
    [
        (PAGE + "<p style='color:red'>x", POLICY, "inline style"),
        (PAGE + "<script>1</script>", POLICY, "inline script"),
        (PAGE + "<img src='http://127.0.0.2:9/x.png'>", {"content-security-policy": "img-src *"}, "leaves the origin"),
        (PAGE + "<img src='/nothing.png'>", {"content-security-policy": "img-src *"}, "404 for"),
        (PAGE, {}, "the policy of"),
        (PAGE, {"content-security-policy": "script-src 'unsafe-inline'"}, "the policy of"),
    ],
)
def test_a_planted_fault_is_noticed(
    browser: Browser, site: Site, body: str, headers: dict[str, str], said: str, javascript: bool
) -> None:
    if "<script>" in body and not javascript:
        return
    with pytest.raises(AssertionError, match=said):
        _look_at(browser, site, body, headers, javascript)


def _look_at(browser: Browser, site: Site, body: str, headers: dict[str, str], javascript: bool) -> None:
    with visit(browser, site.origin, javascript=javascript) as one:
        planted = {"body": body, "content_type": "text/html", "headers": headers}
        one.context.route("**/planted", lambda route: route.fulfill(**planted))
        one.page.goto(f"{site.base}planted", wait_until="networkidle")


def test_the_gateways_clock_can_be_moved(site: Site) -> None:
    assert (site.clock.now() - MONDAY).total_seconds() < 600
