"""Appointments to iCalendar text."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from durchwahl_adapters.caldav.lines import Unreadable
from durchwahl_adapters.caldav.writing import Entry, read_stored, written
from tests.adapters.caldav.samples import event

ENTRY = Entry(
    name="dw-abc",
    start=datetime(2027, 3, 1, 9, tzinfo=UTC),
    end=datetime(2027, 3, 1, 9, 20, tzinfo=UTC),
    zone="Europe/Berlin",
    summary="Beratung; per Video, Platz 1",
    description="Zeile 1\nZeile 2",
    sequence=2,
    stamp=datetime(2026, 11, 22, 12, tzinfo=UTC),
)


def lines(entry: Entry) -> list[str]:
    return written(entry).decode().replace("\r\n ", "").split("\r\n")


def test_an_appointment_has_everything_that_a_calendar_needs() -> None:
    assert {
        "UID:dw-abc",
        "X-DURCHWAHL-NAME:dw-abc",
        "DTSTAMP:20261122T120000Z",
        "DTSTART;TZID=Europe/Berlin:20270301T100000",
        "DTEND;TZID=Europe/Berlin:20270301T102000",
        "SEQUENCE:2",
        "SUMMARY:Beratung\\; per Video\\, Platz 1",
        "DESCRIPTION:Zeile 1\\nZeile 2",
        "CLASS:CONFIDENTIAL",
        "TRANSP:OPAQUE",
        "STATUS:CONFIRMED",
        "BEGIN:VTIMEZONE",
        "TZID:Europe/Berlin",
    } <= set(lines(ENTRY))


def test_a_tentative_appointment_says_so() -> None:
    assert "STATUS:TENTATIVE" in lines(replace(ENTRY, tentative=True))


def test_an_appointment_in_the_second_of_two_equal_hours_is_written_in_utc() -> None:
    start = datetime(2027, 10, 31, 1, 10, tzinfo=UTC)
    assert "DTSTART:20271031T011000Z" in lines(replace(ENTRY, start=start, end=start + timedelta(minutes=20)))


def test_utc_needs_no_time_zone_component() -> None:
    assert "BEGIN:VTIMEZONE" not in lines(replace(ENTRY, zone="UTC"))


@pytest.mark.parametrize("separator", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\x00"])
@pytest.mark.parametrize("field", ["summary", "description"])
def test_a_text_never_becomes_a_property(field: str, separator: str) -> None:
    forged = separator.join(["x", "ATTENDEE:mailto:a@example.org", "END:VEVENT", "BEGIN:VEVENT"])
    text = written(replace(ENTRY, **{field: forged})).decode()
    events = Calendar.from_ical(text).walk("VEVENT")
    assert len(events) == 1
    assert "ATTENDEE" not in events[0]
    assert separator == "\n" or separator not in text.replace("\r\n", "\n")


def test_a_lone_surrogate_is_left_out() -> None:
    assert "SUMMARY:a b" in lines(replace(ENTRY, summary="a\ud800b"))


@pytest.mark.parametrize("name", ["", "a/b", "../a", "a\r\nb", "a b", "a" * 201, "ä", ".ics"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        written(replace(ENTRY, name=name))


@pytest.mark.parametrize("zone", ["Europe/Berlin", "UTC", "America/New_York"])
def test_what_was_written_looks_like_what_was_asked(zone: str) -> None:
    entry = replace(ENTRY, zone=zone)
    assert read_stored(written(entry).decode(), zone="Asia/Tokyo").looks_like(entry)


def test_a_later_version_of_the_same_looks_like_it() -> None:
    assert read_stored(written(replace(ENTRY, sequence=9)).decode(), zone="UTC").looks_like(ENTRY)


@pytest.mark.parametrize(
    "change",
    [
        {"start": ENTRY.start - timedelta(minutes=5)},
        {"end": ENTRY.end + timedelta(minutes=5)},
        {"summary": "Something else"},
        {"description": "Something else"},
        {"sequence": 1},
        {"tentative": True},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_was_changed_does_not_look_like_it(change: dict[str, object]) -> None:
    assert not read_stored(written(replace(ENTRY, **change)).decode(), zone="UTC").looks_like(ENTRY)


@pytest.mark.parametrize("line", ["TRANSP:TRANSPARENT", "STATUS:CANCELLED", "RRULE:FREQ=DAILY"])
def test_what_a_clerk_made_of_it_does_not_look_like_it(line: str) -> None:
    text = written(ENTRY).decode().replace("TRANSP:OPAQUE\r\n", "").replace("STATUS:CONFIRMED\r\n", "")
    assert not read_stored(text.replace("END:VEVENT", f"{line}\r\nEND:VEVENT"), zone="UTC").looks_like(ENTRY)


def test_an_event_of_somebody_else_is_read_without_a_name() -> None:
    stored = read_stored(event("DTSTART:20270301T090000Z", "SEQUENCE:x", "SUMMARY:Team"), zone="UTC")
    assert (stored.name, stored.uid, stored.summary, stored.sequence) == (None, "u1", "Team", 0)


@pytest.mark.parametrize("text", ["", "hello", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", event("SUMMARY:x")])
def test_an_object_without_a_readable_event_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_stored(text, zone="UTC")
