"""An office's batch is cut off at each of its writes, before it or after it, and gone on with by somebody else."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from durchwahl.booking.day import batch as batch_module
from durchwahl.booking.day.batch import Batches
from tests.booking.desk import Desk, at_rest
from tests.booking.looking import rows, seen
from tests.booking.office import LANE_1, REASON, order
from tests.booking.test_office import FULL, ONE_LANE, on
from tests.gateways import City, city

MOVED_OUT = replace(LANE_1, ends=on("24", 0))


class PowerCut(Exception):
    """Nothing is done any more."""


class CutStore:
    """A store that is gone at the n-th write: before it is written, or right after."""

    def __init__(self, store: Any, number: int, *, is_written: bool) -> None:
        self._store = store
        self._left = number
        self._is_written = is_written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def write(self, *operation: Any, **more: Any) -> Any:
        self._left -= 1
        if self._left == 0 and not self._is_written:
            raise PowerCut
        result = await self._store.write(*operation, **more)
        if self._left == 0:
            raise PowerCut
        return result


async def cut_and_gone_on_with(here: City, number: int, *, is_written: bool, **how: Any) -> None:
    """Let the batch be cut off at its n-th write, and give the same order again."""
    store: Any = CutStore(here.gateway.store, number, is_written=is_written)
    cut = Batches(replace(here.gateway.context, store=store))
    with pytest.raises(PowerCut):
        await given(cut, **how)
    await given(Batches(here.gateway.context), **how)
    await at_rest(here)


async def given(work: Batches, **how: Any) -> None:
    """Give the order and carry it out to its end; after an end nothing is meant any more."""
    batch, _ = await work.begin(order(MOVED_OUT, **how), REASON)
    assert batch is None or await work.carry_on(batch, 5)


def letters(here: City) -> Counter[str]:
    return Counter(str(mail["Message-ID"]).split(".")[1] for mail in here.outbox.to("erika@example.org"))


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look again sooner than a machine beside a gateway has to."""
    monkeypatch.setattr(batch_module, "LOOK", 0.02)


@pytest.mark.parametrize("is_written", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
async def test_a_move_that_is_cut_off_at_any_write_moves_and_tells_each_once(
    tmp_path: Path, number: int, is_written: bool
) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path, ONE_LANE)) as here:
        bookings = [await here.booked() for _ in range(3)]
        await at_rest(here)
        await cut_and_gone_on_with(here, number, is_written=is_written)  # begun, three moves, ended: five writes
        assert letters(here) == {"confirmation": 3, "moved_by_office": 3}
        starts = {(await seen(here, one))["start"] for one in bookings}
        assert (len(starts), {one[:10] for one in starts}) == (3, {"2026-11-24"})
        assert len(desk.entries) == 3
        assert await rows(here, "SELECT count(*), count(ended) FROM batch") == [(1, 1)]


@pytest.mark.parametrize("is_written", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("how", [{"kind": "cancel"}, {"else_cancel": True}], ids=["cancel", "else-cancel"])
async def test_a_cancellation_that_is_cut_off_at_any_write_cancels_and_tells_each_once(
    tmp_path: Path, number: int, is_written: bool, how: dict[str, Any]
) -> None:
    async with city(tmp_path, department=FULL) as here:
        await here.booked()
        await at_rest(here)
        await cut_and_gone_on_with(here, number, is_written=is_written, **how)  # begun, cancelled, ended: three writes
        assert letters(here) == {"confirmation": 1, "cancelled_by_office": 1}
        assert await rows(here, "SELECT state FROM booking") == [("cancelled",)]
        assert await rows(here, "SELECT count(*) FROM unit_slot") == [(0,)]
