"""`durchwahl bookings …`: a department's day on the command line, beside a gateway or without one."""

import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from durchwahl.booking.day.times import stamp_of
from tests.booking.desk import Desk
from tests.operate.commands import Run, runner
from tests.operate.offices import OFFICE, ZONE, day_after, seeded

TOMORROW, LATER = day_after(1), day_after(3)
APPROVED = "buergeramt-fuehrungszeugnis"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(tmp_path, monkeypatch, capsys)


def rows(folder: Path, sql: str) -> list[Any]:
    connection = sqlite3.connect(folder / "data" / "durchwahl.db")
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def change(folder: Path, sql: str) -> None:
    connection = sqlite3.connect(folder / "data" / "durchwahl.db")
    with connection:
        connection.execute(sql)
    connection.close()


def begun(folder: Path) -> None:
    """Let all talks have begun some minutes ago."""
    now = round(datetime.now(ZONE).timestamp() * 1000)
    change(folder, f"UPDATE booking SET starts = {now - 300_000}, ends = {now + 900_000}")


# --- Listing


def test_bookings_are_listed_by_time_with_lane_and_state_and_without_names(run: Run, tmp_path: Path) -> None:
    later, sooner = seeded(tmp_path, [{"day": LATER}, {"day": TOMORROW}])
    done = run("bookings", "list")
    assert done.out.index(sooner["reference"]) < done.out.index(later["reference"])
    assert f"{TOMORROW} 06:00" in done.out
    assert ("platz-1" in done.out, "confirmed" in done.out, "Meldebescheinigung" in done.out) == (True, True, True)
    assert "Erika" not in done.out


def test_names_are_shown_where_they_are_asked_for(run: Run, tmp_path: Path) -> None:
    seeded(tmp_path, [{"day": TOMORROW}])
    assert "personal" not in run("bookings", "list", "--json").items[0]
    assert "Erika Beispiel" in run("bookings", "list", "--personal").out
    (item,) = run("bookings", "list", "--personal", "--json").items
    assert (item["personal"]["name"], item["personal"]["email"]) == ("Erika Beispiel", "erika@example.org")


def test_a_booking_whose_data_were_erased_is_listed_without_them(run: Run, tmp_path: Path) -> None:
    (booking,) = seeded(tmp_path, [{"day": TOMORROW}])
    change(tmp_path, "UPDATE booking SET key = NULL, personal = NULL")
    (item,) = run("bookings", "list", "--personal", "--json").items
    assert (item["reference"], item["personal"]) == (booking["reference"], {})


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ([], "ab"),
        (["--department", "buergeramt"], "ab"),
        (["--lane", "platz-1"], "ab"),
        (["--lane", "platz-2"], ""),
        (["--lane", "termine/platz-1", "--department", "buergeramt"], "ab"),
        (["--lane", "buergeramt/termine/platz-1"], "ab"),
        (["--from", LATER], "b"),
        (["--to", TOMORROW], "a"),
        (["--from", TOMORROW, "--to", LATER], "ab"),
        (["--from", f"{TOMORROW}T06:10", "--to", f"{TOMORROW}T06:20"], "a"),
        (["--from", f"{TOMORROW} 06:20", "--to", f"{LATER}T06:00"], ""),
        (["--state", "confirmed"], "ab"),
        (["--state", "cancelled"], ""),
        (["--hit-by-closures"], ""),
    ],
)
def test_filters_narrow(run: Run, tmp_path: Path, words: list[str], found: str) -> None:
    bookings = seeded(tmp_path, [{"day": TOMORROW}, {"day": LATER}])
    names = {one["reference"]: letter for one, letter in zip(bookings, "ab", strict=True)}
    assert "".join(names[item["reference"]] for item in run("bookings", "list", "--json", *words).items) == found


