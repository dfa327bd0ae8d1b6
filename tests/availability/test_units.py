"""Sets of five-minute units as integers, against the plain way of writing the same."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from durchwahl.availability.units import (
    every,
    instant_of,
    runs,
    set_units,
    span_bits,
    unit_after,
    unit_of,
    units_in,
    window_bits,
)

bit_sets = st.integers(min_value=0, max_value=(1 << 300) - 1)
spans = st.tuples(st.integers(-50, 350), st.integers(-50, 350))
instants = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # hypothesis wants bounds without a zone


def naive(bits: int) -> set[int]:
    return {place for place in range(bits.bit_length()) if bits >> place & 1}


@given(bit_sets)
def test_set_units_are_all_set_bits_ascending(bits: int) -> None:
    assert list(set_units(bits)) == sorted(naive(bits))


@given(bit_sets, st.integers(1, 40))
def test_a_run_begins_where_so_many_units_in_a_row_are_set(bits: int, length: int) -> None:
    units = naive(bits)
    assert naive(runs(bits, length)) == {u for u in units if all(u + i in units for i in range(length))}


@given(st.integers(0, 100), st.integers(0, 120), st.integers(1, 40))
def test_every_counts_units_one_step_apart(first: int, count: int, step: int) -> None:
    assert naive(every(first, count, step)) == {first + i * step for i in range(count)}


@given(st.lists(spans, max_size=8), st.integers(-20, 200), st.integers(1, 200))
def test_window_bits_are_the_spans_units_inside_the_window(busy: list[tuple[int, int]], base: int, size: int) -> None:
    expected = {u - base for first, last in busy for u in range(first, last) if base <= u < base + size}
    assert naive(window_bits(busy, base, size)) == expected


@given(st.integers(0, 100), st.integers(0, 100))
def test_span_bits_hold_the_first_and_not_the_last(first: int, last: int) -> None:
    assert naive(span_bits(first, last)) == set(range(first, last))


@given(instants)
def test_a_unit_begins_at_or_before_its_instants_and_the_next_after(instant: datetime) -> None:
    assert instant_of(unit_of(instant)) <= instant < instant_of(unit_of(instant) + 1)


@given(instants)
def test_the_unit_after_begins_at_the_instant_or_up_to_five_minutes_later(instant: datetime) -> None:
    assert timedelta() <= instant_of(unit_after(instant)) - instant < timedelta(minutes=5)


@given(st.timedeltas(timedelta(), timedelta(days=40)))
def test_a_length_is_rounded_up_to_whole_units(length: timedelta) -> None:
    assert units_in(length) * timedelta(minutes=5) - length < timedelta(minutes=5)
    assert units_in(length) * timedelta(minutes=5) >= length
