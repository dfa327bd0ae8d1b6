"""VTIMEZONE (RFC 5545 §3.6.5) from the time zone database, for the years that an appointment needs.

Written here, because `icalendar.Timezone.from_tzid` (7.3.0) gives the onset of summer time in summer's own
time, an hour late: a program that trusts the component moves every appointment of that hour.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


def time_zone(zone: str, first_year: int, last_year: int) -> Timezone:
    """Return the zone's component, right for every instant of these years (both included)."""
    info = ZoneInfo(zone)
    opening = datetime(first_year, 1, 1, tzinfo=UTC) - _DAY
    component = Timezone()
    component.add("TZID", zone)
    component.add_component(_observance(opening, info, before=_offset(opening, info)))
    for change in _changes(info, opening, datetime(last_year + 1, 1, 1, tzinfo=UTC) + _DAY):
        component.add_component(_observance(change, info, before=_offset(change - _SECOND, info)))
    return component


def _changes(info: ZoneInfo, start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the instants from which another offset holds."""
    day = start
    while day < end:
        low, high = day, day + _DAY
        if _offset(low, info) != _offset(high, info):
            while high - low > _SECOND:
                middle = low + (high - low) // 2
                low, high = (low, middle) if _offset(middle, info) != _offset(low, info) else (middle, high)
            yield high.replace(microsecond=0)
        day += _DAY


def _observance(change: datetime, info: ZoneInfo, *, before: timedelta) -> TimezoneStandard | TimezoneDaylight:
    """Return the offset that begins at `change`; DTSTART is a local time in the offset before (§3.8.2.4)."""
    local = change.astimezone(info)
    component = TimezoneDaylight() if local.dst() else TimezoneStandard()
    component.add("DTSTART", (change + before).replace(tzinfo=None))
    component.add("TZOFFSETFROM", before)
    component.add("TZOFFSETTO", _offset(change, info))
    component.add("TZNAME", local.tzname() or "")
    return component


def _offset(moment: datetime, info: ZoneInfo) -> timedelta:
    return moment.astimezone(info).utcoffset() or timedelta(0)