def test_a_reference_is_found_as_people_read_it_out_whatever_has_become_of_it(run: Run, tmp_path: Path) -> None:
    (booking,) = seeded(tmp_path, [{"day": TOMORROW}])
    change(tmp_path, "UPDATE booking SET state = 'cancelled', reference = '0123ABCD'")
    assert run("bookings", "list", "--json").items == []
    (item,) = run("bookings", "list", "--json", "--reference", " oi23-abcd").items
    assert (item["id"], item["state"]) == (booking["id"], "cancelled")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--department", "burgeramt"], 'There is no department "burgeramt". Did you mean "buergeramt"?'),
        (["--lane", "platz-9"], 'There is no lane "platz-9". Did you mean "platz-2"?'),
        (["--lane", "a/b/c/d"], "write a lane, source/lane or department/source/lane"),
        (["--from", "morgen"], '"morgen" is neither a date nor a local date-time'),
        (["--from", "2027-03-28T02:30"], "2027-03-28T02:30 does not exist in Europe/Berlin"),
        (["--to", "2027-10-31T02:30"], "write 2027-10-31T02:30+02:00 or 2027-10-31T02:30+01:00"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_write(
    run: Run, tmp_path: Path, words: list[str], said: str
) -> None:
    seeded(tmp_path, [])
    done = run("bookings", "list", *words)
    assert done.code == 2
    assert said in " ".join(done.err.split())


@pytest.mark.parametrize(
    ("text", "edge", "instant"),
    [
        ("2026-12-01", "from", "2026-11-30T23:00:00+00:00"),
        ("2026-12-01", "to", "2026-12-01T23:00:00+00:00"),
        ("2027-03-28", "to", "2027-03-28T22:00:00+00:00"),
        ("2027-10-31", "to", "2027-10-31T23:00:00+00:00"),
        ("2026-12-01T09:00", "to", "2026-12-01T08:00:00+00:00"),
        ("2027-10-31T02:30+01:00", "from", "2027-10-31T01:30:00+00:00"),
    ],
)
def test_a_date_is_a_whole_day_and_a_time_is_the_citys(text: str, edge: Any, instant: str) -> None:
    assert stamp_of(text, ZONE, edge) == round(datetime.fromisoformat(instant).timestamp() * 1000)


def test_without_a_journal_it_is_said_how_to_make_one(run: Run, tmp_path: Path) -> None:
    seeded(tmp_path, [])
    (tmp_path / "data" / "durchwahl.db").unlink()
    done = run("bookings", "list")
    assert (done.code, "run `durchwahl migrate` once" in done.err) == (1, True)


# --- Approving, refusing


def test_an_approved_request_is_confirmed_and_its_mail_waits_for_the_gateway(run: Run, tmp_path: Path) -> None:
    (booking,) = seeded(tmp_path, [{"day": TOMORROW, "service": APPROVED}])
    assert booking["status"] == "pending_approval"
    done = run("bookings", "approve", booking["reference"])
    assert (done.code, done.out) == (0, f"{booking['reference']}: confirmed\n")
    assert "confirmation" in str(rows(tmp_path, "SELECT detail FROM step WHERE kind = 'mail'"))


def test_what_is_written_into_a_departments_calendar_after_approval_waits_for_the_gateway(
    run: Run, tmp_path: Path
) -> None:
    desk = Desk()
    (booking,) = seeded(tmp_path, [{"day": TOMORROW, "service": APPROVED}], **desk.config(tmp_path, OFFICE))
    done = run("bookings", "approve", booking["reference"], "--wait", "0")
    assert (done.code, done.out.splitlines()[0]) == (0, f"{booking['reference']}: confirming")
    assert "Where none runs, it waits" in done.out
    assert rows(tmp_path, "SELECT kind, fence FROM step WHERE kind = 'confirm'") == [("confirm", 0)]


def test_a_refused_request_is_refused_with_its_reason_sealed(run: Run, tmp_path: Path) -> None:
    (booking,) = seeded(tmp_path, [{"day": TOMORROW, "service": APPROVED}])
    done = run("bookings", "refuse", booking["reference"], "--reason", "Bitte kommen Sie vorbei.", "--json")
    assert [one["state"] for one in done.items] == ["refused"]
    ((note,),) = rows(tmp_path, "SELECT note FROM booking")
    assert b"vorbei" not in note
    assert rows(tmp_path, "SELECT count(*) FROM unit_slot") == [(0,)]


def test_what_does_not_wait_for_approval_is_said_and_exits_1(run: Run, tmp_path: Path) -> None:
    (booking,) = seeded(tmp_path, [{"day": TOMORROW}])
    done = run("bookings", "approve", booking["reference"], "00000000")
    assert done.code == 1
    assert f"{booking['reference']}: does not wait for approval: it is confirmed" in done.err
    assert "00000000: there is no such booking" in done.err


@pytest.mark.parametrize(
    ("reason", "said"),
    [("", "is empty"), ("a\nb", "control character (U+000A) at place 2"), ("a\x1b[2Jb", "(U+001B)"),
     ("a\u2028b", "(U+2028)"), ("x" * 501, "at most 500")],
)  # fmt: skip
@pytest.mark.parametrize("verb", ["refuse", "move", "cancel"])
def test_a_reason_that_could_do_harm_is_refused(run: Run, tmp_path: Path, verb: str, reason: str, said: str) -> None:
    which = ["00000000"] if verb == "refuse" else ["--lane", "platz-1"]
    done = run("bookings", verb, *which, "--reason", reason)
    assert done.code == 2
    assert said in " ".join(done.err.split())


# --- What became of it


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--came"], ("completed", None)),
        (["--no-show"], ("no_show", None)),
        (["--came", "--needs-met"], ("completed", True)),
        (["--came", "--needs-not-met"], ("completed", False)),
    ],
)
def test_what_became_of_a_talk_is_kept(
    run: Run, tmp_path: Path, words: list[str], expected: tuple[str, bool | None]
) -> None:
    (booking,) = seeded(tmp_path, [{"day": TOMORROW}])
    begun(tmp_path)
    (item,) = run("bookings", "outcome", booking["reference"], *words, "--json").items
    assert (item["state"], item["needs_met"]) == expected
    (kept,) = run("bookings", "list", "--json", "--reference", booking["reference"]).items
    assert (kept["state"], kept["needs_met"]) == expected


