"""Side by side: every contender has its turn in every round, so that a slow minute of the machine hits all alike."""

from collections.abc import Callable, Mapping, Sequence
from statistics import median
from time import perf_counter

Rounds = dict[str, list[float]]


def interleaved(contenders: Mapping[str, Callable[[], float]], rounds: int) -> Rounds:
    """Return each contender's figure of each round; who begins changes from round to round."""
    names = list(contenders)
    measured: Rounds = {name: [] for name in names}
    for turn in range(rounds):
        shift = turn % len(names)
        for name in (*names[shift:], *names[:shift]):
            measured[name].append(contenders[name]())
    return measured


def ratio(over: Sequence[float], under: Sequence[float]) -> float:
    """Return the median of the rounds' ratios: both sides of each were measured next to each other."""
    return median(one / other for one, other in zip(over, under, strict=True))


def seconds_of(work: Callable[[], object], times: int = 1) -> Callable[[], float]:
    """Return a contender: the seconds that the work takes, each time."""

    def measured() -> float:
        began = perf_counter()
        for _ in range(times):
            work()
        return (perf_counter() - began) / times

    return measured


def rounded(figures: Sequence[float], places: int = 5) -> list[float]:
    """Return the figures as they are written down."""
    return [round(one, places) for one in figures]
