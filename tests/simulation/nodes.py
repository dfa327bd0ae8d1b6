"""A gateway's process in a world: the real journal, steps, worker and holds, on systems that are not real."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from durchwahl.availability.occupation import Occupations
from durchwahl.availability.slots import Slots
from durchwahl.booking.bookings import Bookings
from durchwahl.booking.context import Context
from durchwahl.booking.correspondence import Correspondence
from durchwahl.booking.erasing import Erasing
from durchwahl.booking.holds import Holds
from durchwahl.booking.steps import Steps
from durchwahl.booking.worker import Worker
from durchwahl.sources.opening import OpenSource, Sources
from durchwahl.sources.supervision import Supervisor
from durchwahl.store.steps import Step
from durchwahl.store.tx import StoreUnavailable
from durchwahl.web.assembly import kept_running
from tests.simulation.disk import NodeStore
from tests.simulation.mailing import SimulatedMail

if TYPE_CHECKING:
    from tests.simulation.world import World

LATENCY = 0.01
"""What a step over the network takes on average, in seconds."""
LONGEST_FREEZE = 180.0


class Node:
    """One process. A killed one never does anything again; a frozen one goes on later as if nothing had been."""

    def __init__(self, world: "World", number: int) -> None:
        self.world = world
        self.name = f"node-{number}"
        self.skew = timedelta(seconds=world.random.choice([0, 0, -300, 300, world.random.uniform(-5, 5)]))
        self.is_dead = False
        self._frozen_until = 0.0
        self._tasks: list[asyncio.Task[Any]] = []
        self._build()
        self.begin(kept_running("outbox", self.worker.run))

    def clock(self) -> datetime:
        """Return the time as this machine has it."""
        return self.world.now() + self.skew

    def begin(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Do something in this process; it is kept from the collector, which would let a dead node speak."""
        task = self.world.loop.create_task(work)
        self._tasks.append(task)
        return task

    async def passes(self, place: str, *, delay: float = 0.0, perilous: int = 1) -> None:
        """Take a step over the network; here a process may be killed or stopped for a while."""
        world = self.world
        await asyncio.sleep(delay + world.random.expovariate(1 / LATENCY))
        if world.faults.strikes("crash", times=perilous):
            world.kill(self, place)
        elif world.faults.strikes("freeze", times=perilous):
            self._frozen_until = world.loop.time() + world.random.uniform(1, LONGEST_FREEZE)
        await self._gate()

    async def turns(self) -> None:
        """Let others have their turn, now and then; what a look finds may be out of date a moment later."""
        if self.world.random.random() < 0.2:
            await asyncio.sleep(0)
        await self._gate()

    async def _gate(self) -> None:
        while not self.is_dead and self._frozen_until > self.world.loop.time():  # noqa: ASYNC110  # a time, no event
            await asyncio.sleep(self._frozen_until - self.world.loop.time())  # a time, not an event
        if self.is_dead:
            await self.world.limbo()

    def is_idle(self) -> bool:
        """Whether nothing is under way here."""
        return not self.worker._tasks and not self.steps._running

    def _build(self) -> None:
        world, town = self.world, self.world.town
        self.store = NodeStore(world.disk, self)
        self.sources = Sources(open={key: self._opened(one) for key, one in town.sources.items()})
        occupations = Occupations(town.settings, self.sources, self.store)
        for cache in occupations._caches.values():
            cache._monotonic = world.loop.time
        self.slots = Slots(town.offers, occupations, town.opening_times, town.settings.zone, self.clock)
        self.context = Context(
            settings=town.settings,
            sources=self.sources,
            offers=town.offers,
            store=self.store,
            slots=self.slots,
            occupations=occupations,
            sealer=town.sealer,
            keys=town.keys,
            outgoing=SimulatedMail(self),
            snapshot=lambda: town.snapshot,
            clock=self.clock,
        )
        self.steps = WatchedSteps(self.context, Correspondence(self.context), world)
        self.holds = Holds(self.context)
        self.bookings = Bookings(self.context, self.steps)
        self.erasing = Erasing(self.context, self.steps)
        if not world.reconciles:
            self.steps.duty.begin = _nothing_to_do  # type: ignore[method-assign]
        self.worker = Worker(self.context, self.steps)

    def _opened(self, template: OpenSource) -> OpenSource:
        remote = self.world.remotes.get(template.key)
        if remote is None:
            return template
        supervisor = Supervisor(template.key, plugin="simulated", deadline=template.supervisor._deadline)
        source = self.world.connected(self, remote)
        return replace(template, source=source, supervisor=supervisor, capabilities=remote.capabilities)


class WatchedSteps(Steps):
    """Tells the world of what nobody expected: a gateway would log it, and repeat the step for ever."""

    def __init__(self, context: Context, correspondence: Correspondence, world: "World") -> None:
        super().__init__(context, correspondence)
        self._world = world

    async def run(self, step: Step) -> None:
        """Do the step."""
        try:
            await super().run(step)
        except StoreUnavailable:
            raise
        except Exception as error:
            self._world.broke(error)
            raise


async def _nothing_to_do() -> None:
    """Compare nothing: in such a world what is left over stays, so that it is found."""


def from_epoch(milliseconds: int) -> datetime:
    """Return an instant."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