def test_what_was_said_of_a_talk_can_be_corrected(run: Run, tmp_path: Path) -> None:
    (booking,) = seeded(tmp_path, [{"day": TOMORROW}])
    begun(tmp_path)
    said = []
    for words in (["--came", "--needs-met"], ["--needs-not-met"], ["--no-show"], ["--came"], ["--came"]):
        (item,) = run("bookings", "outcome", booking["reference"], *words, "--json").items
        said.append((item["state"], item["needs_met"]))
    assert said == [
        ("completed", True), ("completed", False), ("no_show", None), ("completed", None), ("completed", None),
    ]  # fmt: skip


def test_what_cannot_be_said_of_a_talk_is_refused(run: Run, tmp_path: Path) -> None:
    (booking,) = seeded(tmp_path, [{"day": TOMORROW}])
    reference = booking["reference"]
    assert "has not begun yet" in run("bookings", "outcome", reference, "--came").err
    begun(tmp_path)
    assert "say whether the citizen came as well" in run("bookings", "outcome", reference, "--needs-met").err
    assert "did not take place" in run("bookings", "outcome", reference, "--no-show", "--needs-met").err
    assert "Say --came or --no-show" in run("bookings", "outcome", reference).err
    assert rows(tmp_path, "SELECT state, needs_met FROM booking") == [("confirmed", None)]


# --- Moving and cancelling


def test_a_dry_run_says_what_would_be_done_and_changes_nothing(run: Run, tmp_path: Path) -> None:
    seeded(tmp_path, [{"day": TOMORROW}, {"day": TOMORROW, "language": "en"}])
    before = list(_dump(tmp_path))
    words = ["bookings", "move", "--lane", "platz-1", "--from", TOMORROW, "--to", TOMORROW, "--reason", "Krank."]
    done = run(*words, "--dry-run")
    assert (done.code, list(_dump(tmp_path))) == (0, before)
    assert "2 bookings: 1 moved to another time, 1 moved to another lane at the same time." in done.out
    assert "Nothing was changed." in done.out
    assert {one["outcome"] for one in run(*words, "--dry-run", "--json").items} == {"other_lane", "other_time"}


