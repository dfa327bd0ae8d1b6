"""A department's calendar that does what a test tells it, offered by a one-file plugin; it outlives gateways."""

import asyncio
import uuid
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from weakref import WeakValueDictionary

from pydantic import JsonValue

from durchwahl.plugin import (
    Appointment,
    Capabilities,
    FreeBusyCalendar,
    Interval,
    Lane,
    Occupant,
    OutcomeUnknown,
    Placed,
    SourceSettings,
    SourceType,
    Toolbox,
)
from tests.gateways import DEPARTMENT, GATEWAY, City

DESKS: "WeakValueDictionary[str, Desk]" = WeakValueDictionary()
SOURCE = "buergeramt/termine"
PLUGIN = """
from durchwahl.plugin import hookimpl
from tests.booking.desk import DESK

@hookimpl
def durchwahl_calendars():
    return [DESK]
"""


@dataclass
class Lost:
    """What was asked for happens, and nobody hears of it."""


@dataclass
class Hanging:
    """Nothing happens until `go` is set; `asked` tells that somebody waits."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)


Trouble = Exception | Lost | Hanging


@dataclass
class Desk:
    """The calendar itself: our entries by name, and what clerks put in. `calls` is what the gateway asked."""

    name: str = field(default_factory=lambda: uuid.uuid4().hex)
    entries: dict[str, Appointment] = field(default_factory=dict)
    foreign: list[tuple[str, Interval]] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    seen: list[Appointment] = field(default_factory=list)
    once: dict[str, deque[Trouble]] = field(default_factory=dict)
    always: dict[str, Trouble] = field(default_factory=dict)
    meanwhile: list[tuple[str, Interval]] = field(default_factory=list)
    """What a clerk puts in right after the next write of ours."""

    def __post_init__(self) -> None:
        DESKS[self.name] = self

    def will(self, method: str, *troubles: Trouble) -> None:
        """Let the next calls of a method go wrong, one after the other."""
        self.once.setdefault(method, deque()).extend(troubles)

    def said(self, method: str) -> int:
        return sum(name == method for name, _ in self.calls)

    def config(self, folder: Path, department: str = DEPARTMENT) -> dict[str, str]:
        """Write the plugin into the folder and return the config texts that use it."""
        (folder / "plugins").mkdir(parents=True, exist_ok=True)
        (folder / "plugins" / "desk.py").write_text(PLUGIN, encoding="utf-8")
        source = f'[sources.termine]\ntype = "desk"\ndesk = "{self.name}"\n'
        return {
            "gateway": GATEWAY.replace('data_dir = "data"', 'data_dir = "data"\nplugins_dir = "plugins"'),
            "department": department.replace('[sources.termine]\ntype = "house"\n', source),
        }


class DeskSettings(SourceSettings):
    """Which desk."""

    desk: str


class DeskCalendar(FreeBusyCalendar):
    """Speaks for a desk."""

    capabilities = Capabilities(find="by_name", conditional_create=True)

    def __init__(self, settings: DeskSettings, toolbox: Toolbox) -> None:
        self._desk = DESKS[settings.desk]

    async def check(self) -> None:
        """Pass."""

    async def busy(self, lanes: Sequence[Lane], window: Interval) -> Mapping[str, Sequence[Interval]]:
        await self._trouble("busy", "")
        return {
            lane.name: [one.interval for one in self._in(lane.name) if one.interval.overlaps(window)] for lane in lanes
        }

    async def occupants(self, lane: Lane, interval: Interval) -> Sequence[Occupant]:
        await self._trouble("occupants", lane.name)
        return [one for one in self._in(lane.name) if one.interval.overlaps(interval)]

    async def ensure(self, name: str, appointment: Appointment, ref: JsonValue) -> Placed:
        lost = await self._trouble("ensure", name)
        self._desk.entries[name] = appointment
        self._desk.seen.append(appointment)
        self._desk.foreign.extend(self._desk.meanwhile)
        self._desk.meanwhile.clear()
        if lost:
            raise OutcomeUnknown("No answer came.")
        return Placed(ref={"name": name})

    async def find(self, name: str, lane: Lane, ref: JsonValue) -> Placed | None:
        await self._trouble("find", name)
        return Placed(ref={"name": name}) if name in self._desk.entries else None

    async def delete(self, name: str, ref: JsonValue) -> None:
        lost = await self._trouble("delete", name)
        self._desk.entries.pop(name, None)
        if lost:
            raise OutcomeUnknown("No answer came.")

    async def _trouble(self, method: str, what: str) -> bool:
        self._desk.calls.append((method, what))
        queue = self._desk.once.get(method)
        trouble = queue.popleft() if queue else self._desk.always.get(method)
        if isinstance(trouble, Exception):
            raise trouble
        if isinstance(trouble, Hanging):
            trouble.asked.set()
            await trouble.go.wait()
        return isinstance(trouble, Lost)

    def _in(self, lane: str) -> Iterator[Occupant]:
        for name, entry in self._desk.entries.items():
            if entry.lane.name == lane:
                yield Occupant(entry.interval, name)
        for place, interval in self._desk.foreign:
            if place == lane:
                yield Occupant(interval)


DESK = SourceType(name="desk", settings=DeskSettings, build=DeskCalendar)


async def at_rest(here: City) -> None:
    """Wait until nothing that is due by the gateway's clock is left, and nobody works on anything.

    Nobody must be at work before it is asked what is due: whoever is may add a step after the question.
    """
    gateway = here.gateway

    def is_idle() -> bool:
        under_way = getattr(gateway.store, "under_way", 0)
        return not gateway.worker._tasks and not gateway.steps._running and not under_way

    for _ in range(1_000):
        gateway.context.wake.set()
        was_idle = is_idle()
        due = await gateway.store.read(lambda tx: tx.row("SELECT count(*) FROM step WHERE due <= ?", (tx.now(),)))
        await gateway.store.write(lambda tx: None)  # whatever was claimed before this is in somebody's hands after it
        for _ in range(3):
            await asyncio.sleep(0)
        if was_idle and due == (0,) and is_idle():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("the outbox did not come to rest")


async def later(here: City, **length: float) -> None:
    """Let time pass, for breakers and caches too, and let everything be done that is due then."""
    here.clock.forward(**length)
    forgiven(here)
    await at_rest(here)


def forgiven(here: City) -> None:
    """Let breakers and caches, whose clock is the machine's, forget what went wrong: the time for that has passed."""
    for source in here.gateway.sources.open.values():
        source.supervisor._breaker.succeeded()
    for cache in here.gateway.occupations._caches.values():
        cache._failed = None
        cache.forget()


async def crash(here: City) -> None:
    """End all work at once, as a power cut does: nothing is finished, nothing is written any more."""
    gateway = here.gateway
    tasks = [*gateway._tasks, *gateway.worker._tasks, *gateway.steps._running]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@contextmanager
def impatient() -> Iterator[None]:
    """Let requests wait a moment only, instead of four seconds, for a department's system."""
    from durchwahl.booking import bookings

    patience = bookings.PATIENCE
    bookings.PATIENCE = 0.05
    try:
        yield
    finally:
        bookings.PATIENCE = patience
