"""A browser whose every request, console line and policy violation counts."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, sync_playwright

ARGUMENTS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
NO_REQUEST = ("data:", "blob:", "about:")
CALLS = ("fetch", "ping")
KEPT_APART = "Failed to load resource"
"""What Chromium says of each answer from 400 on; `answered` looks at these itself."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the browser that the system has.

    Raises:
        AssertionError: there is none.
    """
    program = shutil.which("chromium")
    assert program, "the browser tests need Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visit:
    """One citizen's browser window, with nothing of anybody before. `faults` grow while it is used."""

    context: BrowserContext
    page: Page
    origins: tuple[str, ...]
    faults: list[str] = field(default_factory=list)
    navigations: list[str] = field(default_factory=list)
    """Method and address of what the citizen asked for; where redirects led belongs to it."""

    def asked(self, request: Request) -> None:
        """Note a request."""
        if not request.url.startswith((*(f"{origin}/" for origin in self.origins), *NO_REQUEST)):
            self.faults.append(f"a request leaves the origin: {request.url}")
        if request.is_navigation_request() and request.redirected_from is None:
            self.navigations.append(f"{request.method} {request.url}")

    def answered(self, response: Response) -> None:
        """Note an answer: a page or a call of the room's script may be refused, what belongs to a page may not."""
        request = response.request
        may_be_refused = request.is_navigation_request() or request.resource_type in CALLS
        if response.status >= (500 if may_be_refused else 400):
            self.faults.append(f"{response.status} for {response.url}")
        policy = response.headers.get("content-security-policy", "")
        if "text/html" in response.headers.get("content-type", "") and (not policy or "unsafe" in policy):
            self.faults.append(f"the policy of {response.url} is {policy!r}")

    def said(self, message: ConsoleMessage) -> None:
        """Note what the console says: policy violations are errors there, with JavaScript on or off."""
        if message.type in ("error", "warning") and not message.text.startswith(KEPT_APART):
            self.faults.append(f"{message.type} in {message.page.url if message.page else '?'}: {message.text}")


@contextmanager
def visit(browser: Browser, origin: str, *more: str, javascript: bool = False, **options: Any) -> Iterator[Visit]:
    """Open a window; at the end nothing may have gone wrong in it."""
    options = {"locale": "de-DE", "timezone_id": "Europe/Berlin", **options}
    context = browser.new_context(java_script_enabled=javascript, **options)
    context.set_default_timeout(20_000)
    try:
        one = Visit(context, context.new_page(), (origin, *more))
        context.on("request", one.asked)
        context.on("response", one.answered)
        context.on("console", one.said)
        context.on("weberror", lambda error: one.faults.append(f"a script failed: {error.error}"))
        yield one
        if one.faults:
            raise AssertionError("\n".join(one.faults))
    finally:
        context.close()
