"""Logs: one JSON object a line, on standard error. Access lines hold route templates, never addresses."""

import asyncio
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime


class JsonLines(logging.Formatter):
    """One JSON object a line; line breaks and control characters are escaped by JSON itself (CWE-117).

    The line is put together by hand, because this is done for every answer: only texts need JSON's care, and what
    comes again and again (the second, the level with the logger's name) is kept from the last time.
    """

    def __init__(self) -> None:
        super().__init__()
        self._second = -1, ""
        self._names: dict[tuple[str, str], str] = {}

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        second, fraction = divmod(record.created, 1)
        if second != self._second[0]:
            self._second = int(second), f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}"
        who = record.levelname, record.name
        if who not in self._names:
            self._names[who] = f'"level": "{record.levelname.lower()}", "logger": {json.dumps(record.name)}'
        at = f"{self._second[1]}.{int(fraction * 1000):03}+00:00"
        line = f'{{"at": "{at}", {self._names[who]}, "message": {json.dumps(record.getMessage())}'
        if record.exc_info:
            line += f', "traceback": {json.dumps(self.formatException(record.exc_info))}'
        return line + "}"


TOGETHER_FOR = 0.1
"""How many seconds access lines wait for others, so that a thousand of them cost few writes."""
MOST_TOGETHER = 256


class TogetherLines(logging.Handler):
    """Writes lines to standard error together, those of a tenth of a second at once; the rest when the process ends.

    For the thread of the event loop only, where all answers are given.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[str] = []

    def createLock(self) -> None:  # noqa: N802  # logging's own name
        """Take none: one thread only."""
        self.lock = None

    def handle(self, record: logging.LogRecord) -> bool:
        """Keep the record's line: without a filter and a lock there is nothing else to do."""
        self.emit(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the line until the others are there."""
        self._lines.append(self.format(record) + "\n")
        if len(self._lines) >= MOST_TOGETHER:
            self.flush()
        elif len(self._lines) == 1:
            try:
                asyncio.get_running_loop().call_later(TOGETHER_FOR, self.flush)
            except RuntimeError:  # nothing runs that would come back for the line
                self.flush()

    def flush(self) -> None:
        """Write what waits."""
        lines, self._lines = self._lines, []
        if lines:
            sys.stderr.write("".join(lines))
            sys.stderr.flush()


@contextmanager
def only_bugs() -> Iterator[None]:
    """Keep the log of what a command says itself off the terminal; a bug's traceback and what hangs are still shown."""
    handler = logging.StreamHandler()
    handler.addFilter(lambda record: bool(record.exc_info) or getattr(record, "is_urgent", False))
    logger = logging.getLogger("durchwahl")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "durchwahl.operate.logs.JsonLines"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"},
        "together": {"()": "durchwahl.operate.logs.TogetherLines", "formatter": "json"},
    },
    "loggers": {
        "durchwahl": {"level": "INFO", "handlers": ["stderr"], "propagate": False},
        "durchwahl.access": {"level": "INFO", "handlers": ["together"], "propagate": False},
        # httpx and aiohttp would log whole addresses, queries included.
        "httpx": {"level": "WARNING", "handlers": ["stderr"], "propagate": False},
        "httpcore": {"level": "WARNING", "handlers": ["stderr"], "propagate": False},
        "aiohttp": {"level": "WARNING", "handlers": ["stderr"], "propagate": False},
        "uvicorn": {"level": "WARNING", "handlers": ["stderr"], "propagate": False},
    },
}
