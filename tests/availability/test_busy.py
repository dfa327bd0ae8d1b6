"""Busy times are read once for all who ask, kept a short while, and served stale rather than not at all."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from durchwahl.availability import busy as busy_module
from durchwahl.availability.busy import BLOCK, FAILURE_KEPT, MOST_BLOCKS, BusyAnswer, BusyCache
from durchwahl.availability.units import instant_of
from durchwahl.errors import NotSent, Unavailable
from durchwahl.model.schedule import Interval, Lane
from durchwahl.plugin.kinds import BusyTimes
from durchwahl.sources.supervision import Supervisor

LIFETIME, STALE = 15.0, 300.0
FIRST = 213 * BLOCK
"""A unit at which a block begins."""


class Calendar(BusyTimes):
    """Is busy in the first unit of every block, unless a test says something else."""

    def __init__(self) -> None:
        self.windows: list[Interval] = []
        self.fails: Exception | None = None
        self.gate: asyncio.Event | None = None
        self.says: Any = None

    async def check(self) -> None:
        return

    async def busy(self, lanes: Sequence[Lane], window: Interval) -> Mapping[str, Sequence[Interval]]:
        self.windows.append(window)
        if self.gate is not None:
            await self.gate.wait()
        if self.fails is not None:
            raise self.fails
        if self.says is not None:
            return self.says  # type: ignore[no-any-return]  # whatever a test wants it to say
        start = window.start
        spans = []
        while start < window.end:
            spans.append(Interval(start, start + timedelta(minutes=5)))
            start += timedelta(days=28)
        return {lane.name: spans for lane in lanes}

    @property
    def blocks(self) -> list[tuple[float, float]]:
        """The asked windows, in blocks from `FIRST`."""
        start = instant_of(FIRST)
        return [((w.start - start) / timedelta(days=28), (w.end - start) / timedelta(days=28)) for w in self.windows]


class Desk:
    """A cache with a clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.calendar = Calendar()
        supervisor = Supervisor("amt/termine", plugin="test 1", deadline=60)
        source: Any = SimpleNamespace(key="amt/termine", lanes={"platz-1": Lane("platz-1")}, supervisor=supervisor)
        self.cache = BusyCache(
            source, self.calendar, lifetime=LIFETIME, stale_lifetime=STALE, monotonic=lambda: self.now
        )

    async def get(self, first: int = 0, last: int = 288) -> BusyAnswer:
        return await self.cache.get(FIRST + first, FIRST + last)


