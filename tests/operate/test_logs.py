"""Logs are one JSON object a line, whatever was put into a message."""

import asyncio
import json
import logging
import logging.config
from datetime import datetime
from typing import Any

import pytest

from durchwahl.operate import logs
from durchwahl.operate.logs import LOGGING, JsonLines, TogetherLines


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


def access(number: int) -> logging.LogRecord:
    return logging.LogRecord("durchwahl.access", logging.INFO, "x.py", 1, "GET /v1/services 200 %d", (number,), None)


async def test_access_lines_are_written_together_a_moment_later(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "TOGETHER_FOR", 0.01)
    handler = TogetherLines()
    handler.emit(access(1))
    handler.emit(access(2))
    assert capsys.readouterr().err == ""
    written = ""
    async with asyncio.timeout(5):
        while not written:
            await asyncio.sleep(0.005)
            written = capsys.readouterr().err
    assert written == "GET /v1/services 200 1\nGET /v1/services 200 2\n"


async def test_many_access_lines_do_not_wait(capsys: pytest.CaptureFixture[str]) -> None:
    handler = TogetherLines()
    for number in range(logs.MOST_TOGETHER):
        handler.emit(access(number))
    assert len(capsys.readouterr().err.splitlines()) == logs.MOST_TOGETHER


async def test_lines_that_wait_are_written_when_the_process_ends(capsys: pytest.CaptureFixture[str]) -> None:
    handler = TogetherLines()
    handler.emit(access(7))
    handler.flush()  # what `logging.shutdown` does
    assert capsys.readouterr().err == "GET /v1/services 200 7\n"


def test_without_a_loop_an_access_line_is_written_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    TogetherLines().emit(access(8))
    assert capsys.readouterr().err == "GET /v1/services 200 8\n"


def test_each_line_says_its_own_moment_to_the_millisecond() -> None:
    lines = JsonLines()
    moments = [0.0, 0.001, 0.9999, 1.0, 59.5, 1_795_000_000.123, 1.5]
    for moment in moments:
        record = logging.LogRecord("durchwahl.web", logging.INFO, "x.py", 1, "x", (), None)
        record.created = moment
        said = datetime.fromisoformat(json.loads(lines.format(record))["at"])
        assert 0 <= moment - said.timestamp() < 0.001
