"""A zone's rules around an appointment, as a VTIMEZONE (RFC 5545 §3.6.5).

Ours, because `Timezone.from_tzid` of icalendar 7.3 gives the start of summer time as 03:00 instead of 02:00:
an onset is a local time in the offset that it ends, so a reader who goes by that rule would change clocks an
hour late.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

_DAY = timedelta(days=1)


@lru_cache(maxsize=64)  # a zone's rules do not change under a running process, and finding them takes milliseconds
def rules_of(name: str, first: int, last: int) -> bytes:
    """Return the component as it stands in a file; see `time_zone`."""
    return bytes(time_zone(name, first, last).to_ical())


def time_zone(name: str, first: int, last: int) -> "Timezone":
    """Return the rules of `name` (IANA) from before the year `first` to after the year `last`."""
    from icalendar import Timezone  # noqa: PLC0415 - 60 ms that only the first calendar file needs

    zone = ZoneInfo(name)
    begin = datetime(first, 1, 1, tzinfo=UTC) - _DAY
    component = Timezone()
    component.add("tzid", name)
    component.add_component(_observance(zone, begin, offset_before=begin.astimezone(zone).utcoffset()))
    for onset in _changes(zone, begin, datetime(last + 1, 1, 2, tzinfo=UTC)):
        before = (onset - timedelta(seconds=1)).astimezone(zone).utcoffset()
        component.add_component(_observance(zone, onset, offset_before=before))
    return component


def _observance(
    zone: ZoneInfo, onset: datetime, *, offset_before: timedelta | None
) -> "TimezoneStandard | TimezoneDaylight":
    from icalendar import TimezoneDaylight, TimezoneStandard  # noqa: PLC0415 - see time_zone

    local = onset.astimezone(zone)
    rule = TimezoneDaylight() if local.dst() else TimezoneStandard()
    rule.add("dtstart", onset.replace(tzinfo=None) + (offset_before or timedelta()))
    rule.add("tzoffsetfrom", offset_before or timedelta())
    rule.add("tzoffsetto", local.utcoffset() or timedelta())
    rule.add("tzname", local.tzname() or "LMT")
    return rule


def _changes(zone: ZoneInfo, begin: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the instants, to the second, at which the offset changes; no zone does so twice a day."""
    day = begin
    while day < end:
        if day.astimezone(zone).utcoffset() != (day + _DAY).astimezone(zone).utcoffset():
            yield _first_with_new_offset(zone, day, day + _DAY)
        day += _DAY


def _first_with_new_offset(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    old = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after
