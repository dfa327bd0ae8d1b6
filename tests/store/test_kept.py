"""Since when a booking is over, and how those that are still kept are found."""

from pathlib import Path

import pytest

from durchwahl.model.states import State
from durchwahl.store import journal, kept, steps
from durchwahl.store.journal import Booking
from durchwahl.store.kept import Run
from durchwahl.store.tx import Tx
from tests.store.journals import NOON, Milliseconds, booking, journal_in

HOUR = 3_600_000


def kept_one(name: str, **columns: object) -> Booking:
    return booking(name, **{"key": b"k", "ends": NOON + HOUR, **columns})


def moved(tx: Tx, seen: Booking, *way: State) -> int | None:
    known = journal.booking_by_id(tx, seen.id)
    assert known is not None
    return journal.advance(tx, known, *way).ended


@pytest.mark.parametrize(
    ("state", "way", "ended"),
    [
        ("confirmed", (State.CANCELLING,), NOON),
        ("confirmed", (State.COMPLETED,), NOON),
        ("confirmed", (State.RESCHEDULING,), None),
        ("held", (State.RELEASING, State.EXPIRED), NOON),
        ("held", (State.CONFIRMING,), None),
        ("confirming", (State.UNRESOLVED,), NOON + HOUR),
        ("unresolved", (State.CONFIRMED,), None),
    ],
)
async def test_it_is_over_when_nobody_waits_for_it_any_more(
    tmp_path: Path, state: str, way: tuple[State, ...], ended: int | None
) -> None:
    async with journal_in(tmp_path) as store:
        one = kept_one("b1", state=state, ended=NOON + HOUR if state == "unresolved" else None)
        await store.write(journal.insert_booking, one)
        assert await store.write(moved, one, *way) == ended


async def test_a_talk_is_over_at_its_end_however_late_that_is_noticed(tmp_path: Path) -> None:
    clock = Milliseconds(NOON + 5 * HOUR)
    async with journal_in(tmp_path, clock) as store:
        one = kept_one("b1", state="confirmed")
        await store.write(journal.insert_booking, one)
        assert await store.write(moved, one, State.COMPLETED) == NOON + HOUR


async def test_what_is_over_stays_over_since_then(tmp_path: Path) -> None:
    clock = Milliseconds()
    async with journal_in(tmp_path, clock) as store:
        one = kept_one("b1", state="confirmed")
        await store.write(journal.insert_booking, one)
        for way in (State.CANCELLING, State.CANCELLED):
            assert await store.write(moved, one, way) == NOON
            clock.now += 1_000


async def test_runs_are_told_apart_by_offer_and_state_and_begin_with_the_oldest(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as store:
        for number, (offer, state, ended) in enumerate(
            [("a/x", "completed", 7), ("a/x", "completed", 5), ("a/x", "expired", 3), ("b/x", "completed", 9)]
        ):
            await store.write(journal.insert_booking, kept_one(f"b{number}", offer=offer, state=state, ended=ended))
        await store.write(journal.insert_booking, kept_one("erased", key=None, state="completed", ended=1))
        await store.write(journal.insert_booking, kept_one("to come", state="confirmed"))
        assert await store.read(kept.runs) == [
            Run("a/x", "completed", 5),
            Run("a/x", "expired", 3),
            Run("b/x", "completed", 9),
        ]
        assert await store.read(kept.oldest_age) == NOON - 3


async def test_the_oldest_come_first_and_those_that_wait_to_be_erased_not_at_all(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as store:
        for ended in (7, 5, 6, 8):
            await store.write(journal.insert_booking, kept_one(f"b{ended}", state="completed", ended=ended))
        await store.write(steps.add_step, "b6", "erase", NOON)
        found = await store.read(kept.over_since, "amt/tisch", "completed", 7, 10)
        assert [one.ended for one in found] == [5, 7]
        assert len(await store.read(kept.over_since, "amt/tisch", "completed", 7, 1)) == 1
