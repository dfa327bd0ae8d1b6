"""Single events to busy spans."""

import time

import pytest

from durchwahl_adapters.caldav.events import Span
from durchwahl_adapters.caldav.lines import Unreadable, essence
from tests.adapters.caldav.samples import event, override, spans, starts, utc

ONE = Span(utc("2027-03-01 09:00"), utc("2027-03-01 10:00"))


@pytest.mark.parametrize(
    "lines",
    [
        ("DTSTART:20270301T090000Z", "DTEND:20270301T100000Z"),
        ("DTSTART:20270301T090000Z", "DURATION:PT1H"),
        ("DTSTART;TZID=Europe/Berlin:20270301T100000", "DTEND;TZID=Europe/Berlin:20270301T110000"),
        ('DTSTART;TZID="Europe/Berlin":20270301T100000', "DURATION:PT60M"),
        ("DTSTART;TZID=W. Europe Standard Time:20270301T100000", "DURATION:PT1H"),
        ("DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Berlin:20270301T100000", "DURATION:PT1H"),
        ("DTSTART:20270301T100000", "DTEND:20270301T110000"),
        ("DTSTART;TZID=Nowhere/Known:20270301T100000", "DURATION:PT1H"),
        ("DTSTART;TZID=../../etc/passwd:20270301T100000", "DURATION:PT1H"),
        ("DTSTART:20270301T100000Z", "DTEND:20270301T090000Z"),
    ],
    ids=[
        *("UTC", "duration", "zone", "quoted zone", "Windows zone", "vendor's zone"),
        *("floating", "unknown zone", "zone like a path", "end before start"),
    ],
)
def test_an_hour_is_an_hour_however_it_is_written(lines: tuple[str, str]) -> None:
    assert spans(event(*lines)) == [ONE]


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_both_line_ends_are_read(end: str) -> None:
    assert spans(event("DTSTART:20270301T090000Z", "DURATION:PT1H", end=end)) == [ONE]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("DTSTART;VALUE=DATE:20270301",), ("2027-02-28 23:00", "2027-03-01 23:00")),
        (
            ("DTSTART;VALUE=DATE:20270301", "DTEND;VALUE=DATE:20270301"),
            ("2027-02-28 23:00", "2027-03-01 23:00"),
        ),
        (
            ("DTSTART;VALUE=DATE:20270327", "DTEND;VALUE=DATE:20270329"),
            ("2027-03-26 23:00", "2027-03-28 22:00"),
        ),
        (("DTSTART;VALUE=DATE:20270327", "DURATION:P2D"), ("2027-03-26 23:00", "2027-03-28 22:00")),
    ],
    ids=["one day", "one day with its own end", "two days over the change", "two days by duration"],
)
def test_whole_days_are_busy_from_local_midnight_to_midnight(lines: tuple[str, ...], expected: tuple[str, str]) -> None:
    assert spans(event(*lines)) == [Span(utc(expected[0]), utc(expected[1]))]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            ("DTSTART;TZID=Europe/Berlin:20270328T013000", "DURATION:PT1H"),
            ("2027-03-28 00:30", "2027-03-28 01:30"),
        ),
        (
            ("DTSTART;TZID=Europe/Berlin:20270328T013000", "DTEND;TZID=Europe/Berlin:20270328T033000"),
            ("2027-03-28 00:30", "2027-03-28 01:30"),
        ),
        (
            ("DTSTART;TZID=Europe/Berlin:20270328T023000", "DURATION:PT1H"),
            ("2027-03-28 01:30", "2027-03-28 02:30"),
        ),
        (
            ("DTSTART;TZID=Europe/Berlin:20270327T120000", "DURATION:P1D"),
            ("2027-03-27 11:00", "2027-03-28 11:00"),
        ),
    ],
    ids=["exact hours", "clock times", "a time in the gap", "a day, the later of both readings"],
)
def test_the_change_to_summer_time_is_kept_to_the_minute(lines: tuple[str, ...], expected: tuple[str, str]) -> None:
    assert spans(event(*lines)) == [Span(utc(expected[0]), utc(expected[1]))]


@pytest.mark.parametrize("line", ["TRANSP:TRANSPARENT", "STATUS:CANCELLED", "status:cancelled"])
def test_what_does_not_block_is_free(line: str) -> None:
    assert spans(event("DTSTART:20270301T090000Z", "DURATION:PT1H", line)) == []


def test_a_tentative_event_is_busy() -> None:
    assert spans(event("DTSTART:20270301T090000Z", "DURATION:PT1H", "STATUS:TENTATIVE")) == [ONE]


