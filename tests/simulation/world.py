"""One world: its systems, its nodes, its citizens, and what really happened in it. A seed decides everything."""

import asyncio
import random as randomness
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Literal

from durchwahl.audit.history import Change, Line
from durchwahl.audit.invariants import violations
from durchwahl.audit.timeline import timeline_of
from durchwahl.audit.violation import Violation
from durchwahl.booking import keys
from durchwahl.booking.context import milliseconds
from durchwahl.plugin import Capabilities
from tests.simulation import remotes
from tests.simulation.citizens import Citizen
from tests.simulation.clerks import works
from tests.simulation.disk import Disk
from tests.simulation.faults import Faults
from tests.simulation.looking import looked
from tests.simulation.loop import SeededLoop, run
from tests.simulation.mailing import Sketch, sketched
from tests.simulation.nodes import Node
from tests.simulation.town import ABILITIES, CALENDAR, PLATFORM, the_town

BEGINNINGS = (datetime(2026, 11, 23, 5, tzinfo=UTC), datetime(2026, 10, 24, 20, tzinfo=UTC))
"""A Monday morning, and the evening before the clocks are put back."""
QUIET_AFTER = timedelta(minutes=20)
"""So long after the last fault everything has to be in order again."""
UNTIL_ALL_IS_OVER = timedelta(days=3)
"""In it appointments are reminded of, take place and are over."""
MAILS_ARE_WHOLE = 8
"""In one of so many worlds mails are written whole; in the others all but what a world looks at is left out."""
RUSHES = (0.02, 3, 60)
"""Within how many seconds citizens come: when new times are released, all at once."""
PAUSES = (0.5, 2, 20)
"""How many seconds a citizen lets pass between two wishes, on average."""
OFFERS = (
    ("buergeramt-meldebescheinigung", "video"),
    ("buergeramt-meldebescheinigung", "phone"),
    ("buergeramt-fuehrungszeugnis", "phone"),
    ("buergeramt-ummeldung", "phone"),
)


