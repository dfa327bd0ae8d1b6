"""What every test leaves as it was."""

import logging
from collections.abc import Iterator

import pytest

from durchwahl.operate.logs import LOGGING

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