def test_an_event_without_a_length_takes_no_time() -> None:
    assert spans(event("DTSTART:20270301T090000Z")) == []


def test_an_event_outside_the_window_is_left_out() -> None:
    assert spans(event("DTSTART:20270501T000000Z", "DURATION:PT1H")) == []
    assert spans(event("DTSTART:20270228T230000Z", "DURATION:PT1H")) == []


def test_a_time_zone_that_the_calendar_brings_is_used() -> None:
    zone = "\n".join(
        [
            *("BEGIN:VTIMEZONE", "TZID:Amt", "BEGIN:STANDARD", "DTSTART:19700101T000000"),
            *("TZOFFSETFROM:+0300", "TZOFFSETTO:+0300", "END:STANDARD", "END:VTIMEZONE"),
        ]
    )
    assert starts(event("DTSTART;TZID=Amt:20270301T120000", "DURATION:PT1H", before=zone)) == ["03-01 09:00"]


@pytest.mark.parametrize("rule", ["FREQ=SECONDLY", "FREQ=YEARLY;INTERVAL=0", "FREQ=YEARLY;BYSECOND=1,2,3"])
def test_a_time_zone_that_would_be_expensive_is_refused(rule: str) -> None:
    zone = "\n".join(
        [
            *("BEGIN:VTIMEZONE", "TZID:Amt", "BEGIN:STANDARD", "DTSTART:19700101T000000", f"RRULE:{rule}"),
            *("TZOFFSETFROM:+0300", "TZOFFSETTO:+0300", "END:STANDARD", "END:VTIMEZONE"),
        ]
    )
    with pytest.raises(Unreadable):
        spans(event("DTSTART;TZID=Amt:20270301T120000", "DURATION:PT1H", before=zone))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n",
        "BEGIN:VEVENT\r\n" * 100,
        event("DURATION:PT1H"),
        event("DTSTART:tomorrow", "DURATION:PT1H"),
        event("DTSTART:20270301T090000Z", "DTSTART:20270302T090000Z"),
        event("DTSTART:20270301T090000Z", "DURATION:P99999999999D"),
        event(
            "DTSTART:20270301T090000Z",
            "DURATION:PT1H",
            "RDATE:20270302T090000Z" + ",20270302T090000Z" * 90_000,
        ),
        event("DTSTART:20270301T090000Z", "DURATION:PT1H", more=override("DTSTART:20270302T090000Z")),
    ],
    ids=[
        "empty",
        "prose",
        "no event",
        "nested",
        "no start",
        "bad start",
        "two starts",
        "endless",
        "huge",
        "one UID twice",
    ],
)
def test_what_cannot_be_understood_is_never_free(text: str) -> None:
    with pytest.raises(Unreadable):
        spans(text)


def test_what_does_not_matter_for_times_cannot_break_them() -> None:
    lines = (
        "DTSTART:20270301T090000Z",
        "DURATION:PT1H",
        "ATTENDEE;CN=\x07:::",
        "X-STRANGE;;;=",
        "GEO:nowhere",
    )
    alarm = "BEGIN:VALARM\r\nTRIGGER:never\r\nBEGIN:X-MORE\r\nDTSTART:1\r\nEND:X-MORE\r\nEND:VALARM"
    assert spans(event(*lines, "ATTACH;ENCODING=BASE64:" + "A" * 2_000_000, *alarm.split("\r\n"))) == [ONE]


def test_the_essence_holds_no_personal_text() -> None:
    text = essence(event("DTSTART:20270301T090000Z", "SUMMARY:Team", "DESCRIPTION:long\r\n  and folded", "UID:x"))
    assert "Team" not in text
    assert "folded" not in text


def test_a_line_separator_of_unicode_ends_no_line() -> None:
    text = event("DTSTART:20270301T090000Z", "DURATION:PT1H", "SUMMARY:a\u2028TRANSP:TRANSPARENT\x85STATUS:CANCELLED")
    assert spans(text) == [ONE]


def test_a_folded_line_is_one_line() -> None:
    assert spans(event("DTSTART;TZID=Europe/\r\n Berlin:20270301T10\r\n\t0000", "DURATION:PT1H")) == [ONE]


def test_deep_nesting_costs_nothing() -> None:
    began = time.process_time()
    with pytest.raises(Unreadable, match="nested"):
        spans("BEGIN:VEVENT\r\n" * 60_000)
    assert time.process_time() - began < 1
