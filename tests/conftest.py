"""What every test leaves as it was."""

import logging
from collections.abc import Generator, Iterator

import pytest
from hypothesis import settings

from durchwahl.operate.logs import LOGGING

settings.register_profile("untimed", deadline=None)  # how fast a machine is at the moment is no property of the code
settings.load_profile("untimed")

MAY_BE_SKIPPED: tuple[str, ...] = ()
"""Reasons for which a test may be left out. There is none: what a test needs is installed, or the test fails."""

CONFIGURED = [logging.getLogger(name) for name in LOGGING["loggers"]]  # type: ignore[attr-defined]  # a dict of dicts


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """Take back what a command has configured: its handlers would go on writing into another test's output."""
    before = [(logger, list(logger.handlers), logger.level, logger.propagate) for logger in CONFIGURED]
    yield
    for logger, handlers, level, propagate in before:
        for handler in logger.handlers:
            if handler not in handlers:
                handler.close()  # without a flush: the test's output is closed already
        logger.handlers[:] = handlers
        logger.setLevel(level)
        logger.propagate = propagate


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail what is skipped for a reason that is not listed: nobody would miss a test that never runs."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and isinstance(report.longrepr, tuple):
        reason = str(report.longrepr[2]).removeprefix("Skipped: ")
        if reason not in MAY_BE_SKIPPED:
            report.outcome = "failed"
            report.longrepr = f"skipped, and nothing allows that: {reason}"
    return report
