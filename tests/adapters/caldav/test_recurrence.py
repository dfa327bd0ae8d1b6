"""Recurring events: overrides, exceptions, and the bounds within which they are followed."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from durchwahl_adapters.caldav.lines import Unreadable
from durchwahl_adapters.caldav.recurrence import Window
from tests.adapters.caldav.samples import event, override, spans, starts

DAILY = ("DTSTART:20270301T090000Z", "DTEND:20270301T100000Z", "RRULE:FREQ=DAILY;COUNT=3")


def test_an_endless_rule_is_expanded_inside_the_window_only() -> None:
    found = spans(event("DTSTART:20200101T090000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY"))
    assert len(found) == 61


def test_the_wall_time_stays_when_the_clock_changes() -> None:
    text = event(
        "DTSTART;TZID=Europe/Berlin:20270326T090000",
        "DURATION:PT1H",
        "RRULE:FREQ=DAILY;UNTIL=20270330T070000Z",
    )
    assert starts(text) == ["03-26 08:00", "03-27 08:00", "03-28 07:00", "03-29 07:00", "03-30 07:00"]


def test_an_exception_is_free() -> None:
    assert starts(event(*DAILY, "EXDATE:20270302T090000Z")) == ["03-01 09:00", "03-03 09:00"]


def test_an_additional_date_is_busy() -> None:
    assert starts(event(*DAILY, "RDATE:20270401T120000Z"))[-1] == "04-01 12:00"


def test_an_additional_period_has_its_own_length() -> None:
    last = spans(event(*DAILY, "RDATE;VALUE=PERIOD:20270401T120000Z/PT5H"))[-1]
    assert last.end - last.start == datetime(2027, 1, 1, 5, tzinfo=UTC) - datetime(2027, 1, 1, tzinfo=UTC)


def test_a_moved_occurrence_is_busy_where_it_is_now() -> None:
    moved = override("RECURRENCE-ID:20270302T090000Z", "DTSTART:20270302T150000Z", "DURATION:PT1H")
    assert starts(event(*DAILY, more=moved)) == ["03-01 09:00", "03-02 15:00", "03-03 09:00"]


def test_a_cancelled_occurrence_is_free() -> None:
    gone = override("RECURRENCE-ID:20270302T090000Z", "DTSTART:20270302T090000Z", "DURATION:PT1H", "STATUS:CANCELLED")
    assert starts(event(*DAILY, more=gone)) == ["03-01 09:00", "03-03 09:00"]


def test_an_occurrence_without_its_series_is_busy() -> None:
    alone = ("RECURRENCE-ID:20270302T090000Z", "DTSTART:20270302T150000Z", "DURATION:PT1H")
    assert starts(event(*alone)) == ["03-02 15:00"]


def test_a_change_of_this_and_all_following_moves_them_all() -> None:
    later = override("RECURRENCE-ID;RANGE=THISANDFUTURE:20270302T090000Z", "DTSTART:20270302T150000Z", "DURATION:PT1H")
    assert starts(event(*DAILY, more=later)) == ["03-01 09:00", "03-02 15:00", "03-03 15:00"]


def test_recurring_whole_days_end_at_local_midnight() -> None:
    found = spans(event("DTSTART;VALUE=DATE:20270327", "RRULE:FREQ=DAILY;COUNT=3"))
    assert [f"{span.end:%m-%d %H}" for span in found] == ["03-27 23", "03-28 22", "03-29 22"]


def test_an_occurrence_that_began_before_the_window_reaches_into_it() -> None:
    window = Window(datetime(2027, 3, 10, 1, tzinfo=UTC), datetime(2027, 3, 10, 2, tzinfo=UTC))
    text = event("DTSTART:20270301T230000Z", "DURATION:PT8H", "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE")
    assert [f"{span.start:%m-%d %H}" for span in spans(text, window)] == ["03-09 23"]


def test_a_birthday_since_1604_is_followed() -> None:
    assert starts(event("DTSTART;VALUE=DATE:16040401", "RRULE:FREQ=YEARLY")) == ["03-31 22:00"]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;INTERVAL=5",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=10001",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYSETPOS=2",
        "FREQ=HOURLY;INTERVAL=24;BYHOUR=3",
        "FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))) + ";BYMINUTE=" + ",".join(map(str, range(60))),
        "FREQ=FORTNIGHTLY",
    ],
)
def test_a_rule_beyond_the_bounds_is_refused_at_once(rule: str) -> None:
    began = time.process_time()
    with pytest.raises(Unreadable):
        spans(event("DTSTART:20270301T090000Z", "DURATION:PT1M", f"RRULE:{rule}"))
    assert time.process_time() - began < 1


@pytest.mark.parametrize("rule", ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=300"])
def test_a_rule_that_never_matches_ends(rule: str) -> None:
    assert starts(event("DTSTART:20270301T090000Z", "DURATION:PT1H", f"RRULE:{rule}")) == ["03-01 09:00"]


def test_too_many_dates_are_refused() -> None:
    dates = ",".join(f"2027{month:02}{day:02}T090000Z" for month in range(1, 13) for day in range(1, 29)) + ","
    with pytest.raises(Unreadable, match="dates"):
        spans(event(*DAILY, f"RDATE:{(dates * 15).rstrip(',')}"))


def test_too_many_overrides_are_refused() -> None:
    with pytest.raises(Unreadable, match="events in one object"):
        spans(event(*DAILY, more="\n".join([override("DTSTART:20270302T090000Z")] * 2_001)))


def test_another_calendar_scale_is_refused() -> None:
    with pytest.raises(Unreadable):
        spans(event(*DAILY, before="CALSCALE:HEBREW"))


@pytest.mark.parametrize("begins", [datetime(2027, 3, 9, 23, tzinfo=UTC), datetime(2027, 3, 10, 22, 55, tzinfo=UTC)])
def test_a_recurring_day_is_busy_at_both_edges_of_its_local_day(begins: datetime) -> None:
    window = Window(begins, begins + timedelta(minutes=5))
    assert spans(event("DTSTART;VALUE=DATE:20270303", "RRULE:FREQ=WEEKLY"), window)
