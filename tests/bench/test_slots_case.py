"""The bench compares only what is the same: all ways to the free places must agree, whatever the calendar."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.slots import Wrong, asked, compared
from bench.slots_case import Case, Known, instants, slots_of
from bench.slots_other_ways import all_starts, bare_bitset, brute_force, hours_mask
from durchwahl.availability.grid import Grid
from durchwahl.availability.units import instant_of

fives = st.integers(1, 12).map(lambda count: timedelta(minutes=5 * count))
buffers = st.integers(0, 6).map(lambda count: timedelta(minutes=5 * count))
cases = st.builds(
    Case,
    lanes=st.integers(1, 4),
    days=st.integers(1, 4),
    spans=st.integers(0, 40),
    opens=st.integers(0, 9),
    closes=st.integers(10, 23),
    step=fives,
    duration=fives,
    before=buffers,
    after=buffers,
    first=st.dates(date(2026, 3, 26), date(2026, 3, 31)) | st.dates(date(2026, 10, 22), date(2026, 11, 2)),
    seed=st.integers(0, 1_000),
)


def grid_of(case: Case) -> Grid:
    return asked(case, slots_of(case, case.offer(), Known(case.busy(), case.now)))


def remaining(grid: Grid) -> dict[datetime, int]:
    return {instant_of(unit): places for unit, places in grid.each()}


# From 4 o'clock on: an hour that the clock's change leaves out or repeats is what the hours' own tests are about.
@given(cases.filter(lambda case: case.opens >= 4))
@settings(max_examples=150, deadline=None)
def test_the_grid_says_what_brute_force_says(case: Case) -> None:
    assert remaining(grid_of(case)) == brute_force(case, instants(case, case.busy()))


@given(cases.filter(lambda case: case.opens >= 4))
@settings(max_examples=100, deadline=None)
def test_bare_integers_count_as_many_places_where_there_are_no_buffers(case: Case) -> None:
    plain = Case(**{**vars(case), "before": timedelta(), "after": timedelta()})
    found = brute_force(plain, instants(plain, plain.busy()))
    assert bare_bitset(plain, hours_mask(plain), plain.busy()) == sum(found.values())


def test_the_measured_case_has_384_000_bookable_starts() -> None:
    case = Case()
    assert len(all_starts(case)) * case.lanes == 384_000
    assert sum(map(len, case.busy().values())) == 5_000


def test_the_same_seed_gives_the_same_busy_times() -> None:
    assert Case(lanes=3, spans=50).busy() == Case(lanes=3, spans=50).busy()
    assert Case(lanes=3, spans=50).busy() != Case(lanes=3, spans=50, seed=1).busy()


def test_a_grid_that_differs_at_one_start_is_not_measured() -> None:
    case = Case(lanes=2, days=1, spans=3)
    plain = brute_force(case, instants(case, case.busy()))
    first = min(plain)
    with pytest.raises(Wrong, match="1 starts differ"):
        compared(grid_of(case), {**plain, first: plain[first] + 1}, sum(plain.values()))


def test_a_count_that_bare_integers_do_not_share_is_not_measured() -> None:
    case = Case(lanes=2, days=1, spans=3)
    plain = brute_force(case, instants(case, case.busy()))
    with pytest.raises(Wrong, match="bare integers count"):
        compared(grid_of(case), plain, sum(plain.values()) + 1)


def test_a_busy_time_that_only_touches_a_start_leaves_it_free() -> None:
    case = Case(lanes=1, days=1, spans=0)
    start = all_starts(case)[4]
    before, after = (start - timedelta(hours=1), start), (start + case.duration, start + timedelta(hours=1))
    assert start in brute_force(case, {"platz-0": [before, after]})
    assert start not in brute_force(case, {"platz-0": [(start, start + timedelta(minutes=5))]})
    assert start.tzinfo is UTC