@pytest.fixture
async def desk(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setattr("durchwahl.sources.supervision.random.uniform", lambda low, high: 0)
    one = Desk()
    yield one
    await one.cache.aclose()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(busy_module, "PATIENCE", 0.02)


async def test_the_spans_of_the_source_are_returned_in_units(desk: Desk) -> None:
    answer = await desk.get()
    assert answer.lanes == {"platz-1": [(FIRST, FIRST + 1)]}
    assert (answer.state.state, answer.state.key) == ("ok", "amt/termine")
    assert answer.state.as_of is not None
    assert abs(answer.state.as_of - datetime.now(UTC)) < timedelta(minutes=1)


async def test_many_who_ask_at_once_cost_one_reading(desk: Desk) -> None:
    desk.calendar.gate = asyncio.Event()
    asking = [asyncio.create_task(desk.get()) for _ in range(200)]
    await asyncio.sleep(0.01)
    desk.calendar.gate.set()
    answers = await asyncio.gather(*asking)
    assert len(desk.calendar.windows) == 1
    assert {answer.state.state for answer in answers} == {"ok"}


async def test_within_the_lifetime_nothing_is_read_again(desk: Desk) -> None:
    await desk.get()
    desk.now += LIFETIME - 1
    await desk.get(100, 200)
    assert len(desk.calendar.windows) == 1
    desk.now += 1
    await desk.get()
    assert len(desk.calendar.windows) == 2


@pytest.mark.parametrize(
    ("first", "last", "blocks"),
    [
        (0, 1, (0, 1)),
        (0, BLOCK, (0, 1)),
        (BLOCK - 1, BLOCK + 1, (0, 2)),
        (-1, 0, (-1, 0)),
        (BLOCK, 2 * BLOCK + 1, (1, 3)),
    ],
)
async def test_only_the_blocks_of_the_window_are_asked_for(
    desk: Desk, first: int, last: int, blocks: tuple[int, int]
) -> None:
    await desk.get(first, last)
    assert desk.calendar.blocks == [blocks]


async def test_only_the_block_that_is_missing_is_asked_for(desk: Desk) -> None:
    await desk.get()
    await desk.get(0, BLOCK + 1)
    assert desk.calendar.blocks == [(0, 1), (1, 2)]


async def test_blocks_that_are_being_read_are_not_asked_for_twice(desk: Desk) -> None:
    desk.calendar.gate = asyncio.Event()
    one, other = asyncio.create_task(desk.get()), asyncio.create_task(desk.get(0, BLOCK + 1))
    await asyncio.sleep(0.01)
    desk.calendar.gate.set()
    await asyncio.gather(one, other)
    assert desk.calendar.blocks == [(0, 1), (1, 2)]


async def test_a_span_over_the_edge_of_two_blocks_is_known_in_both(desk: Desk) -> None:
    edge = instant_of(FIRST + BLOCK)
    desk.calendar.says = {"platz-1": [Interval(edge - timedelta(minutes=10), edge + timedelta(minutes=10))]}
    await desk.get(0, BLOCK + 1)
    desk.calendar.fails = Unavailable("weg")
    for window in ((0, 1), (BLOCK, BLOCK + 1)):
        assert (await desk.get(*window)).lanes["platz-1"] == [(FIRST + BLOCK - 2, FIRST + BLOCK + 2)]


async def test_spans_between_units_are_rounded_outward(desk: Desk) -> None:
    start = instant_of(FIRST + 10)
    desk.calendar.says = {"platz-1": [Interval(start + timedelta(seconds=299), start + timedelta(seconds=301))]}
    assert (await desk.get()).lanes == {"platz-1": [(FIRST + 10, FIRST + 12)]}


# --- Failing


async def test_a_source_that_never_answered_is_unavailable(desk: Desk) -> None:
    desk.calendar.fails = Unavailable("weg", retry_after=7)
    answer = await desk.get()
    assert (answer.lanes, answer.state.state, answer.state.as_of) == ({}, "unavailable", None)
    assert answer.state.retry_after == 7


async def test_after_a_failure_the_last_good_answer_is_stale_with_its_own_time(desk: Desk) -> None:
    good = await desk.get()
    desk.calendar.fails = Unavailable("weg")
    desk.now += LIFETIME
    answer = await desk.get()
    assert (answer.state.state, answer.lanes, answer.state.as_of) == ("stale", good.lanes, good.state.as_of)


async def test_after_the_stale_lifetime_it_is_unavailable(desk: Desk) -> None:
    await desk.get()
    desk.calendar.fails = Unavailable("weg")
    desk.now += STALE - 1
    assert (await desk.get()).state.state == "stale"
    desk.now += 1
    assert (await desk.get()).state.state == "unavailable"


async def test_a_stale_and_a_fresh_block_together_are_stale_since_the_older(desk: Desk) -> None:
    old = await desk.get()
    desk.now += LIFETIME
    await desk.get(BLOCK, BLOCK + 1)
    desk.calendar.fails = Unavailable("weg")
    answer = await desk.get(0, BLOCK + 1)
    assert (answer.state.state, answer.state.as_of) == ("stale", old.state.as_of)


async def test_a_known_and_an_unknown_block_together_are_unavailable(desk: Desk) -> None:
    await desk.get()
    desk.calendar.fails = Unavailable("weg")
    assert (await desk.get(0, BLOCK + 1)).state.state == "unavailable"


async def test_a_source_that_has_just_failed_is_not_asked_by_everybody(desk: Desk) -> None:
    desk.calendar.fails = NotSent("weg")
    await desk.get()
    asked = len(desk.calendar.windows)
    for _ in range(50):
        await desk.get()
    assert len(desk.calendar.windows) == asked
    desk.now += FAILURE_KEPT
    desk.calendar.fails = None
    assert (await desk.get()).state.state == "ok"


@pytest.mark.parametrize("nonsense", [{"platz-1": [(1, 2)]}, {"platz-1": None}, [], {"platz-1": ["morgens"]}, 5])
async def test_an_answer_of_a_wrong_shape_is_the_plugins_bug(
    desk: Desk, nonsense: object, caplog: pytest.LogCaptureFixture
) -> None:
    desk.calendar.says = nonsense
    assert (await desk.get()).state.state == "unavailable"
    if nonsense != []:
        assert "plugin test 1 failed" in caplog.text
        asked = len(desk.calendar.windows)
        await desk.get()
        assert len(desk.calendar.windows) == asked


# --- Hanging


async def test_nobody_waits_longer_than_patience_and_the_reading_goes_on_behind(desk: Desk, impatient: None) -> None:
    desk.calendar.gate = asyncio.Event()
    assert (await desk.get()).state.state == "unavailable"
    desk.calendar.gate.set()
    for _ in range(100):
        await asyncio.sleep(0)
    assert (await desk.get()).state.state == "ok"
    assert len(desk.calendar.windows) == 1


async def test_while_it_hangs_the_last_good_answer_is_served(desk: Desk, impatient: None) -> None:
    good = await desk.get()
    desk.now += LIFETIME
    desk.calendar.gate = asyncio.Event()
    answer = await desk.get()
    assert (answer.state.state, answer.lanes) == ("stale", good.lanes)


async def test_only_the_first_one_waits_for_a_silence(desk: Desk, impatient: None) -> None:
    desk.calendar.gate = asyncio.Event()
    await desk.get()
    began = asyncio.get_running_loop().time()
    for _ in range(20):
        await desk.get()
    assert asyncio.get_running_loop().time() - began < 0.2
    assert len(desk.calendar.windows) == 1


async def test_who_gives_up_asking_does_not_stop_the_reading(desk: Desk) -> None:
    desk.calendar.gate = asyncio.Event()
    impatient, patient = asyncio.create_task(desk.get()), asyncio.create_task(desk.get())
    await asyncio.sleep(0.01)
    impatient.cancel()
    desk.calendar.gate.set()
    assert (await patient).state.state == "ok"


async def test_closing_ends_what_hangs(desk: Desk, impatient: None) -> None:
    desk.calendar.gate = asyncio.Event()
    await desk.get()
    await asyncio.wait_for(desk.cache.aclose(), 1)


# --- Forgetting


async def test_forgetting_reads_anew_at_the_next_question(desk: Desk) -> None:
    await desk.get()
    desk.cache.forget()
    assert (await desk.get()).state.state == "ok"
    assert len(desk.calendar.windows) == 2


async def test_what_was_forgotten_is_still_the_last_good_answer_when_the_source_fails(desk: Desk) -> None:
    good = await desk.get()
    desk.cache.forget()
    desk.calendar.fails = Unavailable("weg")
    answer = await desk.get()
    assert (answer.state.state, answer.lanes, answer.state.as_of) == ("stale", good.lanes, good.state.as_of)
    desk.now += STALE
    assert (await desk.get()).state.state == "unavailable"


async def test_what_was_being_read_while_it_was_forgotten_is_read_again(desk: Desk) -> None:
    desk.calendar.gate = asyncio.Event()
    asking = asyncio.create_task(desk.get())
    await asyncio.sleep(0.01)
    desk.cache.forget()
    desk.calendar.gate.set()
    assert (await asking).state.state == "stale"
    assert (await desk.get()).state.state == "ok"
    assert len(desk.calendar.windows) == 2


async def test_the_cache_is_bounded(desk: Desk) -> None:
    for block in range(3 * MOST_BLOCKS):
        await desk.get(block * BLOCK, block * BLOCK + 1)
    assert len(desk.cache._blocks) == MOST_BLOCKS
    assert max(desk.cache._blocks) == 213 + 3 * MOST_BLOCKS - 1
