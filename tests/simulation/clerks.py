"""What clerks do in a world, in the department's own calendar: they enter, move and delete, and once all is lost."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from durchwahl.model.schedule import Interval
from tests.simulation.remotes import Entry
from tests.simulation.town import CALENDAR

if TYPE_CHECKING:
    from tests.simulation.world import World

LANES = ("platz-1", "platz-2")
TWENTY = timedelta(minutes=20)


async def works(world: "World") -> None:
    """Do something every now and then, while citizens book."""
    while True:
        await asyncio.sleep(world.random.expovariate(1 / 3))
        if not world.faults.strikes("clerk"):
            continue
        ours = [one for one in world.remotes[CALENDAR].entries.values() if one.appointment]
        if not ours:
            continue
        chance = world.random.random() if world.reconciles else 1.0
        if chance < 0.02:
            _lose(world, ours)
        elif chance < 0.06:
            _delete(world, world.random.choice(ours), "clerk")
        elif chance < 0.12:
            _move(world, world.random.choice(ours))
        else:
            _enter(world, world.random.choice(ours))
        if world.reconciles and world.random.random() < 0.1:
            world.compare_soon()


def _enter(world: "World", near: Entry) -> None:
    """Put somebody else's appointment near one of ours."""
    assert near.appointment is not None
    shift = TWENTY * world.random.randint(1, 4)
    interval = near.appointment.interval
    later = Interval(interval.start + shift, interval.end + shift)
    world.remotes[CALENDAR].foreign.append((world.random.choice(LANES), later, world.milliseconds()))


def _move(world: "World", one: Entry) -> None:
    """Drag an appointment to another time."""
    assert one.appointment is not None
    shift = TWENTY * world.random.randint(1, 3)
    spans = [
        Interval(span.start + shift, span.end + shift) for span in (one.appointment.interval, one.appointment.talk)
    ]
    one.appointment = replace(one.appointment, interval=spans[0], talk=spans[1])
    with _done_by(world, "clerk"):
        world.remotes[CALENDAR].changed(world.remotes[CALENDAR], one.name, True)


def _delete(world: "World", one: Entry, by: Literal["clerk", "loss"]) -> None:
    with _done_by(world, by):
        world.remotes[CALENDAR].drop({"id": one.ref})


def _lose(world: "World", ours: list[Entry]) -> None:
    """Lose all at once: the calendar was put back from an empty backup."""
    for one in ours:
        _delete(world, one, "loss")


@contextmanager
def _done_by(world: "World", by: Literal["clerk", "loss"]) -> Iterator[None]:
    world.by = by
    try:
        yield
    finally:
        world.by = ""
