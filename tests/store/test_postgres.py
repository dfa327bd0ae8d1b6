"""PostgreSQL's own troubles: servers that end, connections that are cut, disks that are full, and others at work."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from durchwahl.store import postgres, steps
from durchwahl.store.postgres import PostgresStore
from durchwahl.store.postgres_connection import PostgresConnection
from durchwahl.store.postgres_errors import Conflict
from durchwahl.store.postgres_statements import numbered
from durchwahl.store.tx import StoreUnavailable, Tx
from tests.folders import folder_until_exit
from tests.servers.postgres import Cluster, cluster
from tests.store.journals import Gate, Milliseconds, count_of, keep, kept


@asynccontextmanager
async def opened(**how: int) -> AsyncIterator[PostgresStore]:
    with cluster().database() as address:
        store = PostgresStore(address, clock=Milliseconds(), **how)
        try:
            yield store
        finally:
            await store.aclose()


@pytest.fixture
def server() -> Iterator[Cluster]:
    """The server, which a test may stop: it runs again after it."""
    yield cluster()
    if cluster().is_stopped:
        cluster().start()


async def until_kept(store: PostgresStore, name: str) -> None:
    """Write again and again until it is kept, as a citizen does who is asked to come back."""
    for _ in range(200):
        try:
            return await store.write(keep, name)
        except StoreUnavailable:
            await asyncio.sleep(0.02)
    raise AssertionError("it did not recover")


async def write_on(store: PostgresStore) -> None:
    """Write until it is refused; what the server was told takes a moment to reach all of it."""
    for number in range(200):
        await store.write(keep, f"s{number}")
        await asyncio.sleep(0.02)


# --- Others at work


async def test_what_conflicts_is_run_again_until_it_is_kept() -> None:
    runs = 0

    def conflict_twice(tx: Tx) -> int:
        nonlocal runs
        runs += 1
        keep(tx, f"s{runs}")
        if runs < 3:
            raise Conflict
        return runs

    async with opened() as store:
        assert await store.write(conflict_twice) == 3
        assert await store.read(kept) == {"s3"}


async def test_what_conflicts_for_ever_is_unavailable_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def conflict(tx: Tx) -> None:
        keep(tx, "a")
        raise Conflict

    monkeypatch.setattr(postgres, "LONGEST_PAUSE", 0.001)
    async with opened() as store:
        with pytest.raises(StoreUnavailable, match="quicker"):
            await store.write(conflict)
        assert await store.read(kept) == set()


async def test_two_that_wait_for_each_other_are_both_kept() -> None:
    async with opened(writers=2) as store:
        await store.write(lambda tx: [keep(tx, name) for name in ("a", "b")])
        gates = [Gate(), Gate()]

        def both(tx: Tx, gate: Gate, first: str, second: str) -> None:
            touch = "UPDATE catalogue_page SET as_of = as_of + 1 WHERE source = ?"
            tx.run(touch, (first,))
            gate(tx)
            tx.run(touch, (second,))

        tasks = [
            asyncio.create_task(store.write(both, gate, *names))
            for gate, names in zip(gates, (("a", "b"), ("b", "a")), strict=True)
        ]
        for gate in gates:
            await asyncio.to_thread(gate.entered.wait, 10)
        for gate in gates:
            gate.open.set()
        await asyncio.gather(*tasks)
        assert await store.read(lambda tx: tx.rows("SELECT as_of FROM catalogue_page")) == [(3,), (3,)]


async def test_who_only_looks_misses_nothing_that_happened_before_what_he_sees() -> None:
    """A step waits for another one; whoever ends that one must see the waiting one, or it must see the end."""
    async with opened(writers=2) as store:
        writing = await store.write(steps.add_claimed_step, "b1", "confirm")
        withdraw = await store.write(steps.add_claimed_step, "b1", "withdraw")
        gate = Gate()

        def wait_slowly(tx: Tx) -> bool:
            waits = steps.wait_for(tx, withdraw, "confirm")
            gate(tx)
            return waits

        waiting = asyncio.create_task(store.write(wait_slowly))
        await asyncio.to_thread(gate.entered.wait, 10)
        await store.write(steps.finish_step, writing)
        is_told = bool(await store.look(steps.waiting, "b1", "withdraw"))
        gate.open.set()
        assert is_told or not await waiting


async def test_a_step_that_another_node_is_claiming_is_passed_over() -> None:
    async with opened(writers=2) as store:
        await store.write(steps.add_step, "b1", "mail", 0)
        await store.write(steps.add_step, "b2", "mail", 1)
        gate = Gate()

        def claim_slowly(tx: Tx) -> list[steps.Step]:
            claimed = steps.claim_due(tx, 1)
            gate(tx)
            return claimed

        slow = asyncio.create_task(store.write(claim_slowly))
        await asyncio.to_thread(gate.entered.wait, 10)
        passed = await store.write(lambda tx: tx.claim("SELECT booking FROM step ORDER BY due LIMIT ?", (2,)))
        gate.open.set()
        assert passed == [("b2",)]
        assert [step.booking for step in await slow] == ["b1"]


# --- Trouble with the server


async def test_a_server_that_is_stopped_is_unavailable_and_recovers_without_help(server: Cluster) -> None:
    async with opened() as store:
        await store.write(keep, "before")
        await asyncio.to_thread(server.stop)
        with pytest.raises(StoreUnavailable):
            await store.write(keep, "meanwhile")
        with pytest.raises(StoreUnavailable):
            await store.look(kept)
        await asyncio.to_thread(server.start)
        await until_kept(store, "after")
        assert await store.read(kept) == {"before", "after"}


async def test_a_server_that_crashes_keeps_what_was_acknowledged(server: Cluster) -> None:
    async with opened() as store:
        acknowledged: set[str] = set()
        enough = asyncio.Event()

        async def forever(writer: int) -> None:
            for number in range(100_000):
                await store.write(keep, f"{writer}-{number}")
                acknowledged.add(f"{writer}-{number}")
                if len(acknowledged) == 200:
                    enough.set()

        writers = [asyncio.create_task(forever(writer)) for writer in range(8)]
        await enough.wait()
        await asyncio.to_thread(server.stop, signal.SIGQUIT)
        ends = await asyncio.gather(*writers, return_exceptions=True)
        assert {type(end) for end in ends} == {StoreUnavailable}
        await asyncio.to_thread(server.start)
        await until_kept(store, "after")
        assert acknowledged < await store.read(kept)


async def test_connections_that_are_cut_while_nobody_uses_them_are_opened_anew_before_anybody_notices() -> None:
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'durchwahl'"
    async with opened(writers=1, readers=1) as store:
        await store.write(keep, "before")
        assert await store.look(kept) == {"before"}
        await asyncio.to_thread(cluster().run, cut)
        await store.write(keep, "a")
        assert await store.look(kept) == {"before", "a"}
        await asyncio.to_thread(cluster().run, cut)
        assert await store.read(lambda tx: kept(tx) | kept(tx)) == {"before", "a"}


async def test_who_has_waited_too_long_for_a_connection_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "LONGEST_QUEUE", 0.05)
    async with opened(writers=1) as store:
        gate = Gate()
        first = await gate.hold(store)
        late = asyncio.create_task(store.write(keep, "late"))
        await asyncio.sleep(0.1)
        gate.open.set()
        await first
        with pytest.raises(StoreUnavailable, match="too many wait"):
            await late
        await store.write(keep, "soon")
        assert await store.look(kept) == {"soon"}


async def test_a_connection_that_is_cut_within_a_transaction_keeps_nothing_of_it() -> None:
    def cut_myself(tx: Tx) -> None:
        keep(tx, "a")
        tx.row("SELECT pg_terminate_backend(pg_backend_pid())")

    async with opened() as store:
        with pytest.raises(StoreUnavailable):
            await store.write(cut_myself)
        await store.write(keep, "b")
        assert await store.look(kept) == {"b"}


async def test_a_database_that_may_only_be_read_is_unavailable_and_recovers(server: Cluster) -> None:
    async with opened(writers=1) as store:
        await store.write(keep, "before")
        for value in ("on", "off"):
            await asyncio.to_thread(server.run, f"ALTER SYSTEM SET default_transaction_read_only = {value}")
            await asyncio.to_thread(server.run, "SELECT pg_reload_conf()")
            if value == "on":
                with pytest.raises(StoreUnavailable, match="read-only"):
                    await write_on(store)
                assert "before" in await store.look(kept)
        await until_kept(store, "after")


@pytest.mark.parametrize("state", ["53100", "53200", "53300", "57P03", "58030", "25006", "57014", "55P03"])
async def test_what_concerns_everybody_is_unavailable_and_the_next_write_is_kept(state: str) -> None:
    def fail(tx: Tx) -> None:
        keep(tx, "a")
        tx.run("SELECT raise(?)", (state,))

    async with opened() as store:
        await store.write(raising)
        with pytest.raises(StoreUnavailable):
            await store.write(fail)
        await store.write(keep, "b")
        assert await store.look(kept) == {"b"}


def raising(tx: Tx) -> None:
    """Make a function that fails as the server does in troubles that a test cannot bring about."""
    tx.run(
        "CREATE FUNCTION raise(state text) RETURNS text LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'disk full' USING ERRCODE = state; END $$"
    )


async def test_a_server_that_says_nothing_any_more_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped: list[int] = []

    def stop_in_the_middle(tx: Tx) -> None:
        keep(tx, "a")
        row = tx.row("SELECT pg_backend_pid()")
        assert row is not None
        stopped.append(row[0])
        os.kill(row[0], signal.SIGSTOP)
        keep(tx, "b")

    monkeypatch.setattr(postgres, "PATIENCE", 0.5)
    async with opened(writers=1) as store:
        try:
            with pytest.raises(StoreUnavailable):
                await asyncio.wait_for(store.write(stop_in_the_middle), 10)
            await store.write(keep, "c")
            assert await store.look(kept) == {"c"}
        finally:
            os.kill(stopped[0], signal.SIGCONT)


async def test_more_callers_than_connections_take_turns() -> None:
    async with opened(writers=2, readers=1) as store:
        await asyncio.gather(*(store.write(keep, f"s{number}") for number in range(100)))
        assert await asyncio.gather(*(store.look(count_of, "catalogue_page") for _ in range(50))) == [100] * 50


def test_a_standby_decides_nothing() -> None:
    standby = Cluster(folder_until_exit("standby"))
    (standby.folder / "data" / "standby.signal").touch()
    standby.start()
    try:
        for address in (standby.address("postgres"), f"{standby.address('postgres')}&target_session_attrs=any"):
            with pytest.raises(StoreUnavailable, match="standby"):
                PostgresConnection(address)
    finally:
        standby.stop()


# --- Statements


def test_marks_are_numbered_in_their_order() -> None:
    assert numbered("SELECT ? WHERE a = ? AND b LIKE '%'") == b"SELECT $1 WHERE a = $2 AND b LIKE '%'"


def test_more_statements_than_are_kept_prepared_are_prepared_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("durchwahl.store.postgres_connection.MOST_PREPARED", 3)
    with cluster().database() as address:
        connection = PostgresConnection(address)
        for number in [*range(8), *range(8)]:
            result, _ = connection.run(f"SELECT {number} + ?", (1,))
            assert result.ntuples == 1
        connection.close()


def test_a_type_that_is_not_read_is_a_bug_and_no_trouble_with_the_server() -> None:
    connection = PostgresConnection(cluster().address("journal"))
    with pytest.raises(TypeError, match="type"):
        connection.run("SELECT now()", ())
    connection.close()
