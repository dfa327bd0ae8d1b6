"""What both stores promise: nothing is acknowledged that is not on disk, and nobody's mistake undoes another's work."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from durchwahl.store import journal as bookings
from durchwahl.store import places, steps
from durchwahl.store.journal import Superseded
from durchwahl.store.tx import StoreUnavailable, Tx
from tests.store.conftest import Journal, place_of, reopened
from tests.store.journals import NOON, Gate, Milliseconds, booking, count_of, keep, keep_and_fail, kept, place

REPOSITORY = Path(__file__).parents[2]


async def test_what_was_written_is_read(journal: Journal) -> None:
    async with journal() as store:
        await store.write(keep, "a")
        assert await store.read(kept) == {"a"}


async def test_an_operations_result_is_returned(journal: Journal) -> None:
    async with journal() as store:
        assert await store.write(lambda tx, factor: factor * 2, 21) == 42


async def test_an_operations_exception_reaches_its_caller_and_undoes_it(journal: Journal) -> None:
    async with journal() as store:
        with pytest.raises(LookupError):
            await store.write(keep_and_fail, "a")
        assert await store.read(kept) == set()


async def test_a_reader_does_not_wait_for_the_writer_and_sees_no_half_of_it(journal: Journal) -> None:
    async with journal() as store:
        gate = Gate()

        def slowly(tx: Tx) -> None:
            keep(tx, "a")
            gate(tx)

        task = asyncio.create_task(store.write(slowly))
        await asyncio.to_thread(gate.entered.wait, 10)
        assert await store.read(kept) == set()
        gate.open.set()
        await task
        assert await store.read(kept) == {"a"}


async def test_a_reader_sees_one_moment_however_often_it_looks(journal: Journal) -> None:
    async with journal() as store:
        gate = Gate()

        def twice(tx: Tx) -> tuple[set[str], set[str]]:
            before = kept(tx)
            gate(tx)
            return before, kept(tx)

        await store.write(keep, "a")
        task = asyncio.create_task(store.read(twice))
        await asyncio.to_thread(gate.entered.wait, 10)
        await store.write(keep, "b")
        gate.open.set()
        before, after = await task
        assert before == after
        assert await store.read(kept) == {"a", "b"}


async def test_a_reader_that_fails_leaves_its_connection_usable(journal: Journal) -> None:
    def fail(tx: Tx) -> None:
        raise LookupError

    async with journal() as store:
        for _ in range(4):
            with pytest.raises(LookupError):
                await store.read(fail)
        await store.write(keep, "a")
        assert await asyncio.gather(*(store.read(kept) for _ in range(4))) == [{"a"}] * 4


async def test_a_reader_cannot_write(journal: Journal) -> None:
    async with journal() as store:
        with pytest.raises(StoreUnavailable, match=r"read-?only"):
            await store.read(keep, "a")


async def test_a_caller_who_gives_up_stops_nobody(journal: Journal) -> None:
    async with journal() as store:
        gate = Gate()
        first = await gate.hold(store)
        impatient = asyncio.create_task(store.write(keep, "a"))
        patient = asyncio.create_task(store.write(keep, "b"))
        await asyncio.sleep(0)
        impatient.cancel()
        gate.open.set()
        await asyncio.gather(first, patient)
        assert "b" in await store.read(kept)


async def test_closing_finishes_what_was_accepted(journal: Journal) -> None:
    async with journal() as store:
        gate = Gate()
        first = await gate.hold(store)
        accepted = [asyncio.create_task(store.write(keep, f"s{place}")) for place in range(200)]
        await asyncio.sleep(0)
        closing = asyncio.create_task(store.aclose())
        gate.open.set()
        await asyncio.gather(first, *accepted, closing)
        async with reopened(store) as again:
            assert len(await again.read(kept)) == 200


async def test_a_closed_store_is_unavailable_and_closing_twice_is_no_error(journal: Journal) -> None:
    async with journal() as store:
        await store.aclose()
        with pytest.raises(StoreUnavailable):
            await store.write(keep, "a")
        with pytest.raises(StoreUnavailable):
            await store.read(kept)


async def test_an_answer_waits_for_the_commit(journal: Journal) -> None:
    async with journal() as store:
        for number in range(20):
            await store.write(keep, f"s{number}")
            async with reopened(store) as another:
                assert f"s{number}" in await another.read(kept)


async def test_values_come_back_as_they_went_in(journal: Journal) -> None:
    texts, blobs = ("", "ä\n'\"%s?$1", "😀"), (b"", b"\x00\xff\\", bytes(range(256)))
    async with journal() as store:
        for number, (text, blob) in enumerate(zip(texts, blobs, strict=True)):
            one = booking(f"b{number}", failure=text, personal=blob, starts=2**62 + number, phone=None)
            await store.write(bookings.insert_booking, one)
            assert await store.look(bookings.booking_by_id, one.id) == one


async def test_a_look_sees_what_was_committed_and_nothing_of_what_is_not(journal: Journal) -> None:
    async with journal() as store:
        gate = Gate()

        def slowly(tx: Tx) -> None:
            keep(tx, "b")
            gate(tx)

        await store.write(keep, "a")
        writing = asyncio.create_task(store.write(slowly))
        await asyncio.to_thread(gate.entered.wait, 10)
        assert await store.look(kept) == {"a"}
        gate.open.set()
        await writing
        assert await store.look(kept) == {"a", "b"}


async def test_a_look_cannot_write(journal: Journal) -> None:
    async with journal() as store:
        with pytest.raises(StoreUnavailable, match=r"read-?only"):
            await store.look(keep, "a")
        assert await store.look(kept) == set()


async def test_a_look_of_several_statements_sees_one_moment(journal: Journal) -> None:
    async with journal() as store:
        mine = await store.write(steps.add_claimed_step, "b1", "confirm")
        assert await store.look(steps.lease_left, mine) == steps.LEASE
        assert await store.look(steps.lease_left, mine) == steps.LEASE


async def test_of_many_who_move_a_booking_at_once_one_does(journal: Journal) -> None:
    def move(tx: Tx, name: str) -> None:
        seen = bookings.booking_by_id(tx, "b1")
        assert seen is not None
        if seen.version != 1:
            raise Superseded(name)
        bookings.amend(tx, seen, failure=name)

    async with journal() as store:
        await store.write(bookings.insert_booking, booking())
        results = await asyncio.gather(*(store.write(move, f"m{n}") for n in range(24)), return_exceptions=True)
        assert results.count(None) == 1
        assert {type(one) for one in results} == {type(None), Superseded}
        seen = await store.look(bookings.booking_by_id, "b1")
        assert seen is not None
        assert seen.version == 2


async def test_what_is_decided_by_a_count_is_decided_one_after_the_other(journal: Journal) -> None:
    def at_most_three(tx: Tx, name: str) -> bool:
        if bookings.waiting(tx, b"c") >= 3:
            return False
        return bookings.insert_booking(tx, booking(name))

    async with journal() as store:
        got = await asyncio.gather(*(store.write(at_most_three, f"b{number}") for number in range(24)))
        assert got.count(True) == 3
        assert await store.read(count_of, "booking") == 3


async def test_of_two_stores_that_claim_at_once_each_step_has_one_owner(journal: Journal) -> None:
    async with journal(clock := Milliseconds()) as store, reopened(store, clock) as another:
        ahead = [steps.Ahead("mail", NOON - number) for number in range(60)]
        await store.write(steps.add_steps, "b1", ahead)
        claims = [one.write(steps.claim_due, 5) for one in (store, another) for _ in range(8)]
        claimed = [step.id for found in await asyncio.gather(*claims) for step in found]
        rest = [step.id for step in await store.write(steps.claim_due, 60)]
        assert len(claimed) == len(set(claimed))
        assert len({*claimed, *rest}) == 60


async def test_of_two_stores_that_take_a_place_one_gets_it(journal: Journal) -> None:
    def take(tx: Tx, name: str) -> bool:
        bookings.insert_booking(tx, booking(name))
        return places.take_place(tx, place(name))

    async with journal(clock := Milliseconds()) as store, reopened(store, clock) as another:
        takes = [one.write(take, f"{which}-{n}") for which, one in enumerate((store, another)) for n in range(20)]
        assert (await asyncio.gather(*takes)).count(True) == 1
        assert await store.read(count_of, "unit_slot") == 4


# --- kill -9

ACKNOWLEDGE = """
import asyncio, sys
from pathlib import Path

