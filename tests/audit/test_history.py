"""A history is kept line by line and read back as it was."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from durchwahl.audit.history import Change, Entry, Letter, Line, Looked, Operation, Standing, Unreadable, read, written
from tests.audit.histories import booked, cancelled, entry, looked, stands
from tests.gateways import run_durchwahl

LINES = st.one_of(*(st.builds(kind) for kind in (Operation, Standing, Entry, Change, Letter, Looked)))


@given(st.lists(LINES, max_size=5))
def test_what_is_written_is_read_back(lines: list[Line]) -> None:
    assert list(read(map(written, lines))) == lines


def test_a_line_that_a_crash_cut_off_is_left_out() -> None:
    assert list(read([written(booked()), written(cancelled())[:-1]])) == [booked()]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"nonsense\n", "line 2 is none of a history"),
        (b"[]\n", "line 2 is none of a history"),
        (b'{"kind": "weather"}\n', "line 2 is none of a history"),
        (b'{"kind": "looked", "at": "noon", "complete": [], "is_quiet": true}\n', "line 2: at: Input should be"),
    ],
)
def test_a_line_of_something_else_is_named(raw: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        list(read([written(booked()), raw]))


def history(folder: Path, *lines: Line) -> str:
    path = folder / "history.jsonl"
    path.write_bytes(b"".join(map(written, lines)))
    return path.name


def test_the_command_finds_nothing_wrong_with_a_good_history(tmp_path: Path) -> None:
    done = run_durchwahl("audit", history(tmp_path, booked(), looked(), stands(), entry()), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "1 operation on 1 booking, 0 unanswered; looked at 1 time, 1 of them at rest; 0 letters",
        "No violations.",
    ]


def test_the_command_names_each_violation_and_fails(tmp_path: Path) -> None:
    name = history(tmp_path, booked(), looked(), stands())
    done = run_durchwahl("audit", name, cwd=tmp_path)
    assert done.returncode == 1
    assert "I2 booking a: stands 0 times in amt/termine" in done.stdout
    told = json.loads(run_durchwahl("audit", "--json", name, cwd=tmp_path).stdout)
    assert [one["invariant"] for one in told["items"]] == ["I2"]
    assert told["summary"]["looks_at_rest"] == 1


def test_the_command_says_what_could_not_be_told(tmp_path: Path) -> None:
    done = run_durchwahl("audit", history(tmp_path, booked()), cwd=tmp_path)
    assert (done.returncode, "could not be told" in done.stdout) == (3, True)


def test_a_look_that_a_crash_cut_off_is_left_out_and_said(tmp_path: Path) -> None:
    cut = replace(looked(), lines=2)
    name = history(tmp_path, booked(), looked(), stands(), entry(), cut, stands(state="confirmed"))
    done = run_durchwahl("audit", name, cwd=tmp_path)
    assert (done.returncode, "1 look left out: not written to the end." in done.stdout) == (0, True)


def test_how_something_stands_before_any_look_is_none_of_a_history(tmp_path: Path) -> None:
    done = run_durchwahl("audit", history(tmp_path, stands()), cwd=tmp_path)
    assert (done.returncode, "before the first" in done.stderr) == (1, True)


def test_a_key_that_no_line_has_is_named(tmp_path: Path) -> None:
    (tmp_path / "odd.jsonl").write_text('{"kind": "looked", "at": 1, "complete": [], "is_quiet": true, "quiet": 1}\n')
    done = run_durchwahl("audit", "odd.jsonl", cwd=tmp_path)
    assert (done.returncode, "quiet" in done.stderr) == (1, True)


def test_the_command_names_a_line_that_it_cannot_read(tmp_path: Path) -> None:
    (tmp_path / "weather.txt").write_text("sunny\n")
    done = run_durchwahl("audit", "weather.txt", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "durchwahl: line 1 is none of a history\n")
