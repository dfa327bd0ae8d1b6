"""An office that is open every day, so that commands, which go by the machine's own clock, find times at any date."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from durchwahl.booking.context import instant
from tests.booking.desk import at_rest
from tests.gateways import DEPARTMENT, GATEWAY, City, Clock, city

ZONE = ZoneInfo("Europe/Berlin")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAILY = "hours = { " + ", ".join(f'{day} = ["06:00-22:00"]' for day in DAYS) + " }\nopen_on_holidays = true"
OFFICE = (
    DEPARTMENT.replace('hours = { mon = ["09:00-12:00"], tue = ["09:00-12:00"] }', DAILY)
    .replace('hours = { wed = ["09:00-11:00"] }', DAILY)
    .replace('verify_email = true\nhours = { thu = ["09:00-11:00"] }', f"approval = true\n{DAILY}")
)
MANY = GATEWAY.replace('data_dir = "data"', 'data_dir = "data"\nholds_per_client = 1000\nbookings_per_client = 0')


class WallClock(Clock):
    """The machine's own."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)

    def milliseconds(self) -> int:
        return round(self().timestamp() * 1000)


def day_after(days: int) -> str:
    """The date so many days from today, in the city."""
    return (datetime.now(ZONE).date() + timedelta(days=days)).isoformat()


@asynccontextmanager
async def office(folder: Path, **config: str) -> AsyncIterator[City]:
    """A running gateway by the machine's clock, with what it takes for many bookings."""
    async with city(folder, clock=WallClock(), **{"gateway": MANY, "department": OFFICE, **config}) as here:
        yield here


async def booked_on(here: City, day: str, place: int = 0, **asked: Any) -> dict[str, Any]:
    """Book the n-th slot from a day on that is free on so many lanes (`remaining`)."""
    service = asked.pop("service", "buergeramt-meldebescheinigung")
    person = asked.pop("person", {"name": "Erika Beispiel", "email": "erika@example.org"})
    lang, remaining = asked.pop("lang", "de"), asked.pop("remaining", 1)
    slots = await here.slots(service, **{"from": f"{day}T00:00:00+01:00", **asked})
    free = [one["slot"] for one in slots if one["remaining"] >= remaining]
    hold = await here.hold(free[place])
    answer = await here.book(hold.json(), person=person, lang=lang)
    assert answer.status_code in (201, 202), answer.text
    return dict(answer.json())


def seeded(folder: Path, wishes: Sequence[dict[str, Any]], **config: str) -> list[dict[str, Any]]:
    """Book each wish (`day`, and what `booked_on` takes) and end the gateway; what is left is its journal."""

    async def seed() -> list[dict[str, Any]]:
        async with office(folder, **config) as here:
            bookings = [await booked_on(here, **wish) for wish in wishes]
            await at_rest(here)
            return bookings

    return asyncio.run(seed())


def local(stamp: int) -> datetime:
    """An instant of the journal on the city's clocks."""
    return instant(stamp).astimezone(ZONE)
