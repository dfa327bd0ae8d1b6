"""The expansion against a brute-force reading, around the days when the clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from durchwahl_adapters.caldav.events import Span
from durchwahl_adapters.caldav.lines import Unreadable
from durchwahl_adapters.caldav.recurrence import Window
from durchwahl_adapters.caldav.writing import Entry, read_stored, written
from tests.adapters.caldav.samples import event, spans

ZONES = st.sampled_from(
    ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Atlantic/Azores", "UTC"]
)
SWITCH_DAYS = st.sampled_from([date(2027, 3, 28), date(2027, 10, 31), date(2027, 3, 14), date(2027, 4, 4)])
YEAR = Window(datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))


def brute_force(first: datetime, length: timedelta, days: list[date], zone: ZoneInfo) -> list[Span]:
    """Read each day by itself: the clock's start, and the later of the exact and the clock's end."""
    found = []
    for day in days:
        wall = datetime.combine(day, first.time())
        start = wall.replace(tzinfo=zone).astimezone(UTC)
        end = max(start + length, (wall + length).replace(tzinfo=zone).astimezone(UTC))
        found.append(Span(start, end))
    return found


@settings(deadline=None, max_examples=150)
@given(
    zone=ZONES,
    around=SWITCH_DAYS,
    minute=st.integers(0, 24 * 60 - 1),
    length=st.integers(1, 36 * 60),
    step=st.integers(1, 3),
)
def test_a_daily_event_is_where_every_single_day_says(
    zone: str, around: date, minute: int, length: int, step: int
) -> None:
    first = datetime.combine(around - timedelta(days=6), time()) + timedelta(minutes=minute)
    last = first + timedelta(minutes=length)
    text = event(
        f"DTSTART;TZID={zone}:{first:%Y%m%dT%H%M%S}",
        f"DTEND;TZID={zone}:{last:%Y%m%dT%H%M%S}",
        f"RRULE:FREQ=DAILY;INTERVAL={step};COUNT=9",
    )
    days = [first.date() + timedelta(days=step * n) for n in range(9)]
    expected = brute_force(first, timedelta(minutes=length), days, ZoneInfo(zone))
    assert spans(text, YEAR) == sorted(expected)


@settings(deadline=None, max_examples=150)
@given(
    zone=ZONES,
    around=SWITCH_DAYS,
    minute=st.integers(-2 * 24 * 60, 3 * 24 * 60),
    length=st.integers(1, 26 * 60),
    title=st.text(max_size=40),
    description=st.text(max_size=80),
)
def test_what_is_written_is_read_at_the_same_instants(
    zone: str, around: date, minute: int, length: int, title: str, description: str
) -> None:
    start = datetime.combine(around, time(), UTC) + timedelta(minutes=minute)
    end = start + timedelta(minutes=length)
    entry = Entry("dw-a", start, end, zone, title, description, 3, start)
    text = written(entry).decode()
    assert spans(text, YEAR, zone="Pacific/Apia") == [Span(start, end)]
    assert read_stored(text, zone="Pacific/Apia").looks_like(entry)


LINES = st.sampled_from(
    [
        *(
            "DTSTART:20270328T013000",
            "DTSTART;VALUE=DATE:20270328",
            "DTSTART:20270328T013000Z",
            "DTSTART:",
            "DTSTART",
        ),
        *(
            "DTEND:20270328T033000",
            "DTEND;VALUE=DATE:20270401",
            "DURATION:PT1H",
            "DURATION:-P1D",
            "DURATION:P",
        ),
        *(
            "RRULE:FREQ=DAILY",
            "RRULE:FREQ=WEEKLY;BYDAY=XX",
            "RRULE:FREQ=YEARLY;COUNT=2",
            "RRULE:",
            "RRULE:UNTIL=1",
        ),
        *(
            "RRULE:FREQ=MONTHLY;UNTIL=20270501",
            "RDATE:20270401T090000Z",
            "RDATE;VALUE=PERIOD:20270401T090000Z/x",
        ),
        *(
            "EXDATE:20270329T013000",
            "EXDATE;VALUE=DATE:20270329",
            "EXDATE:x",
            "RECURRENCE-ID:20270329T013000",
        ),
        *(
            "RECURRENCE-ID;RANGE=THISANDFUTURE:20270329T013000",
            "RECURRENCE-ID:x",
            "SEQUENCE:x",
            "STATUS:",
            "TRANSP",
        ),
        *(
            "BEGIN:VEVENT",
            "END:VEVENT",
            "BEGIN:VALARM",
            "END:VALARM",
            "END:VCALENDAR",
            "BEGIN:VTIMEZONE",
            "TZID:x",
        ),
        *(
            "DTSTART;TZID=x:20270328T013000",
            "BEGIN:STANDARD",
            "TZOFFSETFROM:+9999",
            "TZOFFSETTO:x",
            "END:VTIMEZONE",
        ),
        *("X-DURCHWAHL-NAME:dw-a", "SUMMARY:a", " folded", ":", ";", "=", "\u2028", "\x00", "UID:other"),
    ]
)


@settings(deadline=None, max_examples=400)
@given(lines=st.lists(LINES, max_size=8), more=st.lists(LINES, max_size=5))
def test_garbage_is_understood_or_refused_and_never_more(lines: list[str], more: list[str]) -> None:
    text = event(*lines, more="\n".join(["BEGIN:VEVENT", "UID:u1", *more, "END:VEVENT"]) if more else "")
    try:
        found = spans(text, YEAR)
    except Unreadable:
        return
    assert all(span.start < span.end for span in found)
