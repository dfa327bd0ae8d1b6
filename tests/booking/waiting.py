"""Waiting for what a gateway does behind, where somebody hangs and it can never come to rest."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from durchwahl.plugin import Capabilities
from durchwahl.store import steps
from tests.booking.desk import SOURCE, Desk, Hanging, impatient
from tests.booking.looking import rows
from tests.gateways import City


async def until(here: City, sql: str, expected: list[tuple[Any, ...]]) -> None:
    """Wait until the journal answers so."""
    found: list[tuple[Any, ...]] = []
    for _ in range(400):
        here.gateway.context.wake.set()
        found = await rows(here, sql)
        if found == expected:
            return
        await asyncio.sleep(0.005)
    raise AssertionError(f"{sql}: {found}")


async def lease_over(here: City) -> None:
    """Let the leases of all steps run out, however their workers are doing."""
    here.clock.forward(milliseconds=steps.LEASE + 1_000)
    here.gateway.context.wake.set()


@contextmanager
def that_can(here: City, **abilities: Any) -> Iterator[None]:
    """Let the desk be a system that can do other things than a desk."""
    source = here.gateway.sources.open[SOURCE]
    before = source.capabilities
    source.capabilities = Capabilities(**abilities)
    try:
        yield
    finally:
        source.capabilities = before


@asynccontextmanager
async def half_booked(here: City, desk: Desk, hanging: Hanging) -> AsyncIterator[dict[str, Any]]:
    """Book, and give the booking while the desk hangs over writing it down; requests are impatient inside."""
    hold = (await here.hold((await here.slots())[0]["slot"])).json()
    desk.will("ensure", hanging)
    with impatient():
        booking = (await here.book(hold)).json()
        await hanging.asked.wait()
        yield booking


def sweeping_ends(here: City) -> None:
    """Let nothing be erased by time from here on, but by the test's own sweeps."""
    for task in here.gateway._tasks:
        if task.get_name() == "retention":
            task.cancel()
