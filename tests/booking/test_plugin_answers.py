"""What a plugin answers is foreign: rubbish is its bug, named with plugin and version, and costs a citizen no place."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from durchwahl.booking.expected import as_found, as_occupants, as_placed
from durchwahl.booking.references import LARGEST_REF
from durchwahl.plugin import Appointment, Occupant, Placed
from tests.booking.desk import Desk, DeskCalendar, at_rest, impatient, later
from tests.booking.looking import rows, status_of
from tests.gateways import City, city

Answer = Callable[[Appointment], Any]

RUBBISH: dict[str, Answer] = {
    "nothing": lambda appointment: None,
    "a dict": lambda appointment: {"ref": 1},
    "a ref that is no JSON": lambda appointment: Placed(ref={"when": appointment.talk.start}),
    "a ref that is no number": lambda appointment: Placed(ref=float("nan")),
    "a ref that is too large": lambda appointment: Placed(ref="x" * LARGEST_REF),
    "an etag that is no text": lambda appointment: Placed(ref=1, etag=5),
}


async def booked_in_vain(here: City, desk: Desk) -> dict[str, Any]:
    """Book, let more than ten minutes pass, and return the booking."""
    hold = (await here.hold((await here.slots())[0]["slot"])).json()
    with impatient():
        answer = await here.book(hold)
    assert (answer.status_code, answer.json()["status"]) == (202, "pending")
    for _ in range(14):
        await later(here, minutes=1)
    return dict(answer.json())


async def has_failed_cleanly(here: City, booking: dict[str, Any], log: str) -> bool:
    await at_rest(here)
    assert await status_of(here, booking) == "failed"
    assert await rows(here, "SELECT * FROM unit_slot") == []
    assert await rows(here, "SELECT * FROM step WHERE kind != 'reconcile'") == []
    assert ["nicht gebucht" in str(mail["Subject"]) for mail in here.outbox.to("erika@example.org")] == [True]
    assert "plugin desk file failed in source buergeramt/termine" in log
    return True


@pytest.mark.parametrize("answer", RUBBISH.values(), ids=RUBBISH)
async def test_rubbish_from_a_write_fails_after_ten_minutes_like_any_failure_and_leaves_nothing(
    tmp_path: Path, answer: Answer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk()

    async def ensure(self: object, name: str, appointment: Appointment, ref: object) -> object:
        desk.entries[name] = appointment
        return answer(appointment)

    monkeypatch.setattr(DeskCalendar, "ensure", ensure)
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        assert await has_failed_cleanly(here, await booked_in_vain(here, desk), caplog.text)
        assert desk.entries == {}


@pytest.mark.parametrize("answer", [None, [1], [Occupant(None)], "everybody"], ids=str)  # type: ignore[arg-type]  # rubbish
async def test_rubbish_from_a_read_fails_after_ten_minutes_like_any_failure(
    tmp_path: Path, answer: object, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk()

    async def occupants(self: object, lane: object, interval: object) -> object:
        return answer

    monkeypatch.setattr(DeskCalendar, "occupants", occupants)
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        assert await has_failed_cleanly(here, await booked_in_vain(here, desk), caplog.text)
        assert desk.said("ensure") == 0


def test_what_a_plugin_should_answer_passes() -> None:
    placed = Placed(ref={"a": [1, "b", None]}, etag="x")
    assert as_placed(placed) is placed
    assert as_found(None) is None
    assert as_occupants([]) == []
    assert as_placed(Placed(ref="x" * (LARGEST_REF - len(json.dumps("")))))
