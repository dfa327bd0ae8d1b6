"""Logs: one JSON object a line, on standard error. Access lines hold route templates, never addresses."""

import json
import logging
from datetime import UTC, datetime


class JsonLines(logging.Formatter):
    """One JSON object a line; line breaks and control characters are escaped by JSON itself (CWE-117)."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True)


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "durchwahl.operate.logs.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}},
    "loggers": {
        "durchwahl": {"level": "INFO", "handlers": ["stderr"], "propagate": False},
        # httpx and aiohttp would log whole addresses, queries included.
        "httpx": {"level": "WARNING", "handlers": ["stderr"], "propagate": False},
        "httpcore": {"level": "WARNING", "handlers": ["stderr"], "propagate": False},
        "aiohttp": {"level": "WARNING", "handlers": ["stderr"], "propagate": False},
        "uvicorn": {"level": "WARNING", "handlers": ["stderr"], "propagate": False},
    },
}