def test_without_a_gateway_the_steps_wait_and_that_is_said(run: Run, tmp_path: Path) -> None:
    (booking,) = seeded(tmp_path, [{"day": TOMORROW}])
    words = ["--lane", "platz-1", "--reason", "Krank.", "--wait", "0"]
    done = run("bookings", "move", *words)
    assert done.code == 1
    assert "1 still under way. The running gateway does what is still to be done. Where none runs, it waits" in done.out
    assert rows(tmp_path, "SELECT kind FROM step WHERE kind = 'move'") == [("move",)]
    again = run("bookings", "move", *words)
    assert "with these filters is unfinished: it is gone on with" in " ".join(again.err.split())
    assert rows(tmp_path, "SELECT count(*) FROM batch") == [(1,)]
    assert booking["reference"] in run("bookings", "resume", "--wait", "0").out


def test_cancelling_is_final_at_once_and_the_rest_is_a_step(run: Run, tmp_path: Path) -> None:
    seeded(tmp_path, [{"day": TOMORROW}, {"day": TOMORROW}])
    done = run("bookings", "cancel", "--department", "buergeramt", "--reason", "Stromausfall.", "--wait", "0", "--json")
    assert (done.code, [one["outcome"] for one in done.items]) == (0, ["cancelled", "cancelled"])
    assert rows(tmp_path, "SELECT DISTINCT state FROM booking") == [("cancelling",)]
    assert rows(tmp_path, "SELECT ended IS NULL FROM batch") == [(0,)]
    assert run("bookings", "resume").err == "Error: No batch is unfinished.\n"


def test_who_has_no_mail_address_and_has_to_hear_of_it_is_named_to_be_called(run: Run, tmp_path: Path) -> None:
    alone = OFFICE.replace("[offers.meldewesen]\n", '[offers.meldewesen]\nlanes = ["platz-1"]\n')
    silent = {"name": "Erika Beispiel", "phone": "0351 4881234"}
    wishes: list[dict[str, Any]] = [{"day": TOMORROW, "channel": "phone", "person": silent}, {"day": TOMORROW}]
    by_phone, _ = seeded(tmp_path, wishes, department=alone)
    words = ["bookings", "move", "--lane", "platz-1", "--to", TOMORROW, "--reason", "x"]
    done = run(*words, "--dry-run")
    called = f"durchwahl bookings list --personal --reference {by_phone['reference']}\n"
    assert f"No mail address: please call 1 citizen: {called}" in done.out
    assert [one["to_call"] for one in run(*words, "--wait", "0", "--json").items] == [True, False]


def test_who_keeps_the_time_need_not_be_called(run: Run, tmp_path: Path) -> None:
    silent = {"name": "Erika Beispiel", "phone": "0351 4881234"}
    seeded(tmp_path, [{"day": TOMORROW, "channel": "phone", "person": silent}])
    done = run("bookings", "move", "--lane", "platz-1", "--reason", "x", "--dry-run")
    assert ("to another lane" in done.out, "please call" in done.out) == (True, False)


def test_who_is_refused_and_has_no_mail_address_is_named_to_be_called(run: Run, tmp_path: Path) -> None:
    seeded(tmp_path, [{"day": TOMORROW, "service": APPROVED}])
    change(tmp_path, "UPDATE booking SET personal = NULL")  # as where an offer asks for nothing
    ((reference,),) = rows(tmp_path, "SELECT reference FROM booking")
    assert run("bookings", "refuse", reference).out == f"{reference}: refused; no mail address: please call\n"


def test_several_unfinished_batches_are_named_to_be_chosen_from(run: Run, tmp_path: Path) -> None:
    seeded(tmp_path, [{"day": TOMORROW}, {"day": LATER}])
    for day in (TOMORROW, LATER):
        run("bookings", "move", "--lane", "platz-1", "--from", day, "--to", day, "--reason", "x", "--wait", "0")
    done = run("bookings", "resume")
    ids = [one for (one,) in rows(tmp_path, "SELECT id FROM batch")]
    assert (done.code, all(f"durchwahl bookings resume {one}" in done.err for one in ids)) == (1, True)
    assert len(run("bookings", "resume", ids[0], "--wait", "0", "--json").items) == 1
    assert 'There is no batch "x"' in run("bookings", "resume", "x").err


