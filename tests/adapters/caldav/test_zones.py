"""VTIMEZONE components against the time zone database."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from durchwahl_adapters.caldav.events import calendars, events_of, times
from durchwahl_adapters.caldav.zones import time_zone

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca"]


def component(zone: str) -> str:
    """Return the component under a name that nobody knows, so that a reader has nothing else to go by."""
    return time_zone(zone, 2026, 2027).to_ical().decode().replace(f"TZID:{zone}", "TZID:Only here").strip()


@pytest.mark.parametrize("zone", ZONES)
def test_a_reader_who_knows_no_zones_finds_every_instant(zone: str) -> None:
    opening = datetime(2026, 1, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    moments = [opening + timedelta(minutes=630 * step) for step in range(730 * 24 * 60 // 630)]
    local = [moment.astimezone(ZoneInfo(zone)) for moment in moments]
    known = [(moment, wall) for moment, wall in zip(moments, local, strict=True) if not wall.fold]
    text = "\r\n".join(
        [
            *("BEGIN:VCALENDAR", "VERSION:2.0", component(zone)),
            *(
                f"BEGIN:VEVENT\r\nUID:{n}\r\nDTSTART;TZID=Only here:{wall:%Y%m%dT%H%M%S}\r\nEND:VEVENT"
                for n, (_, wall) in enumerate(known)
            ),
            *("END:VCALENDAR", ""),
        ]
    )
    found = [times(event, ZoneInfo("Asia/Tokyo"))[0] for event in events_of(calendars(text))]
    assert found == [moment for moment, _ in known]


def test_summer_time_begins_at_two_in_the_time_before() -> None:
    lines = time_zone("Europe/Berlin", 2027, 2027).to_ical().decode().split("\r\n")
    begin = lines.index("BEGIN:DAYLIGHT")
    assert "DTSTART:20270328T020000" in lines[begin : begin + 5]


def test_a_zone_that_never_changes_has_one_offset() -> None:
    assert len(time_zone("Asia/Kathmandu", 2026, 2030).subcomponents) == 1
