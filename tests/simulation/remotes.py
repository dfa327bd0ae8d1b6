"""Departments' systems in a world: what really stands in them, and how they answer when they are ill."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from durchwahl.errors import Invalid, OutcomeUnknown, Refused, Unavailable
from durchwahl.plugin import (
    Appointment,
    Capabilities,
    FreeBusyCalendar,
    Interval,
    Joined,
    Lane,
    Meeting,
    NotSent,
    Occupant,
    Placed,
    Redirect,
    Role,
    VideoPlatform,
)
from durchwahl.sources.http.deadline import note_write
from tests.simulation import faults
from tests.simulation.nodes import Node

T = TypeVar("T")


PERILOUS = 5
"""So many times as often as elsewhere a process is killed or stopped around a write: there it does most harm."""


LATEST = 25.0
"""So many virtual seconds a request may be on its way."""
FOR_EVER = 3_600
"""In virtual seconds: longer than anybody waits."""


@dataclass
class Entry:
    """One appointment or room of ours. `ref` is the number under which the system knows it."""

    name: str
    appointment: Appointment | None
    ref: int


@dataclass
class Remote:
    """A system outside. `changed` hears of each of our entries that comes or goes."""

    key: str
    capabilities: Capabilities
    changed: Callable[["Remote", str, bool], None]
    entries: dict[int, Entry] = field(default_factory=dict)
    foreign: list[tuple[str, Interval, int]] = field(default_factory=list)
    numbered: int = 0

    def named(self, name: str) -> Entry | None:
        """Return what stands under a name."""
        return next((one for one in self.entries.values() if one.name == name), None)

    def put(self, name: str, appointment: Appointment | None, ref: Any) -> Placed:
        """Make or change an entry; a system that knows no names makes another one for whoever brings no ref."""
        knows_names = self.capabilities.conditional_create or self.capabilities.find == "by_name"
        known = self.entries.get(ref["id"]) if ref is not None else (self.named(name) if knows_names else None)
        if known is None:
            self.numbered += 1
            known = self.entries[self.numbered] = Entry(name, appointment, self.numbered)
            self.changed(self, name, True)
        elif self.capabilities.conditional_create and ref is None and known.appointment is not None:
            return self._compared(known, appointment)
        known.appointment = appointment
        return Placed(ref={"id": known.ref})

    def _compared(self, known: Entry, appointment: Appointment | None) -> Placed:
        """Whoever is told that it is there already looks at it, and changes it where he is the later one."""
        before = known.appointment
        if appointment is not None and before is not None and appointment.sequence >= before.sequence:
            known.appointment = appointment
        return Placed(ref={"id": known.ref})

    def drop(self, ref: Any) -> None:
        """Take an entry out; one that is gone is no mistake."""
        gone = self.entries.pop(ref["id"], None)
        if gone is not None and self.named(gone.name) is None:
            self.changed(self, gone.name, False)


async def called(node: Node, remote: Remote, effect: Callable[[], T], *, write: bool) -> T:
    """Let a node call a system: something may go wrong on the way there, in it, and on the way back."""
    fault = node.world.faults.of_call(write=write)
    perilous = PERILOUS if write else 1
    await node.passes(f"{remote.key} is called", perilous=perilous)
    if fault == faults.UNREACHABLE:
        raise NotSent("unreachable")
    if fault == faults.REFUSED:
        raise Refused("refused")
    if fault == faults.BUSY:
        raise Unavailable("busy", retry_after=node.world.random.choice([None, 1, 30, 600]))
    if write:
        await _sent(node, remote, effect)
    await asyncio.sleep(node.world.faults.delay())
    if fault == faults.LOST:
        await asyncio.sleep(FOR_EVER)
    if fault == faults.LATE:
        await _done_later(node, effect)
    result = effect()
    if fault == faults.SWALLOWED:
        await _lose_the_answer(node)
    if fault == faults.GARBLED:
        raise Invalid("garbled")
    if fault == faults.BUG:
        raise ZeroDivisionError("a plugin's bug")
    await node.passes(f"{remote.key} has answered", perilous=perilous)
    return result


async def _sent(node: Node, remote: Remote, effect: Callable[[], Any]) -> None:
    """The request is on its way; where its process is killed now, it arrives all the same."""
    note_write()
    if node.world.faults.strikes("crash", times=PERILOUS):
        node.world.loop.call_later(node.world.random.uniform(0, LATEST), effect)
        node.world.kill(node, f"{remote.key} is being called")
        await node.world.limbo()


async def _done_later(node: Node, effect: Callable[[], Any]) -> None:
    """The request is still on its way when nobody waits for it any more; it arrives, whatever the node has become."""
    node.world.loop.call_later(node.world.random.uniform(0, LATEST), effect)
    await _lose_the_answer(node)


async def _lose_the_answer(node: Node) -> None:
    if node.world.random.random() < 0.5:
        raise OutcomeUnknown("the connection was cut")
    await asyncio.sleep(FOR_EVER)


class SimulatedCalendar(FreeBusyCalendar):
    """One node's way to a calendar that knows when people are busy."""

    def __init__(self, node: Node, remote: Remote) -> None:
        self._node, self._remote = node, remote
        self.capabilities = remote.capabilities

    async def check(self) -> None:
        """Pass."""

    async def busy(self, lanes: Sequence[Lane], window: Interval) -> Mapping[str, Sequence[Interval]]:
        def look() -> dict[str, list[Interval]]:
            return {lane.name: [one.interval for one in self._in(lane.name, window)] for lane in lanes}

        return await self._call(look)

    async def occupants(self, lane: Lane, interval: Interval) -> Sequence[Occupant]:
        return await self._call(lambda: self._in(lane.name, interval))

    async def ensure(self, name: str, appointment: Appointment, ref: Any) -> Placed:
        return await self._call(lambda: self._remote.put(name, appointment, ref), write=True)

    async def find(self, name: str, lane: Lane, ref: Any) -> Placed | None:
        def look() -> Placed | None:
            found = self._remote.named(name) if self.capabilities.find in ("by_name", "by_marker") else None
            if self.capabilities.find == "by_ref" and ref is not None:
                found = self._remote.entries.get(ref["id"])
            return None if found is None else Placed(ref={"id": found.ref})

        return await self._call(look)

    async def delete(self, name: str, ref: Any) -> None:
        await self._call(lambda: self._remote.drop(ref), write=True)

    async def _call(self, effect: Callable[[], T], *, write: bool = False) -> T:
        return await called(self._node, self._remote, effect, write=write)

    def _in(self, lane: str, interval: Interval) -> list[Occupant]:
        ours = [
            Occupant(one.appointment.interval, one.name)
            for one in self._remote.entries.values()
            if one.appointment is not None and one.appointment.lane.name == lane
        ]
        others = [Occupant(interval) for place, interval, _ in self._remote.foreign if place == lane]
        return [one for one in (*ours, *others) if one.interval.overlaps(interval)]


class SimulatedPlatform(VideoPlatform):
    """One node's way to a video platform."""

    def __init__(self, node: Node, remote: Remote) -> None:
        self._node, self._remote = node, remote
        self.capabilities = remote.capabilities

    async def check(self) -> None:
        """Pass."""

    async def prepare(self, name: str, meeting: Meeting, ref: Any) -> Placed:
        return await called(self._node, self._remote, lambda: self._remote.put(name, None, ref), write=True)

    async def find(self, name: str, meeting: Meeting, ref: Any) -> Placed | None:
        def look() -> Placed | None:
            found = self._remote.named(name)
            return None if found is None else Placed(ref={"id": found.ref})

        return await called(self._node, self._remote, look, write=False)

    async def join(self, name: str, meeting: Meeting, ref: Any, role: Role, display_name: str) -> Joined:
        placed = await self.prepare(name, meeting, ref)
        return Joined(Redirect("https://video.example.org/", meeting.window.end), placed)

    async def end(self, name: str, ref: Any) -> None:
        def drop() -> None:
            found = self._remote.named(name)
            if found is not None:
                self._remote.drop({"id": found.ref})

        await called(self._node, self._remote, drop, write=True)
