"""Times as an office writes them: dates and wall-clock times in the city's zone."""

from datetime import date, datetime, time
from typing import Literal
from zoneinfo import ZoneInfo

from durchwahl.availability.hours import closing_instant, opening_instant
from durchwahl.booking.context import milliseconds

EXAMPLES = "2026-12-01 or 2026-12-01T14:30"


def stamp_of(text: str, zone: ZoneInfo, edge: Literal["from", "to"]) -> int:
    """Return the instant that is meant, in milliseconds: a date is a whole day, as `to` it is included.

    Raises:
        ValueError: it cannot be read, or the clocks show that time twice or never; the text says what to write.
    """
    written = text.strip()
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return milliseconds(_moment(written, zone))
    moment = opening_instant(day, time(), zone) if edge == "from" else closing_instant(day, None, zone)
    return milliseconds(moment)


def _moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        wall = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f'"{text}" is neither a date nor a local date-time: write {EXAMPLES}') from error
    if wall.tzinfo is not None:
        return wall
    first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first
    one, other = (moment.isoformat(timespec="minutes") for moment in (first, second))
    if first.timestamp() > second.timestamp():  # in the gap fold=0 has the offset from before it (PEP 495)
        raise ValueError(f"{text} does not exist in {zone.key}: the clocks skip it. Write a time before or after it")
    raise ValueError(f"{text} comes twice in {zone.key}: write {one} or {other}")
