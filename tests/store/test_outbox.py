"""What has to be done outside: claimed with a lease and a fence, postponed, finished once; and answered requests."""

import pytest

from durchwahl.store import idempotency, steps
from durchwahl.store.empty import NoStore
from durchwahl.store.idempotency import Claim
from durchwahl.store.journal import Superseded
from durchwahl.store.tx import StoreUnavailable, Tx
from tests.store.journals import NOON, Milliseconds, count_of


def test_due_steps_are_claimed_in_the_order_in_which_they_are_due(tx: Tx) -> None:
    for kind, due in (("c", NOON), ("a", NOON - 20), ("later", NOON + 1), ("b", NOON - 10)):
        steps.add_step(tx, "b1", kind, due)
    assert [one.kind for one in steps.claim_due(tx, 10)] == ["a", "b", "c"]


def test_no_more_steps_are_claimed_than_asked_for_and_the_oldest_first(tx: Tx) -> None:
    for place in range(5):
        steps.add_step(tx, f"b{place}", "k", NOON - place)
    assert [one.booking for one in steps.claim_due(tx, 2)] == ["b4", "b3"]
    assert [one.booking for one in steps.claim_due(tx, 9)] == ["b2", "b1", "b0"]


def test_a_claimed_step_is_nobody_elses_until_its_lease_is_over(tx: Tx, clock: Milliseconds) -> None:
    steps.add_step(tx, "b1", "k", NOON)
    first = steps.claim_due(tx, 1)[0]
    assert steps.claim_due(tx, 1) == []
    clock.now += steps.LEASE - 1
    assert steps.claim_due(tx, 1) == []
    clock.now += 1
    second = steps.claim_due(tx, 1)[0]
    assert (first.fence, second.fence, second.attempts) == (1, 3, 2)


def test_whoever_is_later_than_the_lease_can_neither_finish_nor_postpone(tx: Tx, clock: Milliseconds) -> None:
    steps.add_step(tx, "b1", "k", NOON)
    late = steps.claim_due(tx, 1)[0]
    clock.now += steps.LEASE
    mine = steps.claim_due(tx, 1)[0]
    assert not steps.still_mine(tx, late)
    assert not steps.finish_step(tx, late)
    steps.postpone_step(tx, late, 0)
    assert steps.next_due(tx) == clock.now + steps.LEASE
    assert steps.still_mine(tx, mine)
    assert steps.finish_step(tx, mine)
    assert not steps.finish_step(tx, mine)
    assert steps.next_due(tx) is None


def test_whatever_is_waited_for_is_measured_by_the_databases_clock(tx: Tx, clock: Milliseconds) -> None:
    assert steps.due_in(tx) is None
    steps.add_step(tx, "b1", "k", NOON + 500)
    assert steps.due_in(tx) == 500
    clock.now += 700
    assert steps.due_in(tx) == 0
    step = steps.claim_due(tx, 1)[0]
    clock.now += 1_000
    assert steps.lease_left(tx, step) == steps.LEASE - 1_000
    steps.pause_step(tx, step, 250)
    assert (steps.lease_left(tx, step), steps.due_in(tx)) == (None, 250)


def test_the_number_of_a_finished_step_is_never_anothers(tx: Tx) -> None:
    steps.add_step(tx, "b1", "room", NOON)
    working = steps.claim_due(tx, 1)[0]
    assert steps.finish_step(tx, working)
    withdraw = steps.add_claimed_step(tx, "b1", "withdraw")
    assert not steps.finish_step(tx, working)
    assert steps.still_mine(tx, withdraw)


def test_a_step_that_somebody_has_claimed_is_not_dropped(tx: Tx) -> None:
    for _ in range(2):
        steps.add_step(tx, "b1", "refresh", NOON)
    mine = steps.claim_due(tx, 1)[0]
    steps.drop_steps(tx, "b1", "refresh")
    assert steps.still_mine(tx, mine)
    assert count_of(tx, "step") == 1
    steps.postpone_step(tx, mine, NOON)
    steps.drop_steps(tx, "b1", "refresh")
    assert count_of(tx, "step") == 0


def test_a_renewed_step_stays_ours_for_so_much_longer(tx: Tx, clock: Milliseconds) -> None:
    mine = steps.add_claimed_step(tx, "b1", "confirm")
    steps.renew_step(tx, mine, 3 * steps.LEASE)
    clock.now += 2 * steps.LEASE
    assert steps.claim_due(tx, 1) == []
    clock.now += steps.LEASE
    assert steps.claim_due(tx, 1) != []
    with pytest.raises(Superseded):
        steps.renew_step(tx, mine, steps.LEASE)


def test_what_follows_from_a_step_is_written_by_nobody_whose_step_it_is_no_longer(tx: Tx, clock: Milliseconds) -> None:
    late = steps.add_claimed_step(tx, "b1", "confirm")
    clock.now += steps.LEASE
    mine = steps.claim_due(tx, 1)[0]
    with pytest.raises(Superseded):
        steps.must_finish(tx, late)
    steps.must_finish(tx, mine)


def test_who_waits_for_others_is_due_when_their_claims_end_or_when_they_say_so(tx: Tx) -> None:
    writing = steps.add_claimed_step(tx, "b1", "refresh")
    withdraw = steps.add_claimed_step(tx, "b1", "withdraw")
    assert not steps.wait_for(tx, withdraw, "confirm", "move")
    assert steps.wait_for(tx, withdraw, "confirm", "refresh")
    assert steps.claim_due(tx, 9) == []
    assert steps.next_due(tx) == NOON + steps.LEASE
    steps.finish_step(tx, writing)
    assert steps.hasten(tx, "b1", "withdraw") == 1
    assert [one.kind for one in steps.claim_due(tx, 9)] == ["withdraw"]


