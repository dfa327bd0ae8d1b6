"""Who speaks too often, guesses or never fetches harms himself: the other side keeps its seat, whatever is done."""

import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from durchwahl.store.signals import LONGEST_QUEUE
from tests.web.test_room_routes import OFFER, Room, Side, opened

STATE = {"kind": "state", "muted": False, "camera": True}
FORGED = "A" * 22 + ".1"


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with opened(tmp_path) as one:
        yield one


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch, room: Room) -> list[float]:
    """Stop the clock of the allowances; a test moves it by changing the one number, in seconds."""
    now = [time.monotonic()]
    talks = room.here.gateway.talks
    for allowance in (talks._may_sit, talks._holding._may_guess, talks._may_ask, talks._may_speak):
        monkeypatch.setattr(allowance, "_now", lambda: now[0])
    return now


async def statuses(side: Side, verb: str, times: int, **body: Any) -> list[int]:
    return [(await side.ask(verb, **body)).status_code for _ in range(times)]


async def writes_of(room: Room, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note every write transaction from now on."""
    store, noted = room.here.gateway.context.store, list[str]()
    real = store.write

    async def write(operation: Any, *args: Any, **kwargs: Any) -> Any:
        noted.append(operation.__name__)
        return await real(operation, *args, **kwargs)

    monkeypatch.setattr(store, "write", write)
    return noted


async def test_the_clerk_keeps_the_seat_when_a_citizen_never_fetches_anything(room: Room, moment: list[float]) -> None:
    call = await room.meet()
    kept = Counter[bool]()
    for _ in range(LONGEST_QUEUE + 20):
        moment[0] += 1
        kept[(await room.clerk.does("zeichen", call=call, signal=STATE))["kept"]] += 1
    assert kept == {True: LONGEST_QUEUE, False: 20}
    assert (await room.clerk.hears())["admitted"]


@pytest.mark.usefixtures("moment")
async def test_the_clerk_keeps_the_seat_when_a_citizen_takes_his_again_and_again(room: Room) -> None:
    call = await room.meet()
    for _ in range(30):
        await room.citizen.ask("platz")
        if (now := (await room.clerk.hears())["call"]) != call:
            call = now
            await statuses(room.clerk, "zeichen", 16, call=call, signal=OFFER)  # what a new connection says
    told = await room.clerk.hears()
    assert told["admitted"]
    assert told["guest"] is not None


async def test_a_seat_is_taken_five_times_at_once_and_once_a_second_after_that(room: Room, moment: list[float]) -> None:
    seated = [await room.citizen.sits() for _ in range(5)]
    assert len({told["seat"] for told in seated}) == 5
    assert (await room.citizen.ask("platz")).status_code == 429
    moment[0] += 1
    await room.citizen.sits()
    refused = await room.citizen.ask("platz")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert (await room.clerk.ask("platz")).status_code == 200


async def test_who_speaks_a_little_too_often_is_told_to_wait_and_keeps_the_seat(
    room: Room, moment: list[float]
) -> None:
    call = await room.meet()
    assert await statuses(room.clerk, "zeichen", 80, call=call, signal=STATE) == [200] * 60 + [429] * 20
    refused = await room.clerk.ask("zeichen", call=call, signal=STATE)
    assert refused.headers["retry-after"] == "1"
    assert (await room.clerk.hears())["admitted"]
    moment[0] += 3
    assert (await room.clerk.does("zeichen", call=call, signal=STATE))["kept"]


@pytest.mark.usefixtures("moment")
async def test_who_goes_on_although_told_to_wait_loses_the_seat(room: Room) -> None:
    call = await room.meet()
    answers = await statuses(room.citizen, "zeichen", 100, call=call, signal=STATE)
    assert answers == [200] * 60 + [429] * 30 + [409] * 10
    told = await room.clerk.hears()
    assert (told["other"], told["signals"]) == ("none", [])


@pytest.mark.usefixtures("moment")
async def test_a_forged_seat_is_refused_by_a_read_and_soon_told_to_wait(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    await room.meet()
    forger, noted = Side(room.here, room.citizen.link), await writes_of(room, monkeypatch)
    answers = list[int]()
    for number in range(60):
        forger.seat = f"{number:022}.1"
        answers += await statuses(forger, "zeichen", 1, call=1, signal=STATE)
    assert answers == [409] * 20 + [429] * 40
    assert await statuses(forger, "warten", 1, after=0) == [429]
    assert noted == []


@pytest.mark.usefixtures("moment")
async def test_forged_seats_take_nothing_from_the_allowance_of_the_true_one(room: Room) -> None:
    call = await room.meet()
    forger = Side(room.here, room.citizen.link, seat=FORGED)
    await statuses(forger, "zeichen", 200, call=call, signal=STATE)
    assert (await room.citizen.does("zeichen", call=call, signal=STATE))["kept"]


@pytest.mark.usefixtures("moment")
async def test_another_seat_by_the_same_link_is_no_further_allowance(room: Room) -> None:
    call = await room.meet()
    await statuses(room.citizen, "zeichen", 60, call=call, signal=STATE)
    call = (await room.citizen.sits())["call"]
    assert (await room.citizen.ask("zeichen", call=call, signal=STATE)).status_code == 429


async def test_to_leave_a_seat_that_is_not_ones_own_writes_nothing(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    await room.meet()
    noted = await writes_of(room, monkeypatch)
    body = {"token": room.citizen.token, "seat": FORGED}
    answer = await room.here.client.post(f"{room.citizen.address}/verlassen", json=body)
    assert (answer.status_code, noted) == (204, [])
