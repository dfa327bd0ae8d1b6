"""What stands in a collection, ours told from others'."""

import pytest

from durchwahl_adapters.caldav.answers import Resource
from durchwahl_adapters.caldav.events import Span
from durchwahl_adapters.caldav.lines import Unreadable
from durchwahl_adapters.caldav.spans import own_name, read_collection
from tests.adapters.caldav.samples import BERLIN, SPRING, event

NAME = "dw-abcdefghijklmnopqrstuvwx"
TIMES = ("DTSTART:20270301T090000Z", "DURATION:PT1H")


def read(*resources: Resource) -> list[tuple[str, str | None]]:
    reading = read_collection(resources, zone=BERLIN, window=SPRING)
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
    reading = read_collection([Resource("odd.ics", calendar="hello")], zone=BERLIN, window=SPRING)
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