def test_a_full_pool_keeps_no_other_pool_waiting(tx: Tx) -> None:
    for number in range(9):
        steps.add_step(tx, f"b{number}", "mail", NOON - 9)
    steps.add_step(tx, "b1", "expire", NOON)
    assert [one.kind for one in steps.claim_due(tx, 2, steps.JOURNAL, steps.CALENDARS)] == ["expire"]
    assert [one.kind for one in steps.claim_due(tx, 2, steps.MAILS)] == ["mail", "mail"]
    assert steps.next_due(tx, steps.CALENDARS) is None
    assert steps.next_due(tx, steps.MAILS) == NOON - 9


def test_a_postponed_step_comes_again_when_it_is_due_and_counts_on(tx: Tx, clock: Milliseconds) -> None:
    steps.add_step(tx, "b1", "k", NOON, {"why": "x"})
    steps.postpone_step(tx, steps.claim_due(tx, 1)[0], NOON + 5_000)
    assert steps.claim_due(tx, 1) == []
    clock.now += 5_000
    again = steps.claim_due(tx, 1)[0]
    assert (again.attempts, again.fence, again.detail) == (2, 3, {"why": "x"})


def test_a_step_that_its_writer_does_at_once_is_claimed_already(tx: Tx, clock: Milliseconds) -> None:
    mine = steps.add_claimed_step(tx, "b1", "k", {"n": 1})
    assert steps.claim_due(tx, 1) == []
    clock.now += steps.LEASE
    assert steps.claim_due(tx, 1)[0].fence == mine.fence + 2
    assert not steps.finish_step(tx, mine)


def test_moving_steps_takes_them_from_whoever_works_on_them(tx: Tx) -> None:
    steps.add_step(tx, "b1", "expire", NOON)
    steps.add_step(tx, "b2", "expire", NOON)
    worked_on = steps.claim_due(tx, 1)[0]
    steps.move_steps(tx, "b1", "expire", NOON + 60_000)
    assert not steps.finish_step(tx, worked_on)
    assert [one.booking for one in steps.claim_due(tx, 9)] == ["b2"]


def test_dropped_steps_are_gone_and_other_kinds_and_bookings_stay(tx: Tx) -> None:
    for name in ("b1", "b2"):
        for kind in ("expire", "remind", "mail"):
            steps.add_step(tx, name, kind, NOON)
    steps.drop_steps(tx, "b1", "expire", "remind")
    assert sorted((one.booking, one.kind) for one in steps.claim_due(tx, 9)) == [
        ("b1", "mail"), ("b2", "expire"), ("b2", "mail"), ("b2", "remind"),
    ]  # fmt: skip


# --- Requests that were answered before

CLAIM = Claim(b"key", b"request")


def test_a_new_key_is_not_known(tx: Tx) -> None:
    assert idempotency.earlier(tx, CLAIM) is None


def test_a_begun_request_is_in_flight_until_its_lease_is_over(tx: Tx, clock: Milliseconds) -> None:
    idempotency.begin(tx, CLAIM, "b1")
    clock.now += idempotency.LEASE - 1
    known = idempotency.earlier(tx, CLAIM)
    assert known is not None
    assert (known.in_flight, known.answer, known.booking, known.same_request) == (True, None, "b1", True)
    clock.now += 1
    known = idempotency.earlier(tx, CLAIM)
    assert known is not None
    assert not known.in_flight


def test_an_answered_request_is_not_in_flight_and_its_first_answer_stays(tx: Tx) -> None:
    idempotency.begin(tx, CLAIM, "b1")
    idempotency.answer(tx, CLAIM, b"first")
    idempotency.answer(tx, CLAIM, b"second")
    known = idempotency.earlier(tx, CLAIM)
    assert known is not None
    assert (known.answer, known.in_flight) == (b"first", False)


def test_another_request_under_the_same_key_is_told_apart(tx: Tx) -> None:
    idempotency.begin(tx, CLAIM, "b1")
    known = idempotency.earlier(tx, Claim(b"key", b"other"))
    assert known is not None
    assert not known.same_request


def test_after_a_day_a_key_is_new_again(tx: Tx, clock: Milliseconds) -> None:
    idempotency.begin(tx, CLAIM, "b1")
    idempotency.answer(tx, CLAIM, b"old")
    clock.now += idempotency.KEPT - 1
    assert idempotency.earlier(tx, CLAIM) is not None
    clock.now += 1
    assert idempotency.earlier(tx, CLAIM) is None
    idempotency.begin(tx, Claim(b"key", b"new"), "b2")
    known = idempotency.earlier(tx, Claim(b"key", b"new"))
    assert known is not None
    assert (known.booking, known.answer, known.same_request) == ("b2", None, True)


def test_only_what_is_older_than_a_day_is_forgotten(tx: Tx, clock: Milliseconds) -> None:
    idempotency.begin(tx, Claim(b"old", b"r"), None)
    clock.now += 1
    idempotency.begin(tx, Claim(b"young", b"r"), None)
    clock.now += idempotency.KEPT - 1
    assert idempotency.drop_expired(tx) == 1
    assert count_of(tx, "idempotency") == 1


# --- Beside a gateway


async def test_without_a_journal_reads_find_nothing_and_writes_are_refused() -> None:
    store = NoStore()
    assert await store.read(steps.next_due) is None
    assert await store.read(lambda tx: tx.rows("SELECT 1")) == []
    with pytest.raises(StoreUnavailable):
        await store.write(steps.add_step, "b1", "k", NOON)
    await store.aclose()