def keep(tx, source):
    tx.run("INSERT INTO catalogue_page (source, as_of, body) VALUES (?, 1, ?)", (source, b"x"))

def opened(place):
    if place.startswith("postgresql:"):
        from durchwahl.store.postgres import PostgresStore
        return PostgresStore(place)
    from durchwahl.store.sqlite import SqliteStore
    return SqliteStore(Path(place))

async def main():
    store = opened(sys.argv[1])
    async def forever(writer):
        for place in range(1_000_000):
            await store.write(keep, f"{writer}-{place}")
            print(f"{writer}-{place}", flush=True)
    await asyncio.gather(*(forever(writer) for writer in range(8)))

asyncio.run(main())
"""


@pytest.mark.parametrize("acknowledged", [1, 40, 400])
async def test_kill_9_loses_nothing_that_was_acknowledged(journal: Journal, acknowledged: int) -> None:
    def until_killed(where: str) -> list[str]:
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "gateway")}
        command = [sys.executable, "-c", ACKNOWLEDGE, where]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        assert child.stdout is not None
        with child.stdout:
            heard = [child.stdout.readline().strip() for _ in range(acknowledged)]
            child.send_signal(signal.SIGKILL)
            heard += [line.strip() for line in child.stdout if line.endswith("\n")]
        child.wait()
        return heard

    async with journal() as store:
        heard = await asyncio.to_thread(until_killed, place_of(store))
        assert len(heard) >= acknowledged
        assert set(heard) <= await store.read(kept)
