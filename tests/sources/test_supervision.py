"""Every call of a source: in time, classed by the truth, repeated only where that is harmless."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from durchwahl.errors import Invalid, NotSent, OutcomeUnknown, Refused, Rejected, SourceError, Unavailable
from durchwahl.plugin.settings import SecretMissing
from durchwahl.sources.breaker import (
    FAILURES_UNTIL_OPEN,
    FIRST_PAUSE,
    LONGEST_PAUSE,
    LONGEST_REFUSED,
    RETRY_RESERVE,
    RETRY_SHARE,
    Breaker,
    RetryBudget,
)
from durchwahl.sources.http.deadline import call_deadline, due, note_write, with_deadline
from durchwahl.sources.supervision import Supervisor, describe

Call = Callable[[], Awaitable[Any]]


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("durchwahl.sources.supervision.random.uniform", lambda low, high: 0)


def guard(*, deadline: float = 5, at_once: int = 20) -> Supervisor:
    place = "departments/amt.toml: sources.termine"
    return Supervisor("amt/termine", plugin="test 1.2", place=place, deadline=deadline, at_once=at_once)


class Says:
    """Answers each call with the next of these: an exception is raised, a function called, the last one stays."""

    def __init__(self, *answers: object) -> None:
        self._answers = list(answers)
        self.calls = 0

    async def __call__(self) -> object:
        self.calls += 1
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, BaseException):
            raise answer
        return await answer() if callable(answer) else answer


async def for_ever() -> None:
    await asyncio.Event().wait()


async def sent_and_silent() -> None:
    note_write()
    await asyncio.Event().wait()


async def sent_and_broken() -> None:
    note_write()
    raise ZeroDivisionError


def pass_the_pause(one: Supervisor) -> None:
    one._breaker.open_until = 0.0


async def fail(one: Supervisor, times: int, error: SourceError | None = None) -> None:
    for _ in range(times):
        with pytest.raises(SourceError):
            await one.write(Says(error or Unavailable("weg")))


# --- Deadlines


async def test_an_answer_in_time_is_returned() -> None:
    assert await guard().read(Says(42)) == await guard().write(Says(42)) == 42


async def test_a_read_that_hangs_is_unavailable() -> None:
    with pytest.raises(Unavailable) as caught:
        await guard(deadline=0.01).read(for_ever)
    assert type(caught.value) is Unavailable
    assert "0.01 s" in caught.value.detail


async def test_a_write_that_hangs_before_its_first_byte_was_not_sent() -> None:
    with pytest.raises(NotSent):
        await guard(deadline=0.01).write(for_ever)


async def test_a_write_that_hangs_after_its_first_byte_has_an_unknown_outcome() -> None:
    with pytest.raises(OutcomeUnknown):
        await guard(deadline=0.01).write(sent_and_silent)


async def test_a_read_has_no_unknown_outcome_whatever_was_sent() -> None:
    with pytest.raises(Unavailable):
        await guard(deadline=0.01).read(sent_and_silent)


async def test_a_write_inside_a_write_tells_both_that_something_was_sent() -> None:
    one = guard(deadline=0.05)

    async def around() -> None:
        with pytest.raises(OutcomeUnknown):
            await guard(deadline=0.01).write(sent_and_silent)
        await for_ever()

    with pytest.raises(OutcomeUnknown):
        await one.write(around)


async def test_a_call_knows_its_deadline_and_forgets_it_afterwards() -> None:
    seen: list[float | None] = []

    async def look() -> None:
        seen.append(call_deadline.get())

    before = asyncio.get_running_loop().time()
    await guard(deadline=3).read(look)
    assert seen[0] is not None
    assert before + 3 <= seen[0] <= before + 4
    assert call_deadline.get() is None


async def test_an_inner_deadline_is_never_later_than_the_outer() -> None:
    with with_deadline(1):
        outer = call_deadline.get()
        with with_deadline(10):
            assert call_deadline.get() == outer
            assert due(10) == outer


async def test_waiting_for_a_free_place_counts_for_the_deadline() -> None:
    one = guard(deadline=0.1, at_once=1)
    began = asyncio.get_running_loop().time()
    results = await asyncio.gather(*(one.write(for_ever) for _ in range(8)), return_exceptions=True)
    assert asyncio.get_running_loop().time() - began < 0.4
    assert {type(result) for result in results} == {NotSent}


async def test_no_more_calls_are_out_at_once_than_allowed() -> None:
    one, out, most = guard(at_once=3), 0, 0

    async def count() -> None:
        nonlocal out, most
        out += 1
        most = max(most, out)
        await asyncio.sleep(0)
        out -= 1

    await asyncio.gather(*(one.read(count) for _ in range(20)))
    assert most == 3


async def test_a_timeout_inside_a_plugin_is_the_systems_silence() -> None:
    with pytest.raises(Unavailable, match="did not answer in time"):
        await guard().read(Says(TimeoutError()))


# --- A plugin's bugs


@pytest.mark.parametrize(
    "bug",
    [
        ZeroDivisionError(),
        KeyError("x"),
        SystemExit(1),
        RecursionError(),
        StopAsyncIteration(),
        KeyboardInterrupt(),
        GeneratorExit(),
        asyncio.CancelledError(),
        pytest.skip.Exception("x"),
    ],
)
async def test_a_plugins_bug_is_unavailable_and_logged_with_name_and_version(
    bug: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(Unavailable) as caught:
        await guard().write(Says(bug))
    assert "plugin test 1.2 failed in source amt/termine" in caplog.text
    assert type(bug).__name__ in caplog.text
    assert "test 1.2" not in caught.value.message
    assert f"{type(bug).__name__} in plugin test 1.2" == caught.value.detail


async def test_a_plugins_bug_after_the_first_byte_of_a_write_has_an_unknown_outcome() -> None:
    with pytest.raises(OutcomeUnknown):
        await guard().write(sent_and_broken)


async def test_the_gateways_own_cancelling_is_no_bug_of_the_plugin() -> None:
    one = guard()
    task = asyncio.create_task(one.read(for_ever))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert one.health.state == "ok"


async def test_what_a_bug_says_is_not_logged_with_its_causes(caplog: pytest.LogCaptureFixture) -> None:
    name = "Erika Beispiel"

    async def said() -> None:
        try:
            {}[name]
        except KeyError as error:
            raise ValueError(f"no place for {name}") from error

    with pytest.raises(Unavailable):
        await guard().read(said)
    assert name not in caplog.text
    assert "ValueError" in caplog.text
    assert "KeyError" in caplog.text
    assert caplog.text.count("in said") == 2


async def test_nothing_is_written_to_a_source_that_is_not_live() -> None:
    one = Supervisor("amt/termine", plugin="test 1.2", deadline=5, is_live=False)
    call = Says("da")
    with pytest.raises(NotSent):
        await one.write(call)
    assert (call.calls, one.health.state) == (0, "ok")
    assert await one.read(call) == "da"


async def test_what_a_bug_says_is_not_shown_to_citizens() -> None:
    with pytest.raises(Unavailable) as caught:
        await guard().write(Says(ValueError("Erika Beispiel")))
    assert "Erika" not in caught.value.message + caught.value.detail


@pytest.mark.parametrize(
    "error", [Refused("x"), Invalid("x"), Rejected("x"), OutcomeUnknown("x"), NotSent("x"), Unavailable("x")]
)
async def test_what_a_source_classed_itself_stays_so(error: SourceError) -> None:
    with pytest.raises(type(error)) as caught:
        await guard().write(Says(error))
    assert caught.value is error


async def test_a_plugins_bug_is_not_repeated() -> None:
    call = Says(ZeroDivisionError())
    with pytest.raises(Unavailable):
        await guard().read(call)
    assert call.calls == 1


async def test_a_plugins_bug_is_logged_once_with_its_traceback_until_the_source_is_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    one = guard()
    for _ in range(2):
        for _ in range(3):
            with pytest.raises(Unavailable):
                await one.read(Says(ZeroDivisionError()))
        await one.write(Says("da"))
    failed = "plugin test 1.2 failed in source amt/termine: ZeroDivisionError"
    assert [record.getMessage() for record in caplog.records] == [failed, "source amt/termine is back"] * 2
    assert [bool(record.exc_info) for record in caplog.records] == [True, False] * 2


async def test_another_bug_and_a_bug_in_an_outage_are_logged_too(caplog: pytest.LogCaptureFixture) -> None:
    one = guard()
    await fail(one, 1)
    for bug in (ZeroDivisionError(), KeyError("x"), ZeroDivisionError()):
        with pytest.raises(Unavailable):
            await one.read(Says(bug))
    assert [record.getMessage().rpartition(": ")[2] for record in caplog.records] == [
        "weg (weg)", "ZeroDivisionError", "KeyError",
    ]  # fmt: skip


async def test_an_error_of_no_class_costs_its_call_and_not_the_source_for_ever() -> None:
    one = guard()
    await fail(one, FAILURES_UNTIL_OPEN)
    pass_the_pause(one)
    await fail(one, 1, SourceError("irgendwas"))
    pass_the_pause(one)
    assert await one.write(Says("da")) == "da"


# --- Repeats


async def test_a_failed_read_is_repeated_once() -> None:
    call = Says(Unavailable("weg"), "da")
    assert await guard().read(call) == "da"
    call = Says(Unavailable("weg"))
    with pytest.raises(Unavailable):
        await guard().read(call)
    assert call.calls == 2


async def test_a_write_is_never_repeated() -> None:
    for error in (Unavailable("weg"), NotSent("weg"), OutcomeUnknown("weg")):
        call = Says(error, "da")
        with pytest.raises(type(error)):
            await guard().write(call)
        assert call.calls == 1


@pytest.mark.parametrize("error", [Refused("x"), Invalid("x"), Rejected("x"), Unavailable("x", retry_after=3)])
async def test_what_a_repeat_cannot_change_is_not_repeated(error: SourceError) -> None:
    call = Says(error)
    with pytest.raises(type(error)):
        await guard().read(call)
    assert call.calls == 1


async def test_in_an_outage_with_single_successes_repeats_are_bounded() -> None:
    one, calls = guard(), 0

    async def seldom() -> None:
        nonlocal calls
        calls += 1
        if calls % 4:  # never five in a row: the breaker stays closed
            raise Unavailable("weg")

    for _ in range(500):
        with suppress(Unavailable):
            await one.read(seldom)
    assert 500 < calls <= 1.2 * 500 + RETRY_RESERVE


async def test_in_a_whole_outage_a_source_is_hardly_asked() -> None:
    one, call = guard(), Says(Unavailable("weg"))
    for _ in range(500):
        with pytest.raises(Unavailable):
            await one.read(call)
    assert call.calls == FAILURES_UNTIL_OPEN


@given(st.lists(st.booleans(), max_size=300))
def test_the_budget_never_gives_more_than_its_share_and_reserve(wants: list[bool]) -> None:
    budget, repeats = RetryBudget(), 0
    for calls, is_failing in enumerate(wants, start=1):
        budget.earn()
        repeats += is_failing and budget.spend()
        assert repeats <= RETRY_RESERVE + RETRY_SHARE * calls


def test_long_quiet_does_not_save_up_a_storm() -> None:
    budget = RetryBudget()
    for _ in range(10_000):
        budget.earn()
    assert sum(budget.spend() for _ in range(100)) == 4 * RETRY_RESERVE


# --- The breaker


async def test_after_five_failures_in_a_row_a_source_is_left_alone() -> None:
    one, call = guard(), Says("da")
    await fail(one, FAILURES_UNTIL_OPEN)
    with pytest.raises(NotSent) as caught:
        await one.read(call)
    assert call.calls == 0
    assert caught.value.retry_after == pytest.approx(FIRST_PAUSE, abs=0.5)


async def test_four_failures_and_a_success_begin_anew() -> None:
    one = guard()
    await fail(one, FAILURES_UNTIL_OPEN - 1)
    await one.write(Says("da"))
    await fail(one, FAILURES_UNTIL_OPEN - 1)
    assert await one.write(Says("da")) == "da"


async def test_after_the_pause_one_call_tries_and_the_others_wait_for_what_it_finds() -> None:
    one, gate = guard(), asyncio.Event()
    await fail(one, FAILURES_UNTIL_OPEN)
    pass_the_pause(one)
    trial = asyncio.create_task(one.write(gate.wait))
    await asyncio.sleep(0)
    with pytest.raises(NotSent):
        await one.write(Says("da"))
    gate.set()
    assert await trial is True
    assert await one.write(Says("da")) == "da"


async def test_a_failed_trial_makes_the_pause_longer() -> None:
    one = guard()
    await fail(one, FAILURES_UNTIL_OPEN)
    pass_the_pause(one)
    await fail(one, 1)
    with pytest.raises(NotSent) as caught:
        await one.write(Says("da"))
    assert caught.value.retry_after == pytest.approx(2 * FIRST_PAUSE, abs=0.5)


async def test_a_cancelled_trial_lets_the_next_one_try() -> None:
    one = guard()
    await fail(one, FAILURES_UNTIL_OPEN)
    pass_the_pause(one)
    trial = asyncio.create_task(one.write(for_ever))
    await asyncio.sleep(0)
    trial.cancel()
    await asyncio.gather(trial, return_exceptions=True)
    assert await one.write(Says("da")) == "da"


async def test_cancelling_an_older_call_does_not_let_a_second_one_try() -> None:
    one = guard()
    older = asyncio.create_task(one.write(for_ever))
    await asyncio.sleep(0)
    await fail(one, FAILURES_UNTIL_OPEN)
    pass_the_pause(one)
    trial = asyncio.create_task(one.write(for_ever))
    await asyncio.sleep(0)
    older.cancel()
    await asyncio.gather(older, return_exceptions=True)
    with pytest.raises(NotSent):
        await one.write(Says("da"))
    trial.cancel()
    await asyncio.gather(trial, return_exceptions=True)


async def test_a_cancelled_call_is_neither_success_nor_failure() -> None:
    one = guard()
    await fail(one, FAILURES_UNTIL_OPEN - 1)
    task = asyncio.create_task(one.write(for_ever))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await fail(one, 1)
    with pytest.raises(NotSent):
        await one.write(Says("da"))


async def test_a_rejection_proves_that_the_system_is_alive() -> None:
    one = guard()
    await fail(one, 20, Rejected("vergeben"))
    assert one.health.state == "ok"
    await fail(one, FAILURES_UNTIL_OPEN - 1)
    await fail(one, 1, Rejected("vergeben"))
    await fail(one, FAILURES_UNTIL_OPEN - 1)
    assert await one.write(Says("da")) == "da"


async def test_a_system_that_asks_to_wait_is_left_alone_at_once_and_as_long() -> None:
    one = guard()
    await fail(one, 1, Unavailable("später", retry_after=77))
    with pytest.raises(NotSent) as caught:
        await one.read(Says("da"))
    assert caught.value.retry_after == pytest.approx(77, abs=0.5)
    assert one.health.retry_after == 77
    pass_the_pause(one)
    assert await one.read(Says("da")) == "da"


async def test_refused_credentials_stop_the_source_at_once_and_for_the_long_pause() -> None:
    one, call = guard(), Says("da")
    await fail(one, 1, Refused("Zugang verweigert"))
    with pytest.raises(NotSent, match="refused") as caught:
        await one.read(call)
    assert call.calls == 0
    assert caught.value.retry_after == pytest.approx(LONGEST_PAUSE, abs=0.5)


async def test_credentials_that_stay_wrong_are_tried_ever_more_seldom() -> None:
    one, pauses = guard(), []
    for _ in range(6):
        pass_the_pause(one)
        await fail(one, 1, Refused("Zugang verweigert"))
        pauses.append(one.health.retry_after)
    assert pauses == pytest.approx([120, 240, 480, 900, 900, 900], abs=0.5)
    assert LONGEST_REFUSED == 900


async def test_a_mended_secret_is_found_by_the_next_call_after_the_pause() -> None:
    one = guard()
    await fail(one, 1, Refused("Zugang verweigert"))
    pass_the_pause(one)
    assert await one.read(Says("da")) == "da"
    assert describe(one.health) | {"since": ""} == {"state": "ok", "since": "", "message": None, "retry_after": None}
    await fail(one, FAILURES_UNTIL_OPEN - 1)
    assert await one.read(Says("da")) == "da"


async def test_a_secret_that_is_not_there_stops_the_source_like_a_wrong_one() -> None:
    one, call = guard(), Says(SecretMissing("the secret in env NIX is missing"))
    with pytest.raises(Refused):
        await one.read(call)
    with pytest.raises(NotSent):
        await one.read(call)
    assert call.calls == 1


async def test_a_source_that_is_silent_after_a_refusal_is_asked_as_often_as_any_silent_one() -> None:
    one = guard()
    await fail(one, 1, Refused("Zugang verweigert"))
    pass_the_pause(one)
    await fail(one, 1)
    with pytest.raises(NotSent) as caught:
        await one.read(Says("da"))
    assert caught.value.retry_after == pytest.approx(LONGEST_PAUSE, abs=0.5)


@given(st.lists(st.sampled_from(["fail", "ok", "wait"]), max_size=60))
def test_the_breaker_admits_at_most_one_call_once_it_is_open(events: list[str]) -> None:
    breaker, now = Breaker(), 0.0
    for event in events:
        now += 1.0
        if not breaker.admits(now):
            assert breaker.failures >= FAILURES_UNTIL_OPEN
            now = max(now, breaker.open_until)
            assert breaker.admits(now)
        if breaker.failures >= FAILURES_UNTIL_OPEN:
            assert not breaker.admits(now + 1_000_000)
        if event == "ok":
            breaker.succeeded()
            assert breaker.admits(now)
        else:
            breaker.failed(now, wait=7.0 if event == "wait" else None)
            assert breaker.open_until <= now + max(7.0, LONGEST_PAUSE)


def test_pauses_grow_to_a_bound() -> None:
    breaker, pauses = Breaker(), []
    for _ in range(FAILURES_UNTIL_OPEN + 8):
        now = breaker.open_until
        breaker.failed(now)
        pauses.append(breaker.open_until - now)
    assert pauses[: FAILURES_UNTIL_OPEN - 1] == [0.0] * (FAILURES_UNTIL_OPEN - 1)
    assert pauses[FAILURES_UNTIL_OPEN - 1 :][:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert pauses[-1] == LONGEST_PAUSE


def test_calls_that_were_under_way_together_fail_as_one() -> None:
    breaker = Breaker()
    for _ in range(20):
        breaker.failed(0.0)
    assert breaker.open_until == FIRST_PAUSE
    for _ in range(20):
        breaker.refused(FIRST_PAUSE)
    assert breaker.open_until == FIRST_PAUSE + LONGEST_PAUSE


def test_nobody_is_left_alone_longer_than_an_hour_because_he_asked() -> None:
    breaker = Breaker()
    breaker.failed(0.0, wait=10_000_000.0)
    assert breaker.open_until == 3_600.0


# --- Health and the log


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    caplog.set_level(logging.INFO)
    return lambda: [record.getMessage() for record in caplog.records]


async def test_a_source_is_logged_once_when_it_goes_and_once_when_it_is_back(lines: Callable[[], list[str]]) -> None:
    one = guard()
    await fail(one, 3, Unavailable("weg", detail="connection refused"))
    assert lines() == ["source amt/termine is unavailable: weg (connection refused)"]
    await one.write(Says("da"))
    await one.write(Says("da"))
    assert lines()[1:] == ["source amt/termine is back"]


async def test_health_says_since_when_and_why() -> None:
    one = guard()
    await fail(one, 1, Refused("Zugang verweigert", detail="401"))
    since = one.health.since
    pass_the_pause(one)
    await fail(one, 1, Invalid("unverständlich"))
    shown = describe(one.health)
    assert (shown["state"], shown["message"], shown["since"]) == ("unavailable", "unverständlich", since.isoformat())
    pass_the_pause(one)
    await one.write(Says("da"))
    assert describe(one.health) | {"since": ""} == {"state": "ok", "since": "", "message": None, "retry_after": None}


async def test_refused_credentials_are_said_as_such_and_logged_once_with_the_remedy(
    lines: Callable[[], list[str]],
) -> None:
    one = guard()
    for _ in range(3):
        pass_the_pause(one)
        await fail(one, 1, Refused("Zugang verweigert.", detail="GET antwortete 401"))
    assert describe(one.health)["state"] == "refused"
    assert describe(one.health)["message"] == "Zugang verweigert."
    (line,) = lines()
    assert line.startswith("source amt/termine refuses our credentials: Zugang verweigert. (GET antwortete 401). ")
    assert "Mend them at departments/amt.toml: sources.termine." in line
    assert line.endswith("is tried by itself, in 15 minutes at the latest.")


async def test_a_refusal_within_an_outage_is_logged_as_what_it_is(lines: Callable[[], list[str]]) -> None:
    one = guard()
    await fail(one, 1)
    await fail(one, 1, Refused("Zugang verweigert"))
    assert [line.split(":")[0] for line in lines()] == [
        "source amt/termine is unavailable", "source amt/termine refuses our credentials",
    ]  # fmt: skip


async def test_a_source_that_fails_leaves_another_alone() -> None:
    one, other = guard(), guard()
    await fail(one, FAILURES_UNTIL_OPEN)
    assert await other.read(Says("da")) == "da"
