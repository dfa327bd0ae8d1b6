"""Wall-clock hours become instants, also when the clocks change."""

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from durchwahl.availability.hours import Span, closing_instant, intersection, opening_instant, openings
from durchwahl.availability.units import instant_of
from durchwahl.settings.words import parse_hours
from tests.availability.builders import BERLIN

SPRING = date(2027, 3, 28)
"""A Sunday: 02:00 becomes 03:00."""
AUTUMN = date(2027, 10, 31)
"""A Sunday: 03:00 becomes 02:00, so that 02:30 is twice."""


def utc(instant: datetime) -> str:
    return f"{instant:%d %H:%M}"


def opened(day: date, *texts: str) -> list[str]:
    """The openings of a Sunday in UTC."""
    found = openings(parse_hours({"sun": list(texts)}), day, day, BERLIN)
    return [f"{utc(instant_of(low))}-{utc(instant_of(high))}" for low, high in found]


@pytest.mark.parametrize(
    ("wall", "instant"), [("01:59", "28 00:59"), ("02:00", "28 01:00"), ("02:30", "28 01:30"), ("03:00", "28 01:00")]
)
def test_an_edge_in_the_gap_moves_forward_by_the_gap(wall: str, instant: str) -> None:
    assert utc(opening_instant(SPRING, time.fromisoformat(wall), BERLIN)) == instant
    assert utc(closing_instant(SPRING, time.fromisoformat(wall), BERLIN)) == instant


def test_an_ambiguous_start_is_the_first() -> None:
    assert utc(opening_instant(AUTUMN, time(2, 30), BERLIN)) == "31 00:30"


def test_an_ambiguous_end_is_the_second() -> None:
    assert utc(closing_instant(AUTUMN, time(2, 30), BERLIN)) == "31 01:30"


def test_two_oclock_ends_at_the_second_and_three_oclock_is_not_ambiguous() -> None:
    assert utc(closing_instant(AUTUMN, time(2), BERLIN)) == "31 01:00"
    assert utc(closing_instant(AUTUMN, time(3), BERLIN)) == "31 02:00"


def test_the_midnight_that_ends_the_day_is_the_next_days() -> None:
    assert utc(closing_instant(SPRING, None, BERLIN)) == "28 22:00"
    assert utc(closing_instant(AUTUMN, None, BERLIN)) == "31 23:00"


def test_a_whole_day_has_23_hours_in_spring_and_25_in_autumn() -> None:
    assert opened(SPRING, "00:00-24:00") == ["27 23:00-28 22:00"]
    assert opened(AUTUMN, "00:00-24:00") == ["30 22:00-31 23:00"]


def test_an_opening_over_the_gap_is_an_hour_shorter() -> None:
    assert opened(SPRING, "01:00-04:00") == ["28 00:00-28 02:00"]


def test_an_opening_over_the_doubled_hour_is_an_hour_longer() -> None:
    assert opened(AUTUMN, "01:00-04:00") == ["30 23:00-31 03:00"]


def test_an_opening_that_lies_in_the_gap_and_ends_behind_it_never_runs_backward() -> None:
    assert opened(SPRING, "02:30-03:00") == []
    assert opened(SPRING, "02:00-03:00") == []


def test_an_opening_wholly_in_the_gap_is_moved_with_both_edges() -> None:
    assert opened(SPRING, "02:00-02:30") == ["28 01:00-28 01:30"]


def test_openings_are_rounded_inward_to_whole_units() -> None:
    assert opened(date(2026, 11, 22), "09:01-10:04") == ["22 08:05-22 09:00"]


def test_an_opening_shorter_than_a_unit_is_none() -> None:
    assert opened(date(2026, 11, 22), "09:01-09:04") == []


def test_dates_are_included_on_both_ends() -> None:
    found = openings(parse_hours({"mon": ["09:00-10:00"]}), date(2026, 11, 23), date(2026, 12, 7), BERLIN)
    assert len(list(found)) == 3


sorted_spans = st.lists(st.integers(0, 300), unique=True, max_size=16).map(
    lambda edges: [(a, b) for a, b in zip(sorted(edges)[::2], sorted(edges)[1::2], strict=False)]
)


@given(sorted_spans, sorted_spans)
def test_the_intersection_holds_what_lies_in_both(left: list[Span], right: list[Span]) -> None:
    def units(spans: list[Span]) -> set[int]:
        return {u for low, high in spans for u in range(low, high)}

    assert units(intersection(left, right)) == units(left) & units(right)
