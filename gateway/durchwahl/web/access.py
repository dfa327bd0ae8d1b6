"""The account of every answer: a line in the log and a count in the metrics. Neither ever holds an address or id."""

import logging
import time
from typing import Any

from starlette.types import Scope

from durchwahl.web.metrics import Metrics

logger = logging.getLogger("durchwahl.access")
LINE = "%s %s %s %.1fms %s"
_RECORD: dict[str, Any] = vars(logging.LogRecord(logger.name, logging.INFO, __file__, 0, LINE, (), None))


class AccessLog:
    """Writes down each answer under its route's template."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def note(self, method: str, route: str, status: int, seconds: float, request_id: str) -> None:
        """Note one answer."""
        self._metrics.count(route, method, status, seconds)
        if logger.isEnabledFor(logging.INFO):
            logger.handle(_record((method, route, status, seconds * 1000, request_id)))


def _record(said: tuple[Any, ...]) -> logging.LogRecord:
    """Return a log record. Made new each time, with its search for the line of code, it costs more than the answer."""
    record = logging.LogRecord.__new__(logging.LogRecord)
    now = time.time()
    vars(record).update(_RECORD, args=said, created=now, msecs=now % 1 * 1000)
    return record


def route_of(scope: Scope) -> str:
    """Return the route's template; an address itself may hold a token and is never logged."""
    return str(getattr(scope.get("route"), "path", "unmatched"))
