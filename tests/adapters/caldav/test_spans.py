"""What stands in a collection, ours told from others'."""

from datetime import timedelta

import pytest

from durchwahl_adapters.caldav.answers import Resource
from durchwahl_adapters.caldav.events import Span
from durchwahl_adapters.caldav.lines import Unreadable
from durchwahl_adapters.caldav.recurrence import Window
from durchwahl_adapters.caldav.spans import CollectionReader, own_name
from tests.adapters.caldav.samples import BERLIN, SPRING, event, utc

NAME = "dw-abcdefghijklmnopqrstuvwx"
TIMES = ("DTSTART:20270301T090000Z", "DURATION:PT1H")


def read(*resources: Resource) -> list[tuple[str, str | None]]:
    reading = CollectionReader(BERLIN).read(resources, SPRING)
    return [(f"{one.span.start:%d %H}", one.name) for one in reading.occupied]


def test_ours_is_known_by_address_and_mark() -> None:
    ours = Resource("dw-x.ics", calendar=event(*TIMES, "X-DURCHWAHL-NAME:dw-x"))
    theirs = Resource("b.ics", calendar=event(*TIMES))
    assert read(ours, theirs) == [("01 09", "dw-x"), ("01 09", None)]


def test_ours_is_known_by_its_uid_where_a_server_drops_the_mark() -> None:
    assert own_name(f"{NAME}.ics", event(*TIMES).replace("UID:u1", f"UID:{NAME}")) == NAME


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("copy.ics", event(*TIMES, f"X-DURCHWAHL-NAME:{NAME}")),
        (f"{NAME}.ics", event(*TIMES)),
        (f"{NAME}.ics", event(*TIMES, f"SUMMARY:X-DURCHWAHL-NAME:{NAME}")),
        ("u1.ics", event(*TIMES)),
        ("", event(*TIMES)),
    ],
    ids=["a copy", "our address only", "a title", "a file called by its UID", "nothing"],
)
def test_what_only_resembles_ours_is_somebody_elses(path: str, text: str) -> None:
    assert own_name(path, text) is None


def test_an_object_that_is_not_understood_is_busy_throughout_and_named() -> None:
    reading = CollectionReader(BERLIN).read([Resource("odd.ics", calendar="hello")], SPRING)
    assert [one.span for one in reading.occupied] == [Span(SPRING.start, SPRING.end)]
    assert list(reading.odd) == ["odd.ics"]


def test_the_collection_itself_and_what_is_gone_are_no_events() -> None:
    assert read(Resource(""), Resource("a.ics", status=404)) == []


@pytest.mark.parametrize("status", [200, 403, 500])
def test_an_event_without_its_text_is_never_free(status: int) -> None:
    with pytest.raises(Unreadable, match=r"a\.ics"):
        read(Resource("a.ics", status=status))


def test_too_many_occurrences_in_one_collection_are_refused() -> None:
    hourly = Resource("a.ics", calendar=event("DTSTART:20270101T000000Z", "DURATION:PT1M", "RRULE:FREQ=HOURLY"))
    with pytest.raises(Unreadable, match="occurrences"):
        read(*[hourly] * 15)


def test_a_second_window_sees_what_the_first_one_did_not() -> None:
    reader = CollectionReader(BERLIN)
    later = Window(utc("2027-06-01 00:00"), utc("2027-07-01 00:00"))
    objects = [
        Resource("once.ics", calendar=event("DTSTART:20270615T090000Z", "DURATION:PT1H")),
        Resource("weekly.ics", calendar=event(*TIMES, "RRULE:FREQ=WEEKLY;COUNT=16")),
    ]
    found = [
        [f"{one.span.start:%m-%d}" for one in reader.read(objects, window).occupied]
        for window in (SPRING, later, SPRING)
    ]
    assert found[1] == ["06-15", "06-07", "06-14"]
    assert found[0] == found[2] == [f"{utc('2027-03-01 09:00') + timedelta(weeks=n):%m-%d}" for n in range(9)]


def test_a_changed_text_is_read_again() -> None:
    reader = CollectionReader(BERLIN)
    for hour in ("09", "10"):
        resource = Resource("a.ics", calendar=event(f"DTSTART:20270301T{hour}0000Z", "DURATION:PT1H"))
        assert [f"{one.span.start:%H}" for one in reader.read([resource], SPRING).occupied] == [hour]
