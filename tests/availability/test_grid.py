"""Lanes counted over a whole window at once, against counting them one by one."""

from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from durchwahl.availability.grid import Demand, Grid, free_grid

Busy = Mapping[str, Sequence[tuple[int, int]]]

LANES = [f"platz-{n}" for n in range(6)]
demands = st.builds(Demand, before=st.integers(0, 4), talk=st.integers(1, 8), after=st.integers(0, 4))
busy_spans = st.lists(
    st.tuples(st.integers(960, 1080), st.integers(0, 30)).map(lambda s: (s[0], s[0] + s[1])), max_size=6
)


@st.composite
def questions(draw: st.DrawFn) -> tuple[int, Demand, dict[str, int], dict[str, list[tuple[int, int]]]]:
    size = draw(st.integers(1, 70))
    names = draw(st.lists(st.sampled_from(LANES), unique=True, max_size=6))
    allowed = {name: draw(st.integers(0, (1 << size) - 1)) for name in names}
    return size, draw(demands), allowed, {name: draw(busy_spans) for name in names if draw(st.booleans())}


def free_one_by_one(base: int, size: int, demand: Demand, allowed: Mapping[str, int], busy: Busy) -> list[list[str]]:
    """The lanes that are free at each start, found by looking at each unit."""
    found = []
    for place in range(size):
        first = base + place - demand.before
        needed = set(range(first, first + demand.before + demand.talk + demand.after))
        taken = {name: {u for low, high in busy.get(name, ()) for u in range(low, high)} for name in allowed}
        found.append([name for name in allowed if allowed[name] >> place & 1 and not needed & taken[name]])
    return found


def grid(size: int, demand: Demand, allowed: Mapping[str, int], busy: Busy) -> Grid:
    return free_grid(base=1_000, size=size, demand=demand, allowed=allowed, busy=busy)


@given(questions())
def test_the_free_lanes_of_every_start_are_those_counted_one_by_one(question: tuple) -> None:  # type: ignore[type-arg]  # four parts
    size, demand, allowed, busy = question
    answer = grid(size, demand, allowed, busy)
    assert [answer.free_lanes(place) for place in range(size)] == free_one_by_one(1_000, size, demand, allowed, busy)


@given(questions())
def test_remaining_is_the_number_of_free_lanes(question: tuple) -> None:  # type: ignore[type-arg]  # four parts
    size, demand, allowed, busy = question
    answer = grid(size, demand, allowed, busy)
    counts = [len(lanes) for lanes in free_one_by_one(1_000, size, demand, allowed, busy)]
    assert [answer.remaining(place) for place in range(size)] == counts
    assert list(answer.each()) == [(1_000 + place, count) for place, count in enumerate(counts) if count]


def test_an_offer_without_lanes_has_no_starts() -> None:
    assert grid(10, Demand(0, 1, 0), {}, {}).starts == 0


def test_touching_the_end_of_a_busy_span_is_free() -> None:
    answer = grid(10, Demand(0, 2, 0), {"platz-1": 0b1111111111}, {"platz-1": [(1_002, 1_004)]})
    assert [place for place in range(10) if answer.remaining(place)] == [0, 4, 5, 6, 7, 8, 9]


def test_what_is_busy_before_the_window_blocks_the_buffer_before_its_first_start() -> None:
    answer = grid(3, Demand(2, 1, 0), {"platz-1": 0b111}, {"platz-1": [(990, 999)]})
    assert [answer.remaining(place) for place in range(3)] == [0, 1, 1]


def test_what_is_busy_behind_the_window_blocks_the_buffer_after_its_last_start() -> None:
    answer = grid(3, Demand(0, 1, 2), {"platz-1": 0b111}, {"platz-1": [(1_004, 1_010)]})
    assert [answer.remaining(place) for place in range(3)] == [1, 1, 0]
