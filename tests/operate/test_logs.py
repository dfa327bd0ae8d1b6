"""Logs are one JSON object a line, whatever was put into a message."""

import json
import logging
import logging.config
from typing import Any

import pytest

from durchwahl.operate.logs import LOGGING, JsonLines


def raised() -> Any:
    """What `sys.exc_info()` says of an error whose text has two lines."""
    error = RuntimeError("zwei\nZeilen")
    return RuntimeError, error, error.__traceback__


def line_of(message: str, *values: object, info: Any = None) -> str:
    return JsonLines().format(logging.LogRecord("durchwahl.web", logging.WARNING, "x.py", 1, message, values, info))


@pytest.mark.parametrize("text", ["a\nb", "a\r\n{}", "\u2028", "\x1b[31m", '"}', "Grüße"])
def test_a_message_cannot_begin_a_line_of_its_own(text: str) -> None:
    line = line_of("source %s failed", text)
    assert len(line.splitlines()) == 1
    assert json.loads(line)["message"] == f"source {text} failed"


def test_a_line_says_when_how_bad_and_who() -> None:
    line = json.loads(line_of("x"))
    assert (line["level"], line["logger"]) == ("warning", "durchwahl.web")
    assert line["at"].endswith("+00:00")


def test_a_traceback_stays_on_its_line() -> None:
    line = line_of("x", info=raised())
    assert len(line.splitlines()) == 1
    assert "RuntimeError: zwei\nZeilen" in json.loads(line)["traceback"]


def test_the_logging_config_can_be_used() -> None:
    logging.config.DictConfigurator(LOGGING)
    assert LOGGING["disable_existing_loggers"] is False
