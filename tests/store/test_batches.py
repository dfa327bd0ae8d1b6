"""What several operations of one commit mean for each other: nothing."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from durchwahl.store import sqlite as store_module
from durchwahl.store import steps
from durchwahl.store.sqlite_connection import connect
from durchwahl.store.tx import Tx
from tests.store.journals import NOON, Gate, count_of, journal_in, keep, kept


def add(tx: Tx, kind: str) -> int:
    return steps.add_claimed_step(tx, "b1", kind).id


def add_and_fail(tx: Tx, kind: str) -> int:
    add(tx, kind)
    raise LookupError(kind)


async def behind_a_gate(store: Any, *operations: tuple[Any, str]) -> list[Any]:
    """Let the operations be one batch and return what their callers get."""
    gate = Gate()
    first = await gate.hold(store)
    tasks = [asyncio.create_task(store.write(*one)) for one in operations]
    await asyncio.sleep(0)
    gate.open.set()
    await first
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_what_is_run_again_because_of_anothers_failure_is_kept_once(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as store:
        results = await behind_a_gate(store, (add, "a"), (add, "b"), (add_and_fail, "c"), (add, "d"))
        assert isinstance(results[2], LookupError)
        there = await store.read(lambda tx: tx.rows("SELECT id, kind FROM step ORDER BY id"))
        assert there == [(results[0], "a"), (results[1], "b"), (results[3], "d")]


async def test_several_failures_of_a_batch_reach_each_its_own_caller(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as store:
        results = await behind_a_gate(store, *((add_and_fail, f"k{number}") for number in range(4)))
        assert [str(one) for one in results] == ["k0", "k1", "k2", "k3"]
        assert await store.read(count_of, "step") == 0


async def test_an_operation_sees_what_earlier_ones_of_its_batch_have_done(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as store:
        results = await behind_a_gate(store, (keep, "a"), (lambda tx, _: kept(tx), ""), (add_and_fail, "x"))
        assert results[1] == {"a"}


async def test_what_one_turn_of_the_loop_brings_is_one_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commits: list[str] = []
    plain = store_module.connect

    def traced(path: Path, **how: Any) -> sqlite3.Connection:
        connection = plain(path, **how)
        connection.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None)
        return connection

    monkeypatch.setattr(store_module, "connect", traced)
    async with journal_in(tmp_path) as store:
        await asyncio.gather(*(store.write(keep, f"s{number}") for number in range(64)))
        assert commits == ["COMMIT"]
        assert len(await store.read(kept)) == 64


async def test_what_was_accepted_in_the_turn_that_closes_the_store_is_done(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as store:
        accepted = [asyncio.ensure_future(store.write(keep, name)) for name in ("a", "b")]
        await asyncio.gather(*accepted, store.aclose())
        connection = connect(store._path)
        assert connection.execute("SELECT count(*) FROM catalogue_page").fetchone() == (2,)
        connection.close()


async def test_two_event_loops_may_share_a_store(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as store:

        def elsewhere() -> None:
            asyncio.run(store.write(keep, "elsewhere"))

        await asyncio.gather(asyncio.to_thread(elsewhere), store.write(keep, "here"))
        assert await store.read(kept) == {"here", "elsewhere"}


async def test_steps_written_together_are_due_each_at_its_own_time(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as store:
        ahead = [steps.Ahead("b", NOON + 5), steps.Ahead("a", NOON, {"letter": "x"})]
        await store.write(steps.add_steps, "b1", ahead)
        (due,) = await store.write(steps.claim_due, 9)
        assert (due.kind, due.detail) == ("a", {"letter": "x"})
        assert await store.look(steps.next_due) == NOON + 5
