"""A figure keeps its promise or does not; rounds are fair; what wrk says is understood."""

from functools import partial

import pytest

from bench.figures import Figure, Plan, all_hold
from bench.profiles import hottest
from bench.rounds import interleaved, ratio, seconds_of
from bench.start import resident
from bench.table import table_of, written
from bench.wrk import Unusable, rate_in

WRK = """Running 2s test @ http://127.0.0.1:8000/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     4.26ms    1.27ms  25.46ms   93.05%
  31290 requests in 2.00s, 1.11GB read
{errors}Requests/sec:  15608.91
Transfer/sec:    566.30MB
"""


@pytest.mark.parametrize(
    ("value", "at_least", "at_most", "holds"),
    [(0.25, 0.25, None, True), (0.24, 0.25, None, False), (3.0, None, 3.0, True), (3.1, None, 3.0, False)],
)
def test_a_figure_on_its_bound_is_kept(
    value: float, at_least: float | None, at_most: float | None, holds: bool
) -> None:
    figure = Figure("x", "y", value, at_least=at_least, at_most=at_most)
    assert figure.is_required
    assert figure.holds is holds


def test_a_figure_without_a_promise_always_holds() -> None:
    assert all_hold([Figure("x", "y", 0.0)])
    assert not Figure("x", "y", 0.0).is_required


def test_one_broken_promise_breaks_the_run() -> None:
    assert not all_hold([Figure("x", "y", 1.0, at_least=0.5), Figure("x", "z", 1.0, at_most=0.5)])


def test_a_short_run_has_fewer_and_shorter_turns() -> None:
    assert Plan(short=True).rounds < Plan().rounds
    assert Plan(short=True).seconds < Plan().seconds


def test_contenders_take_turns_and_another_begins_each_round() -> None:
    order: list[str] = []

    def contender(name: str) -> float:
        order.append(name)
        return float(len(order))

    rounds = interleaved({name: partial(contender, name) for name in "abc"}, 3)
    assert "".join(order) == "abcbcacab"
    assert rounds == {"a": [1.0, 6.0, 8.0], "b": [2.0, 4.0, 9.0], "c": [3.0, 5.0, 7.0]}


def test_a_ratio_is_the_median_of_the_rounds_own() -> None:
    assert ratio([1.0, 20.0, 3.0], [2.0, 10.0, 3.0]) == 1.0


def test_seconds_are_those_of_one_time() -> None:
    done: list[None] = []
    assert seconds_of(lambda: done.append(None), 5)() >= 0
    assert len(done) == 5


def test_wrk_names_a_rate() -> None:
    assert rate_in(WRK.format(errors="")) == 15608.91


@pytest.mark.parametrize(
    "errors",
    ["  Non-2xx or 3xx responses: 7\n", "  Socket errors: connect 0, read 3, write 0, timeout 0\n"],
)
def test_a_rate_of_refusals_is_no_rate(errors: str) -> None:
    with pytest.raises(Unusable):
        rate_in(WRK.format(errors=errors))


def test_output_without_a_rate_is_unusable() -> None:
    with pytest.raises(Unusable):
        rate_in("unable to connect to 127.0.0.1:1 Connection refused")


def test_a_second_without_any_answer_is_no_rate() -> None:
    with pytest.raises(Unusable):
        rate_in("Requests/sec:      0.00\n")


def test_resident_memory_is_read_in_bytes() -> None:
    assert resident("Name:\tdurchwahl\nVmRSS:\t   82540 kB\nThreads:\t3\n") == 82_540 * 1024


def test_the_table_says_which_promise_is_not_kept() -> None:
    table = table_of([Figure("x", "y", 1.0, at_least=2.0), Figure("x", "z", 1.0, "s", at_most=2.0)])
    assert [list(column.cells) for column in table.columns][2:] == [
        ["1.00", "1.00 s"],
        ["≥ 2", "≤ 2"],
        ["[bold red]not kept", "[green]kept"],
    ]


@pytest.mark.parametrize(("value", "text"), [(0.254, "0.25"), (17.54, "17.5"), (215.2, "215")])
def test_a_figure_has_as_many_places_as_it_can_bear(value: float, text: str) -> None:
    assert written(value) == text


def test_a_profile_names_what_was_called() -> None:
    found = hottest(lambda: sorted(range(1000), key=lambda number: -number))
    assert any("sorted" in one["function"] for one in found)
