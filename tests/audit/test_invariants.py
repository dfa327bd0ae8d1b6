"""The checker says what is wrong with a history, and nothing of one with which nothing is."""

import pytest

from durchwahl.audit.history import Change, Letter
from durchwahl.audit.words import LATE_MAIL
from tests.audit.histories import CALENDAR, NINE, TEN, booked, cancelled, entry, looked, stands, wrong_with


def letter(kind: str, at: int, number: str = "1", **more: object) -> Letter:
    return Letter(at, "a", kind, number, "citizen", **more)  # type: ignore[arg-type]


def test_a_booking_that_stands_where_it_was_confirmed_is_in_order() -> None:
    assert wrong_with(booked(), looked(), stands(), entry()) == []


def test_two_bookings_of_one_lane_at_one_time_are_found_in_the_journal() -> None:
    other = stands("b", first=TEN - 1, last=TEN + 9, state="held")
    assert wrong_with(looked(is_quiet=False), stands(), other) == ["I1"]


def test_bookings_that_touch_or_have_lanes_of_their_own_are_in_order() -> None:
    after = stands("b", first=TEN, last=TEN + 9, state="held")
    beside = stands("c", lane="platz-2", state="held")
    assert wrong_with(looked(is_quiet=False), stands(), after, beside) == []


def test_two_living_appointments_of_one_lane_at_one_time_are_found_in_the_calendar() -> None:
    lines = [booked(), booked("b"), looked(), stands(), stands("b", first=TEN, last=TEN + 1), entry(), entry("b")]
    assert "I1" in wrong_with(*lines)


@pytest.mark.parametrize("state", ["failed", "expired", "released"])
def test_a_confirmed_booking_that_is_gone_is_lost(state: str) -> None:
    gone = stands(state=state, source=None, lane=None, first=None, last=None, names=())
    assert wrong_with(booked(), looked(), gone) == ["I2"]


def test_a_confirmed_booking_that_is_not_in_the_journal_is_lost() -> None:
    assert wrong_with(booked(), looked()) == ["I2"]


@pytest.mark.parametrize("entries", [(), (entry(), entry())])
def test_an_appointment_stands_once_in_its_calendar(entries: tuple[object, ...]) -> None:
    assert "I2" in wrong_with(booked(), looked(), stands(), *entries)  # type: ignore[arg-type]


def test_a_calendar_that_could_not_be_read_has_lost_nothing() -> None:
    assert wrong_with(booked(), looked(complete=()), stands()) == []


def test_a_booking_whose_calendar_is_the_journal_stands_nowhere_else() -> None:
    assert wrong_with(booked(), looked(), stands(guards="journal")) == []


def test_a_booking_that_may_have_been_called_off_need_not_stand() -> None:
    unheard = cancelled(outcome="info", returned=None, state=None)
    assert wrong_with(booked(), unheard, looked(), stands(state="cancelled", names=())) == []


def test_what_carries_our_mark_and_belongs_to_nobody_is_left_over() -> None:
    assert wrong_with(looked(), entry()) == ["I3"]
    assert wrong_with(looked(is_quiet=False), entry()) == []


def test_a_cancelled_booking_leaves_no_room() -> None:
    gone = stands(state="cancelled", names=(), room="dw-room", first=None, last=None)
    assert wrong_with(booked(), cancelled(), looked(), gone, entry("room", lane=None, first=None)) == ["I3"]


def test_a_cancelled_booking_that_lives_again_is_found() -> None:
    assert wrong_with(booked(), cancelled(), looked(), stands(), entry()) == ["I4"]


def test_nobody_is_told_that_a_cancelled_booking_is_confirmed() -> None:
    told = booked(asked="reschedule", invoked=5, returned=6)
    assert wrong_with(booked(), cancelled(), told) == ["I4"]


def test_what_was_under_way_when_it_was_cancelled_may_be_answered_late() -> None:
    told = booked(asked="reschedule", invoked=2, returned=6)
    assert wrong_with(booked(), cancelled(), told) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"answer": "x"}, {"answer": "y"}),
        ({"answer": "x"}, {"answer": "x", "booking": "b"}),
        ({"answer": "x", "request": "r"}, {"answer": "x", "request": "s"}),
        ({"answer": "x", "request": "r"}, {"outcome": "fail", "code": "slot-taken", "request": "r"}),
    ],
)
def test_one_key_has_one_answer_and_one_effect(first: dict[str, str], second: dict[str, str]) -> None:
    assert wrong_with(booked(key="k", **first), booked(key="k", **second)) == ["I5"]


def test_another_request_under_a_known_key_may_be_refused() -> None:
    refused = booked(key="k", request="s", outcome="fail", code="idempotency-key-reused", state=None)
    assert wrong_with(booked(key="k", request="r"), refused) == []


