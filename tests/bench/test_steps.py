"""The bench of the pages goes the whole way: what it times is a booking, not an error page."""

from pathlib import Path

import pytest

from bench import steps
from bench.figures import Plan


async def test_every_step_of_a_booking_is_timed_once_a_citizen(tmp_path: Path) -> None:
    timed = await steps._walked(tmp_path, 2)
    assert list(timed) == [
        "times as a list", "times as a month", "reserve", "form", "fill in", "check", "book", "done",
    ]  # fmt: skip
    assert {len(each) for each in timed.values()} == {2}


def test_the_figure_is_the_slowest_of_the_medians(monkeypatch: pytest.MonkeyPatch) -> None:
    async def walked(folder: Path, citizens: int) -> steps.Steps:
        return {"form": [1.0, 2.0, 900.0], "book": [5.0, 40.0, 41.0]}

    monkeypatch.setattr(steps, "_walked", walked)
    (figure,) = steps.run(Plan(short=True))
    assert (figure.value, figure.unit, figure.holds) == (40.0, "ms", False)
    assert figure.detail["slowest"] == "book"