class SeededSecrets:
    """Draws what else nobody could repeat: ids and keys."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def token_bytes(self, length: int) -> bytes:
        return self._random.randbytes(length)

    def token_hex(self, length: int) -> str:
        return self._random.randbytes(length).hex()


@dataclass
class Outcome:
    """How a world ended. `sagas` counts bookings that were begun."""

    seed: int
    history: list[Line]
    violations: list[Violation]
    sagas: int
    met: dict[str, int] = field(default_factory=dict)


class World:
    """Everything that one seed brings about."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = Random(seed)
        self.loop = SeededLoop(Random(seed + 1))
        self.town = the_town()
        self.faults = Faults.drawn(self.random)
        self.history: list[Line] = []
        self.bugs: list[Violation] = []
        self.offers = self.random.sample(OFFERS, self.random.randint(1, len(OFFERS)))
        self.by: Literal["", "clerk", "loss"] = ""
        self._began = self.random.choice(BEGINNINGS)
        self._graveyard: list[Any] = []
        self._names: dict[str, str] = {}
        self._mails: list[Sketch] = []
        self.disk = Disk(self.milliseconds)
        self.remotes = {
            CALENDAR: remotes.Remote(CALENDAR, self.random.choice(ABILITIES), self._changed),
            PLATFORM: remotes.Remote(PLATFORM, Capabilities(find="by_name"), self._changed),
        }
        can_tell = self.remotes[CALENDAR].capabilities.find != "none"
        self.reconciles = can_tell and self.random.random() < 0.5
        self.nodes: list[Node] = []

    def now(self) -> datetime:
        """Return the true time."""
        return self._began + timedelta(seconds=self.loop.time())

    def milliseconds(self) -> int:
        """Return the true time as the database has it."""
        return milliseconds(self.now())

    def any_node(self) -> Node:
        """Return a node, as a balancer before them does."""
        return self.random.choice(self.nodes)

    def connected(self, node: Node, remote: remotes.Remote) -> Any:
        """Return a node's way to a system."""
        kind = remotes.SimulatedPlatform if remote.key == PLATFORM else remotes.SimulatedCalendar
        return kind(node, remote)

    def kill(self, node: Node, place: str) -> None:
        """End a process at once, wherever it is; another one takes its place after a while."""
        if node.is_dead:
            return
        node.is_dead = True
        self._graveyard.append(node)
        self.loop.call_later(self.random.uniform(0.5, 20), self._replace, node)

    async def limbo(self) -> None:
        """Never return."""
        forever = self.loop.create_future()
        self._graveyard.append(forever)
        await forever

    def broke(self, error: Exception) -> None:
        """Keep what nobody expected: the gateway would have answered 500."""
        self.bugs.append(Violation("bug", None, f"{type(error).__name__}: {error}"))

    def noted(self, line: Line) -> None:
        """Keep a line of the history."""
        self.history.append(line)

    def delivered(self, mail: Sketch) -> None:
        """Keep what is known of a mail."""
        self._mails.append(mail)
        self.noted(mail.line(self.milliseconds()))

    async def verification(self, booking: str) -> str | None:
        """Wait for the mail with the link that proves an address, and return its token."""
        for _ in range(30):
            for mail in self._mails:
                if mail.link is not None and mail.booking == booking:
                    return mail.link
            await asyncio.sleep(2)
        return None

    def offer_of(self, booking: str) -> tuple[str, str]:
        """Return service and channel of a booking."""
        sql = "SELECT services, channel FROM booking WHERE id = ?"
        services, channel = self.disk.read(lambda tx: tx.row(sql, (booking,)))
        return services.split('"')[1], channel

    def run(self) -> Outcome:
        """Let it all happen, and judge it."""
        drawn, keys.secrets = keys.secrets, SeededSecrets(Random(self.seed + 2))
        randomness.seed(self.seed + 3)
        try:
            with nullcontext() if self.seed % MAILS_ARE_WHOLE == 0 else sketched():
                run(self.loop, self._happens())
        finally:
            keys.secrets = drawn
        sagas = self.disk.read(lambda tx: tx.row("SELECT count(*) FROM booking"))[0]
        self.disk.close()
        found = violations(timeline_of(self.history)) + self.bugs
        return Outcome(self.seed, self.history, found, sagas, self.faults.met)

    async def _happens(self) -> None:
        self.nodes = [Node(self, number) for number in range(self.random.randint(1, 3))]
        clerk = self.loop.create_task(works(self))
        self.rush = self.random.choice(RUSHES)
        self.pause = self.random.choice(PAUSES)
        self.is_fickle = self.random.random() < 0.3
        citizens = [Citizen(self, number) for number in range(self.random.randint(2, 16))]
        await asyncio.gather(*(one.lives() for one in citizens))
        clerk.cancel()
        await asyncio.sleep(self.random.uniform(0, 120))
        await self._come_to_rest()
        self.faults.is_over = False
        await self._passes(UNTIL_ALL_IS_OVER)
        await self._come_to_rest()

    async def _come_to_rest(self) -> None:
        """Let nothing go wrong any more, give the gateway its time, and look how things stand then."""
        self.faults.is_over = True
        await self._passes(QUIET_AFTER)
        for _ in range(2 if self.reconciles else 0):
            self.compare_soon()
            await self._passes(QUIET_AFTER)
        for line in looked(self, is_quiet=True):
            self.noted(line)

    async def _passes(self, length: timedelta) -> None:
        """Let time pass and everything be done that is due; the hours between two steps are skipped."""
        until = self.milliseconds() + round(length.total_seconds() * 1000)
        while (now := self.milliseconds()) < until:
            await asyncio.sleep(2)
            for node in self.nodes:
                node.context.wake.set()
            due = self.disk.read(lambda tx: tx.row("SELECT min(due) FROM step"))[0] or until
            if all(node.is_idle() for node in self.nodes) and due > now:
                self.loop.leap(max(0, min(due, until) - now) / 1000)

    def _replace(self, node: Node) -> None:
        self.nodes[self.nodes.index(node)] = Node(self, len(self._graveyard))

    def compare_soon(self) -> None:
        """Let the journal be compared with the calendars at the next turn."""
        self.disk.write(lambda tx: tx.run("UPDATE step SET due = ? WHERE kind = 'reconcile'", (tx.now(),)))

    def _changed(self, remote: remotes.Remote, name: str, stands: bool) -> None:
        if remote.key == CALENDAR:
            booking = self._names.get(name) or self._booking_of(name)
            self.noted(Change(self.milliseconds(), booking, remote.key, name, stands, self.by))

    def _booking_of(self, name: str) -> str:
        row = self.disk.read(lambda tx: tx.row("SELECT booking FROM placement WHERE name = ?", (name,)))
        self._names[name] = row[0] if row else "unknown"
        return self._names[name]
