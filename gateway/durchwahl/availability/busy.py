"""Busy times of a source, kept for a short while: citizens' load never becomes the back end's load.

Time is cut into blocks of four weeks. A block is fetched by one task however many ask for it; when the source fails,
its last good block is served for a few minutes, marked stale. Nobody waits for a hanging source longer than `PATIENCE`:
the fetch goes on behind, and the block is there for the next one who asks.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from durchwahl.availability.hours import Span, span_of
from durchwahl.availability.units import PER_DAY, instant_of
from durchwahl.errors import SourceError, Unavailable
from durchwahl.model.schedule import Interval
from durchwahl.plugin.kinds import BusyTimes
from durchwahl.sources.opening import OpenSource

BLOCK = 28 * PER_DAY
PATIENCE = 2.5
FAILURE_KEPT = 5.0
MOST_BLOCKS = 32


@dataclass(frozen=True)
class SourceState:
    """How much an answer of this source is worth."""

    key: str
    state: Literal["ok", "stale", "unavailable"]
    as_of: datetime | None
    retry_after: float | None = None


@dataclass(frozen=True)
class BusyAnswer:
    """Busy spans per lane in units since the epoch; empty where the state is `unavailable`."""

    lanes: Mapping[str, list[Span]]
    state: SourceState


@dataclass(frozen=True)
class _Block:
    lanes: Mapping[str, list[Span]]
    read_at: float
    as_of: datetime
    is_outdated: bool = False
    """Something was found to be different since: read anew, and good for nothing but an outage."""


class BusyCache:
    """The blocks of one source. Times of reading are the monotonic clock's."""

    def __init__(
        self,
        source: OpenSource,
        calendar: BusyTimes,
        *,
        lifetime: float,
        stale_lifetime: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._calendar = calendar
        self._lifetime = lifetime
        self._stale_lifetime = stale_lifetime
        self._monotonic = monotonic
        self._blocks: dict[int, _Block] = {}
        self._fetches: dict[int, asyncio.Task[None]] = {}
        self._failed: tuple[float, float | None] | None = None
        self._forgotten = 0

    async def get(self, first: int, last: int) -> BusyAnswer:
        """Return the busy spans that touch the units from `first` up to and not including `last`."""
        wanted = range(first // BLOCK, (last - 1) // BLOCK + 1)
        now = self._monotonic()
        lacking = [block for block in wanted if not self._is_fresh(block, now)]
        if lacking and not self._has_just_failed(now):
            self._start(lacking)
            running = {self._fetches[block] for block in lacking if block in self._fetches}
            _, hanging = await asyncio.wait(running, timeout=PATIENCE)
            if hanging:
                # For the next ones who ask it counts as failed: nobody else waits for the same silence.
                self._failed = (self._monotonic(), None)
        return self._answer(wanted)

    def forget(self) -> None:
        """Read anew at the next question, because something was just found to be different.

        What is known stays as the last good answer, should the source fail now; what is being read is read again.
        """
        self._forgotten += 1
        self._blocks = {index: replace(block, is_outdated=True) for index, block in self._blocks.items()}

    async def aclose(self) -> None:
        """End the fetches."""
        for task in set(self._fetches.values()):
            task.cancel()
        await asyncio.gather(*set(self._fetches.values()), return_exceptions=True)

    def _start(self, lacking: list[int]) -> None:
        missing = [block for block in lacking if block not in self._fetches]
        if not missing:
            return
        task = asyncio.create_task(self._fetch(min(missing), max(missing) + 1))
        for block in range(min(missing), max(missing) + 1):
            self._fetches.setdefault(block, task)

    async def _fetch(self, first: int, last: int) -> None:
        lanes = tuple(self._source.lanes.values())
        window = Interval(instant_of(first * BLOCK), instant_of(last * BLOCK))
        this, forgotten = asyncio.current_task(), self._forgotten

        async def read() -> dict[str, list[Span]]:
            busy = await self._calendar.busy(lanes, window)
            return {lane: sorted(map(span_of, spans)) for lane, spans in busy.items()}

        try:
            lanes_read = await self._source.supervisor.read(read)
            self._keep(first, last, lanes_read, is_outdated=forgotten != self._forgotten)
        except SourceError as error:
            self._failed = (self._monotonic(), error.retry_after if isinstance(error, Unavailable) else None)
        finally:
            self._fetches = {block: task for block, task in self._fetches.items() if task is not this}

    def _keep(self, first: int, last: int, lanes: Mapping[str, list[Span]], *, is_outdated: bool) -> None:
        self._failed = None
        now, as_of = self._monotonic(), datetime.now(UTC)
        for block in range(first, last):
            low, high = block * BLOCK, (block + 1) * BLOCK
            own = {lane: [s for s in spans if s[0] < high and s[1] > low] for lane, spans in lanes.items()}
            self._blocks[block] = _Block(own, now, as_of, is_outdated)
        while len(self._blocks) > MOST_BLOCKS:
            del self._blocks[min(self._blocks, key=lambda index: self._blocks[index].read_at)]

    def _is_fresh(self, block: int, now: float) -> bool:
        kept = self._blocks.get(block)
        return kept is not None and not kept.is_outdated and now - kept.read_at < self._lifetime

    def _has_just_failed(self, now: float) -> bool:
        return self._failed is not None and now - self._failed[0] < FAILURE_KEPT

    def _answer(self, wanted: range) -> BusyAnswer:
        now = self._monotonic()
        kept = [self._blocks.get(block) for block in wanted]
        usable = [block for block in kept if block is not None and now - block.read_at < self._stale_lifetime]
        retry_after = self._failed[1] if self._failed else None
        if len(usable) < len(kept):
            return BusyAnswer({}, SourceState(self._source.key, "unavailable", None, retry_after))
        lanes: dict[str, list[Span]] = {}
        for block in usable:
            for lane, spans in block.lanes.items():
                lanes.setdefault(lane, []).extend(spans)
        fresh = all(self._is_fresh(block, now) for block in wanted)
        as_of = min(block.as_of for block in usable)
        return BusyAnswer(lanes, SourceState(self._source.key, "ok" if fresh else "stale", as_of, retry_after))