def test_a_booking_that_was_refused_does_not_stand() -> None:
    refused = booked(outcome="fail", code="slot-taken", state=None)
    assert wrong_with(refused, looked(), stands(), entry()) == ["I6"]


def test_a_booking_of_which_nobody_heard_may_stand() -> None:
    assert wrong_with(booked(outcome="info", returned=None, state=None), looked(), stands(), entry()) == []


@pytest.mark.parametrize("state", ["confirming", "rescheduling", "cancelling", "undoing", "releasing", "holding"])
def test_a_booking_that_comes_to_no_rest_is_found(state: str) -> None:
    assert "I7" in wrong_with(looked(), stands(state=state))


def test_work_that_is_due_and_not_done_is_found_when_all_should_be_at_rest() -> None:
    assert wrong_with(booked(), looked(), stands(steps=("mail",)), entry()) == ["I7"]


def test_two_different_mails_of_one_kind_are_one_too_many() -> None:
    assert wrong_with(letter("confirmation", 3, "1"), letter("confirmation", 4, "2")) == ["I8"]


def test_the_same_mail_sent_twice_is_one_mail() -> None:
    assert wrong_with(letter("confirmation", 3), letter("confirmation", 4)) == []


def test_nobody_is_reminded_of_what_was_cancelled() -> None:
    assert wrong_with(booked(), cancelled(), letter("reminder", 4 + LATE_MAIL + 1)) == ["I8"]
    assert wrong_with(booked(), letter("reminder", 2), cancelled()) == []


def test_a_mail_that_was_under_way_when_it_was_cancelled_may_go_out() -> None:
    assert wrong_with(booked(), cancelled(), letter("confirmation", 4 + LATE_MAIL)) == []


def test_nobody_is_told_long_after_the_cancelling_that_it_is_confirmed() -> None:
    assert wrong_with(booked(), cancelled(), letter("confirmation", 4 + LATE_MAIL + 1)) == ["I8"]


def test_who_has_an_appointment_and_an_address_is_told_so() -> None:
    lines = [booked(), looked(), stands(has_mail=True), entry()]
    assert wrong_with(*lines) == ["I8"]
    assert wrong_with(letter("confirmation", 2, starts=NINE), *lines) == []


def test_a_citizen_who_was_without_an_appointment_for_a_moment_is_found() -> None:
    there, gone = Change(2, "a", "s", "dw-1", True), Change(5, "a", "s", "dw-1", False)
    assert wrong_with(booked(), there, gone, Change(6, "a", "s", "dw-2", True)) == ["I9"]
    assert wrong_with(booked(), there, Change(4, "a", "s", "dw-2", True), gone) == []
    assert wrong_with(booked(), there, cancelled(), gone) == []


def test_a_calendar_that_names_another_time_than_the_journal_is_found() -> None:
    assert wrong_with(booked(), looked(), stands(), entry(starts=NINE - 1)) == ["I14"]


def test_a_letter_that_names_another_time_than_the_journal_is_found() -> None:
    lines = [booked(), letter("confirmation", 2, starts=NINE), letter("change", 3, starts=NINE + 1, version=1)]
    assert wrong_with(*lines, looked(), stands(), entry()) == ["I14"]


def test_of_two_letters_the_later_version_counts_whatever_arrived_last() -> None:
    change, first = letter("change", 3, starts=NINE, version=1), letter("confirmation", 4, starts=NINE - 1)
    assert wrong_with(booked(), change, first, looked(), stands(), entry()) == []


def test_a_confirmed_booking_that_nobody_has_cancelled_is_not_cancelled() -> None:
    assert wrong_with(booked(), looked(), stands(state="cancelled")) == ["I2"]


def test_a_cancelling_that_was_refused_does_not_end_the_watch() -> None:
    refused = cancelled(outcome="fail", status=409, code="not-cancellable", state=None)
    moves = [Change(5, "a", CALENDAR, "dw-a", stands) for stands in (True, False)]
    assert "I9" in wrong_with(booked(), refused, *moves)


def test_a_repeat_that_was_asked_before_the_cancelling_hears_its_kept_answer() -> None:
    first = booked(key="k", request="r", answer="x")
    again = booked(key="k", request="r", answer="x", invoked=9, returned=10)
    assert wrong_with(first, cancelled(), again) == []
    assert wrong_with(first, cancelled(), booked(key="other", invoked=9, returned=10)) == ["I4"]


def test_two_different_refusals_under_one_key_are_found() -> None:
    refused = {"outcome": "fail", "status": 409, "code": "slot-taken", "state": None, "key": "k", "request": "r"}
    assert wrong_with(booked(**refused, answer="x"), booked(**refused, answer="y")) == ["I5"]
    assert wrong_with(booked(**refused, answer="x"), booked(**refused, answer="x")) == []
