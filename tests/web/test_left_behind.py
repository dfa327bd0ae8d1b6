"""Hundreds of bookings are made, moved, cancelled, held and erased: no file, log, metric or error tells of anybody."""

import asyncio
import logging
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.booking.desk import at_rest, later
from tests.booking.looking import ask, rows
from tests.booking.waiting import sweeping_ends
from tests.gateways import GATEWAY, City, bearer, city
from tests.web.test_privacy import EVERY_FIELD

AT_ONCE = 20
WIDE = GATEWAY.replace('data_dir = "data"', 'data_dir = "data"\nholds_per_client = 5000\nbookings_per_client = 0')
LANES = "".join(f'[sources.termine.lanes.weit-{number}]\nlanguages = ["de"]\n' for number in range(60))
ROOMS = "".join(
    f'[sources.raeume.rooms."buergeramt/termine/weit-{number}"]\nurl = "https://video.example.org/weit-{number}"\n'
    for number in range(60)
)
LARGE = EVERY_FIELD.replace("[offers.meldewesen]", f"{LANES}[offers.meldewesen]").replace("09:00-12:00", "09:00-16:00")
SECRETS = "SELECT key, personal, client, room_ref, contact FROM booking"
OTHERS = "SELECT ref FROM placement UNION ALL SELECT digest FROM link UNION ALL SELECT answer FROM idempotency"


@dataclass
class Lives:
    """What has been typed, said and sealed in all of the lives."""

    typed: set[bytes] = field(default_factory=set)
    sealed: set[bytes] = field(default_factory=set)
    answers: list[str] = field(default_factory=list)

    def person(self, number: int) -> dict[str, str]:
        person = {
            "name": f"Kanaria Nachname{number:05}",
            "email": f"kanaria.{number:05}@example.org",
            "phone": f"+4935177{number:05}",
        }
        self.typed.update(value.encode() for value in person.values())
        return person


async def live(here: City, lives: Lives, number: int, slot: str) -> None:
    """Book, and then do something else with each: keep, cancel, let lapse, erase; wrong requests in between."""
    person = lives.person(number)
    need = f"qkn-kan{number:05}"
    lives.typed.add(need.encode())
    hold = (await here.hold(slot)).json()
    wrong = await here.book(
        hold, person={**person, "email": f"{person['email']} nonsense"}, needs={"interpreter": need}
    )
    lives.answers.append(wrong.text)
    assert wrong.status_code == 422
    if number % 4 == 3:
        return
    booking = (await here.book(hold, person=person, needs={"interpreter": need})).json()
    assert booking["status"] == "confirmed", booking
    if number % 4 == 1:
        await ask(here, booking, "cancel")
    if number % 4 == 2:
        url, token = booking["manage_url"].rsplit("/", 1)
        done = await here.client.post(f"{url}/loeschen", data={"token": token, "cancel": "on"})
        assert done.status_code == 303
    lives.answers.append((await here.client.get(f"/v1/bookings/{booking['id']}", headers=bearer("x" * 43))).text)


async def all_lived(here: City, many: int) -> Lives:
    lives, slots = Lives(), iter(await every_slot(here, many))
    for first in range(0, many, AT_ONCE):
        some = range(first, min(first + AT_ONCE, many))
        await asyncio.gather(*(live(here, lives, number, next(slots)) for number in some))
    await at_rest(here)
    for sql in (SECRETS, OTHERS):
        lives.sealed |= {value for row in await rows(here, sql) for value in row if isinstance(value, bytes) and value}
    return lives


async def every_slot(here: City, many: int) -> list[str]:
    """Return enough slots, each as often as lanes are free, in an order of no meaning."""
    times = await here.slots()
    slots = [one["slot"] for one in times for _ in range(min(50, one["remaining"] or 1))]
    assert len(slots) >= many, len(slots)
    return random.Random(1).sample(slots, many)  # no secret: an order


def files_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in (folder / "data").rglob("*") if path.is_file())


def found_in(raw: bytes, wanted: set[bytes]) -> Iterator[bytes]:
    return (one for one in wanted if one in raw)


async def nothing_is_left_of(many: int, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="durchwahl")
    async with city(folder, gateway=WIDE + ROOMS, department=LARGE) as here:
        sweeping_ends(here)  # two thousand bookings take longer than the pause between two sweeps
        lives = await all_lived(here, many)
        assert len(lives.sealed) > 4 * many
        assert not list(found_in(files_of(folder), lives.typed))
        await later(here, days=60)
        assert await here.gateway.retention.sweep() == many - many // 4
        kept = await rows(here, "SELECT count(*) FROM booking WHERE key IS NOT NULL OR personal IS NOT NULL")
        assert kept == [(0,)]
        raw = files_of(folder)
        assert not list(found_in(raw, lives.typed))
        assert not list(found_in(raw, lives.sealed))
        metrics = (await here.client.get("/metrics")).text
        said = "\n".join([*lives.answers, metrics, *(record.getMessage() for record in caplog.records)]).encode()
        assert not list(found_in(said, lives.typed | {b"anaria"}))
        counted: Any = await rows(
            here, "SELECT outcome, sum(count) FROM daily_cell WHERE service <> '' GROUP BY outcome"
        )
        assert sum(number for _, number in counted) == many - many // 4


async def test_nothing_is_left_of_two_hundred_bookings(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    await nothing_is_left_of(200, tmp_path, caplog)


@pytest.mark.soak
async def test_nothing_is_left_of_two_thousand_bookings(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    await nothing_is_left_of(2_000, tmp_path, caplog)