@pytest.mark.parametrize("words", [["move", "--department", "buergeramt"], ["cancel"]])
def test_all_bookings_of_a_department_are_not_moved_by_mistake_nor_all_of_a_city_cancelled(
    run: Run, tmp_path: Path, words: list[str]
) -> None:
    seeded(tmp_path, [{"day": TOMORROW}])
    done = run("bookings", *words, "--reason", "x")
    assert (done.code, "Which? Name" in done.err) == (2, True)
    assert rows(tmp_path, "SELECT count(*) FROM batch") == [(0,)]


def test_where_nothing_is_meant_that_is_said_and_nothing_written(run: Run, tmp_path: Path) -> None:
    seeded(tmp_path, [])
    done = run("bookings", "move", "--lane", "platz-1", "--reason", "x")
    assert (done.code, done.out) == (0, "No booking is meant.\n")
    assert 'There is no lane "platz-8"' in run("bookings", "move", "--lane", "platz-8", "--reason", "x").err


# --- A new closure


@pytest.fixture
def closed(tmp_path: Path) -> dict[str, Any]:
    """A booking whose day was closed after it was made."""
    (booking,) = seeded(tmp_path, [{"day": TOMORROW}])
    path = tmp_path / "departments" / "buergeramt.toml"
    path.write_text(f"{OFFICE}\n[[closures]]\nfrom = {TOMORROW}\nreason = 'Betriebsausflug'\n", encoding="utf-8")
    return booking


def test_check_names_the_bookings_that_a_new_closure_hits_and_the_command_that_moves_them(
    run: Run, closed: dict[str, Any]
) -> None:
    said = [one for one in run("check", "--offline", "--json").items if "closure" in one["reason"]]
    (finding,) = said
    assert (finding["severity"], finding["file"]) == ("warning", "departments/buergeramt.toml")
    assert finding["reason"] == (
        f"1 booking lies in a closure or on a holiday: {closed['reference']} ({TOMORROW} 06:00)."
    )
    assert "durchwahl bookings move --department buergeramt --hit-by-closures" in finding["remedy"]


def test_what_a_closure_hits_is_listed_and_moved_out_of_it(run: Run, closed: dict[str, Any]) -> None:
    (item,) = run("bookings", "list", "--hit-by-closures", "--json").items
    assert item["reference"] == closed["reference"]
    done = run("bookings", "move", "--hit-by-closures", "--reason", "Betriebsausflug.", "--dry-run", "--json")
    (moved,) = done.items
    assert (moved["outcome"], moved["new_start"][:10]) == ("other_time", day_after(2))


def test_check_says_nothing_where_no_closure_hits_and_before_there_is_a_journal(run: Run, tmp_path: Path) -> None:
    seeded(tmp_path, [{"day": TOMORROW}])
    for _ in range(2):
        assert "closure" not in run("check", "--offline").out
        (tmp_path / "data" / "durchwahl.db").unlink(missing_ok=True)


def test_a_closure_of_one_lane_moves_its_bookings_to_the_other(run: Run, tmp_path: Path) -> None:
    seeded(tmp_path, [{"day": TOMORROW}])
    path = tmp_path / "departments" / "buergeramt.toml"
    lane = f"[sources.termine.lanes.platz-1]\nclosures = [{{ from = {TOMORROW} }}]\n"
    path.write_text(OFFICE.replace("[sources.termine.lanes.platz-1]\n", lane), encoding="utf-8")
    (moved,) = run("bookings", "move", "--hit-by-closures", "--reason", "x", "--dry-run", "--json").items
    assert (moved["outcome"], moved["new_lane"]) == ("other_lane", "platz-2")


def _dump(folder: Path) -> Iterator[str]:
    connection = sqlite3.connect(folder / "data" / "durchwahl.db")
    try:
        yield from connection.iterdump()
    finally:
        connection.close()
