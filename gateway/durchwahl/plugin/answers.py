"""What every plugin needs when it reads a system's answer: the class of an HTTP status, the zone of a naive time."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from durchwahl.errors import Invalid, OutcomeUnknown, Refused, SourceError, Unavailable

if TYPE_CHECKING:
    import httpx

LONGEST_WAIT = 86_400.0
"""Seconds; who asks for more is asked again after a day."""

_SECONDS = re.compile(r"[0-9]+")


def classify(response: "httpx.Response", *, write: bool) -> SourceError:
    """Return the error that an unexpected HTTP answer means; the caller raises it.

    401, 403 and 407 are `Refused`; 429, and 503 with `Retry-After`, asked us to wait and did nothing (`Unavailable`);
    any other 5xx is `OutcomeUnknown` after a write and `Unavailable` after a read; the rest is `Invalid`. A system
    whose statuses mean something else (a 500 for a taken slot) is read by its own plugin before this is asked.
    """
    status = response.status_code
    said = f"{response.request.method} {response.request.url.copy_with(query=None)} answered {status}"
    if status in (401, 403, 407):
        return Refused("The system refused the gateway's credentials.", detail=said)
    wait = retry_after(response)
    if status == 429 or (status == 503 and wait is not None):
        return Unavailable("The system asked us to wait.", detail=said, retry_after=wait)
    if status >= 500 and write:
        return OutcomeUnknown("The system failed while it was asked to change something.", detail=said)
    if status >= 500:
        return Unavailable("The system failed.", detail=said)
    return Invalid("The system gave an answer that does not belong to its protocol.", detail=said)


def retry_after(response: "httpx.Response") -> float | None:
    """Return `Retry-After` in seconds (RFC 9110 §10.2.3: seconds or a date), None where absent or unreadable.

    Never more than `LONGEST_WAIT`.
    """
    value = response.headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(value):
        return LONGEST_WAIT if len(value.lstrip("0")) > 5 else min(float(value), LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(value)
        wait = (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    except (ValueError, OverflowError):  # no date, or one beyond the calendar
        return None
    return min(max(0.0, wait), LONGEST_WAIT)


def wall_time(naive: datetime, zone: str) -> datetime:
    """Return a back end's wall-clock time as an instant: the one place where naive times become aware.

    An ambiguous time is the first of the two; a time in the gap moves forward by the gap (RFC 5545 §3.3.5).

    Raises:
        Invalid: the time already has a zone.
    """
    if naive.tzinfo is not None:
        raise Invalid("A wall-clock time came with a zone.", detail=repr(naive))
    return naive.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
