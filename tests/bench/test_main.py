"""The command line's exit codes, and the file that it writes."""

import json
import shutil
from pathlib import Path

import pytest

from bench import __main__ as command
from bench import nginx, slots
from bench.figures import Figure, Plan


def measuring(monkeypatch: pytest.MonkeyPatch, *figures: Figure) -> list[Plan]:
    plans: list[Plan] = []

    def run(plan: Plan) -> list[Figure]:
        plans.append(plan)
        return list(figures)

    monkeypatch.setattr(slots, "run", run)
    return plans


def test_kept_promises_exit_0_and_everything_is_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    plans = measuring(monkeypatch, Figure("slots", "grid", 1.5, at_most=3.0, detail={"free": 7}))
    assert command.main(["--short", "--only", "slots", "--json", str(tmp_path / "new" / "out.json")]) == 0
    assert plans == [Plan(short=True)]
    written = json.loads((tmp_path / "new" / "out.json").read_text())
    assert written["short"] is True
    assert written["machine"]["cores"] >= 1
    assert [(one["name"], one["holds"], one["detail"]) for one in written["figures"]] == [("grid", True, {"free": 7})]


def test_a_broken_promise_exits_1_and_is_written_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    measuring(monkeypatch, Figure("slots", "grid", 3.5, at_most=3.0))
    assert command.main(["--only", "slots", "--json", str(tmp_path / "out.json")]) == 1
    assert json.loads((tmp_path / "out.json").read_text())["figures"][0]["holds"] is False


def test_without_nginx_or_wrk_nothing_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "wrk" else f"/usr/bin/{name}")
    plans = measuring(monkeypatch)
    assert command.main([]) == 2
    assert plans == []
    assert "Not installed: wrk" in capsys.readouterr().out


def test_a_bench_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        command.main(["--only", "everything"])
    assert stop.value.code == 2
    assert "everything" in capsys.readouterr().err


def test_results_are_kept_beside_the_bench_by_default() -> None:
    assert Path(nginx.__file__).parent / "results" == command.RESULTS


def test_a_bench_that_breaks_exits_2_and_not_like_a_slow_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(plan: Plan) -> list[Figure]:
        raise ZeroDivisionError

    monkeypatch.setattr(slots, "run", broken)
    assert command.main(["--only", "slots", "--json", str(tmp_path / "out.json")]) == 2
    assert "ZeroDivisionError" in capsys.readouterr().out
