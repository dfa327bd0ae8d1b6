"""Which zone a TZID means, decided for each calendar object by itself.

icalendar (7.3.0) keeps every VTIMEZONE that it ever read under its TZID for as long as the process lives: the
first "Customized Time Zone" that anybody sent would set the clock of everybody else's, in other departments
too. It also looks for any TZID in the file system. So VTIMEZONEs and TZIDs are hidden from it, and applied
here, each to its own object only.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Component, Event, Timezone
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from durchwahl_adapters.caldav.lines import BROKEN, Unreadable, listed

MOST_OBSERVANCES = 500
_DATED = ("DTSTART", "DTEND", "RECURRENCE-ID", "RDATE", "EXDATE")
_HIDDEN = "X-TZID"
_PARAMETER = re.compile(rf"^((?:{'|'.join(_DATED)})\b[^:\r\n]*?);TZID=", re.IGNORECASE | re.MULTILINE)


def hide_tzids(text: str) -> str:
    """Return the text with TZIDs that the parser does not know for such; `Zones.apply` reads them."""
    return _PARAMETER.sub(rf"\1;{_HIDDEN}=", text)


class Zones:
    """The zones of one object: `blocks` are its own VTIMEZONEs' contents by TZID."""

    def __init__(self, blocks: Mapping[str, str]) -> None:
        self._blocks = {_plain(tzid): text for tzid, text in blocks.items()}
        self._found: dict[str, tzinfo | None] = {}

    def apply(self, events: Iterable[Event]) -> None:
        """Put every time that has a TZID into its zone; one whose zone nobody knows becomes floating.

        Raises:
            Unreadable: a VTIMEZONE that is needed and cannot be read, or whose rules must not be followed.
        """
        for event in events:
            for value in (value for name in _DATED for value in listed(event.get(name))):
                tzid = getattr(value, "params", {}).get(_HIDDEN)
                if tzid is not None:
                    self._move(value, self.zone(str(tzid)))

    def zone(self, tzid: str) -> tzinfo | None:
        """Return the zone, None where nobody knows it."""
        name = _plain(tzid)
        if name not in self._found:
            self._found[name] = _known(name) or self._own(name) or _without_vendor(name)
        return self._found[name]

    def _own(self, name: str) -> tzinfo | None:
        text = self._blocks.get(name)
        if text is None:
            return None
        try:
            return _read_zone(name, text)
        except Unreadable:
            raise
        except BROKEN as error:
            raise Unreadable(f"a time zone that cannot be read ({type(error).__name__})") from error

    def _move(self, value: Any, zone: tzinfo | None) -> None:
        for dated in getattr(value, "dts", [value]):
            if isinstance(dated.dt, tuple):
                start, end = dated.dt
                dated.dt = (_in(start, zone), _in(end, zone))
            else:
                dated.dt = _in(dated.dt, zone)


def _in(value: Any, zone: tzinfo | None) -> Any:
    """Keep the wall-clock time; dates and durations have no zone, and UTC needs none."""
    return value.replace(tzinfo=zone) if isinstance(value, datetime) and value.tzinfo is None else value


def _read_zone(name: str, text: str) -> tzinfo:
    zone = Timezone()
    zone.add("TZID", name)
    for observance in Component.from_ical(text, multiple=True):
        for rule in listed(observance.get("RRULE")):
            _check_rule(rule)
        zone.add_component(observance)
    if not 0 < len(zone.subcomponents) <= MOST_OBSERVANCES:
        raise Unreadable("a time zone with no change of the clock, or too many")
    found: tzinfo = zone.to_tz(lookup_tzid=False)
    return found


def _known(name: str) -> tzinfo | None:
    """Return the zone of the database that has this name, or that Windows calls so."""
    try:
        return ZoneInfo(WINDOWS_TO_OLSON.get(name, name))
    except (OSError, ValueError, KeyError):
        return None


def _without_vendor(name: str) -> tzinfo | None:
    """Return the zone that ends a globally unique TZID: `/example.org/Europe/Berlin` (§3.2.19)."""
    parts = name.split("/")[:8]
    tails = ("/".join(parts[start:]) for start in range(1, len(parts)))
    return next((zone for zone in map(_known, tails) if zone), None)


def _plain(tzid: str) -> str:
    return tzid.strip().strip('"').replace("\\", "").strip("/")


def _check_rule(rule: Any) -> None:
    """Refuse rules that are not yearly: they are expanded like an event's."""
    parts = {str(part).upper(): values for part, values in rule.items()}
    often = any(len(parts.get(part, ())) > 1 for part in ("BYHOUR", "BYMINUTE", "BYSECOND"))
    steps = [str(part).upper() for part in (*parts.get("FREQ", ()), *parts.get("INTERVAL", (1,)))]
    if steps != ["YEARLY", "1"] or often:
        raise Unreadable("a time zone with rules that are not yearly")
