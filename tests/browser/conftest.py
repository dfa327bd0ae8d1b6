"""One browser and one gateway for each file of tests: none disturbs another file's."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.browsing import Visit, chromium, visit
from tests.browser.every_page import EVERY_PAGE, Shown
from tests.browser.running import Site, behind_nginx, demonstration
from tests.browser.states import States, made, showing_everything

Visits = Callable[..., Visit]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Not for the whole process: Playwright's loop would be in the way of tests that have one of their own."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Dresden's demonstration."""
    with demonstration(tmp_path_factory.mktemp("demo")) as site:
        yield site


@pytest.fixture(scope="module")
def site_below_a_path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The same below /beratung/ of an nginx."""
    with behind_nginx(tmp_path_factory.mktemp("behind")) as site:
        yield site


@pytest.fixture(scope="module", params=["at the root", "below a path"])
def anywhere(request: pytest.FixtureRequest) -> Site:
    """Both, one after the other."""
    name = "site" if request.param == "at the root" else "site_below_a_path"
    found: Site = request.getfixturevalue(name)
    return found


@pytest.fixture
def visiting(browser: Browser) -> Iterator[Visits]:
    """Opens windows: `visiting(site)`, with `javascript=True` or what else Playwright's contexts take."""
    with ExitStack() as windows:

        def opened(site: Site, *more: str, **options: Any) -> Visit:
            window: AbstractContextManager[Visit] = partial(visit, browser, site.origin, *more)(**options)
            return windows.enter_context(window)

        yield opened


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> Iterator[States]:
    """Everything that a page can be about."""
    folder = tmp_path_factory.mktemp("states")
    with demonstration(folder, config=showing_everything(folder)) as site, made(site) as states:
        yield states


@pytest.fixture(params=EVERY_PAGE, ids=[shown.name for shown in EVERY_PAGE])
def shown(request: pytest.FixtureRequest) -> Shown:
    """Each page, one after the other."""
    found: Shown = request.param
    return found
