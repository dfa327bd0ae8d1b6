"""News of a room reach whoever waits: at once in one process, soon in another; and nobody looks when nobody waits."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from durchwahl.rooms import lookout
from durchwahl.rooms.signalling import Since, StoreSignalling
from durchwahl.store import rooms, signals
from durchwahl.store.journal import insert_booking
from durchwahl.store.rooms import SeatKey, Talk
from durchwahl.store.schema import DATABASE
from durchwahl.store.sqlite import SqliteStore
from durchwahl.store.tx import StoreUnavailable, Tx
from tests.store.journals import NOON, Milliseconds, booking, journal_in

TALK = Talk("b1", 1, NOON + 3_600_000)
PATIENCE = 5.0


@dataclass
class Pair:
    """Both sides of a room, each with the signalling of a process; of two, unless a test takes one for both."""

    here: StoreSignalling
    there: StoreSignalling
    citizen: SeatKey
    clerk: SeatKey
    call: int
    stores: list[SqliteStore] = field(default_factory=list)

    async def until(self, seat: SeatKey, signalling: StoreSignalling) -> int:
        heard = await signalling.subscribe(seat, Since(0, 1), 0)
        return heard.standing.number


class Counting(SqliteStore):
    """Counts the looks for news."""

    looks = 0
    is_broken = False

    async def look(self, operation: Any, *args: Any, **kwargs: Any) -> Any:
        if operation is signals.news:
            self.looks += 1
            if self.is_broken:
                raise StoreUnavailable("locked")
        return await super().look(operation, *args, **kwargs)


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    clock = Milliseconds()
    async with journal_in(tmp_path, clock) as store:
        await store.write(insert_booking, booking())
        citizen = await store.write(rooms.take_seat, TALK, "citizen", None)
        clerk = await store.write(rooms.take_seat, TALK, "clerk", None)
        await store.write(rooms.admit, clerk, citizen.entered)
        other = Counting(tmp_path / DATABASE, clock=clock)
        both = Pair(StoreSignalling(store), StoreSignalling(other), citizen, clerk, 3, [store, other])
        yield both
        both.here.close()
        both.there.close()
        await other.aclose()


async def waiting(asked: Awaitable[Any], signalling: StoreSignalling, count: int = 1) -> "asyncio.Task[Any]":
    """Begin to wait, and return when it does."""
    task = asyncio.ensure_future(asked)
    for _ in range(1_000):
        if len(signalling._lookout._waiters) >= count:
            return task
        await asyncio.sleep(0.001)  # the task has to come to its waiting
    raise AssertionError("nobody waits")


async def test_a_signal_in_the_same_process_wakes_at_once(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookout, "PAUSE", 3_600)
    after = await pair.until(pair.citizen, pair.here)
    asked = await waiting(pair.here.subscribe(pair.citizen, Since(after, 1), PATIENCE), pair.here)
    assert await pair.here.publish(pair.clerk, pair.call, b"offer")
    async with asyncio.timeout(1):
        assert (await asked).signals == (b"offer",)


async def test_a_signal_of_another_process_is_found_within_a_quarter_of_a_second(pair: Pair) -> None:
    after = await pair.until(pair.citizen, pair.there)
    assert lookout.PAUSE <= 0.25
    asked = await waiting(pair.there.subscribe(pair.citizen, Since(after, 1), PATIENCE), pair.there)
    began = time.monotonic()
    await pair.here.publish(pair.clerk, pair.call, b"offer")
    assert (await asked).signals == (b"offer",)
    assert time.monotonic() - began < 2  # the pause, and what a busy machine adds


async def test_the_booking_that_changes_wakes_both_sides(pair: Pair) -> None:
    after = await pair.until(pair.citizen, pair.there)
    asked = await waiting(pair.there.subscribe(pair.citizen, Since(after, 1), PATIENCE), pair.there)
    await pair.stores[0].write(lambda tx: tx.run("UPDATE booking SET version = 2"))
    async with asyncio.timeout(2):
        assert not (await asked).is_news


async def test_one_look_serves_all_who_wait_and_none_is_made_for_nobody(pair: Pair) -> None:
    store = pair.stores[1]
    assert isinstance(store, Counting)
    after = await pair.until(pair.citizen, pair.there)
    sides = [
        await waiting(pair.there.subscribe(seat, Since(after, 1), 0.5), pair.there, count)
        for count, seat in enumerate((pair.citizen, pair.clerk), 1)
    ]
    await asyncio.gather(*sides)
    looks = store.looks
    assert 1 <= looks <= 4
    await asyncio.sleep(2 * lookout.PAUSE)  # time for a look that must not come
    assert store.looks <= looks + 1


async def test_what_a_side_says_itself_does_not_wake_it(pair: Pair) -> None:
    after = await pair.until(pair.clerk, pair.there)
    asked = await waiting(pair.there.subscribe(pair.clerk, Since(after, 1), 0.5), pair.there)
    await pair.here.publish(pair.clerk, pair.call, b"offer")
    assert not (await asked).is_news


async def test_a_link_keeps_one_question_waiting(pair: Pair) -> None:
    after = await pair.until(pair.citizen, pair.here)
    first = await waiting(pair.here.subscribe(pair.citizen, Since(after, 1), PATIENCE), pair.here)
    second = asyncio.ensure_future(pair.here.subscribe(pair.citizen, Since(after, 1), PATIENCE))
    async with asyncio.timeout(2):
        await first
    assert not second.done()
    pair.here.close()
    await second


async def test_patience_ends(pair: Pair) -> None:
    after = await pair.until(pair.citizen, pair.here)
    heard = await pair.here.subscribe(pair.citizen, Since(after, 1), 0.01)
    assert (heard.is_news, heard.signals) == (False, ())


async def test_a_store_that_is_locked_for_a_moment_ends_no_waiting(
    pair: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    store = pair.stores[1]
    assert isinstance(store, Counting)
    store.is_broken = True
    after = await pair.until(pair.citizen, pair.there)
    asked = await waiting(pair.there.subscribe(pair.citizen, Since(after, 1), PATIENCE), pair.there)
    await pair.here.publish(pair.clerk, pair.call, b"offer")
    for _ in range(500):
        await asyncio.sleep(0.01)  # the lookout looks behind
        if "rooms cannot be looked at" in caplog.text:
            break
    assert "rooms cannot be looked at" in caplog.text
    store.is_broken = False
    assert (await asked).signals == (b"offer",)


async def test_a_gateway_that_stops_lets_nobody_wait(pair: Pair) -> None:
    after = await pair.until(pair.citizen, pair.here)
    asked = await waiting(pair.here.subscribe(pair.citizen, Since(after, 1), PATIENCE), pair.here)
    pair.here.close()
    async with asyncio.timeout(1):
        await asked
        await pair.here.subscribe(pair.citizen, Since(after, 1), PATIENCE)


async def test_a_room_that_is_swept_away_ends_the_waiting(pair: Pair) -> None:
    from durchwahl.errors import Problem

    after = await pair.until(pair.citizen, pair.there)
    asked = await waiting(pair.there.subscribe(pair.citizen, Since(after, 1), PATIENCE), pair.there)

    def gone(tx: Tx) -> None:
        tx.run("UPDATE room SET closes = 0")
        rooms.forget_over(tx)

    await pair.stores[0].write(gone)
    with pytest.raises(Problem, match="seat-lost"):
        await asked
