"""What a source can be. One class a kind; abstract methods are the *must*, the others have defaults.

Names are deterministic, and *make sure that it exists* is what every write means: the gateway may call a write again
with the same `name` after a lost answer, and the second call finds what the first one left. `ref` is the JSON value of
the last `Placed`, None before the first write. Deletes return nothing, and "already gone" is done; their `ref` is never
None, because what has none is found first. A name is lower case and at most 60 characters long.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from durchwahl.model.booking import Appointment, FormField, Link, Placed, RemoteSlot, SlotQuery, Visitor
from durchwahl.model.catalogue import ServiceRecord
from durchwahl.model.room import DialIn, Joined, Meeting, Role
from durchwahl.model.schedule import Interval, Lane, Occupant
from durchwahl.plugin.capabilities import Capabilities


class Source(ABC):
    """One configured instance of a source type. Built without I/O, used under the gateway's deadline."""

    capabilities: Capabilities = Capabilities()
    """What is declared; a source whose abilities depend on its settings sets its own when it is built."""

    @abstractmethod
    async def check(self) -> None:
        """Do the cheapest read that proves address and credentials; raise a `SourceError` where they are wrong."""

    async def probe(self, lanes: Sequence[Lane]) -> Capabilities:
        """Return what the live system can do; the default trusts the declaration.

        Called once at start with all configured lanes; it may write, if it clears away what it wrote.
        """
        return self.capabilities

    async def aclose(self) -> None:  # noqa: B027  # most sources have nothing to let go of
        """Let go of what `build` took. The Toolbox closes its own client, pool and files."""


class ServiceCatalogue(Source):
    """Knows which services a department offers."""

    @abstractmethod
    def services(self) -> AsyncIterator[ServiceRecord]:
        """Yield every service once; an id is stable across calls. Raise `Invalid` for an unreadable catalogue."""

    def row_problems(self) -> Sequence[tuple[str, str, str]]:
        """Return what the last `services()` left out, as (place, reason, remedy), to be shown by `check`."""
        return ()


class BusyTimes(Source):
    """A read-only feed of busy times, named by an offer's `also_busy`."""

    @abstractmethod
    async def busy(self, lanes: Sequence[Lane], window: Interval) -> Mapping[str, Sequence[Interval]]:
        """Return busy spans per lane name, clipped or not to the window, in any order, overlapping or not."""


class FreeBusyCalendar(BusyTimes):
    """Knows when people are busy, not when they may be booked: CalDAV, Exchange, Graph, Google."""

    @abstractmethod
    async def occupants(self, lane: Lane, interval: Interval) -> Sequence[Occupant]:
        """Return what overlaps exactly this interval now, past every cache; ours by name, others with None."""

    @abstractmethod
    async def ensure(self, name: str, appointment: Appointment, ref: JsonValue) -> Placed:
        """Make sure that the appointment exists under `name` and looks like this; a repeat changes nothing."""

    @abstractmethod
    async def find(self, name: str, lane: Lane, ref: JsonValue) -> Placed | None:
        """Return what stands under `name` now, None where nothing does; a lost first write has no `ref`, but a lane."""

    @abstractmethod
    async def delete(self, name: str, ref: JsonValue) -> None:
        """Make sure that nothing stands under `name`."""


class AppointmentSystem(Source):
    """Knows its own free slots and takes bookings: ZMS, Cal.com, Qmatic, Graph Bookings."""

    @abstractmethod
    async def slots(self, query: SlotQuery) -> Sequence[RemoteSlot]:
        """Return the free slots in the query's window; none is an empty list, never an error."""

    @abstractmethod
    async def book(self, name: str, slot: RemoteSlot, query: SlotQuery, visitor: Visitor, ref: JsonValue) -> Placed:
        """Make sure that the slot is booked under `name`; `ref` is the hold's, None without one.

        A system that takes double bookings is read again after the write. `Rejected` leaves nothing behind.
        """

    @abstractmethod
    async def find(self, name: str, slot: RemoteSlot, query: SlotQuery, ref: JsonValue) -> Placed | None:
        """Return what stands under `name`; None where nothing does or the system cannot tell (`find: none`)."""

    @abstractmethod
    async def cancel(self, name: str, ref: JsonValue) -> None:
        """Make sure that the booking is cancelled."""

    async def hold(self, name: str, slot: RemoteSlot, query: SlotQuery) -> Placed | None:
        """Keep the slot for a citizen (`hold: native | tentative`); None: the gateway's own hold is all there is."""
        return None

    async def extend(self, name: str, ref: JsonValue) -> Placed | None:
        """Prolong the hold; None: it cannot be, and expires when it said."""
        return None

    async def release(self, name: str, ref: JsonValue) -> None:
        """Give the held slot back; the default waits for the system's own expiry."""

    async def confirm(self, name: str, ref: JsonValue) -> Placed:
        """Do the second step of a booking that has one (ZMS: after the mail link was opened)."""
        return Placed(ref=ref)

    async def reschedule(
        self, name: str, slot: RemoteSlot, query: SlotQuery, held: JsonValue, ref: JsonValue
    ) -> Placed | None:
        """Move the booking onto a slot that was held first (`held` is the hold's ref, None without one).

        None (`reschedule: rebook`) makes the gateway book the new time under a new name and cancel the old one.
        """
        return None

    async def fields(self, query: SlotQuery, language: str) -> Sequence[FormField]:
        """Return the form fields that the system wants, beside name, mail and phone."""
        return ()


class DeepLink(Source):
    """A system without an interface (TEVIS, Smart CJM): never slots, but an honest address."""

    @abstractmethod
    async def link(self, offer: str) -> Link:
        """Return where a citizen books this offer instead."""


class VideoPlatform(Source):
    """Has rooms. Citizens and clerks never see its addresses before the moment of joining."""

    @abstractmethod
    async def prepare(self, name: str, meeting: Meeting, ref: JsonValue) -> Placed:
        """Reserve what must exist ahead; platforms whose rooms die unused do nothing here (BigBlueButton: 5 min)."""

    @abstractmethod
    async def find(self, name: str, meeting: Meeting, ref: JsonValue) -> Placed | None:
        """Return what exists under `name` now, None where nothing does."""

    @abstractmethod
    async def join(self, name: str, meeting: Meeting, ref: JsonValue, role: Role, display_name: str) -> Joined:
        """Make sure that the room exists, and return this visitor's way in, minted for this moment."""

    @abstractmethod
    async def end(self, name: str, ref: JsonValue) -> None:
        """Make sure that nobody gets in by us any more; close the room itself where the platform can."""

    async def dial_in(self, name: str, meeting: Meeting, ref: JsonValue) -> Sequence[DialIn]:
        """Return numbers and PINs that lead into the room (`dial_in: true`)."""
        return ()

    async def move(self, name: str, meeting: Meeting, ref: JsonValue) -> Placed:
        """Tell the platform the new time; the default prepares again under the same name."""
        return await self.prepare(name, meeting, ref)


@dataclass(frozen=True)
class InboundRequest:
    """A call from the system to us: `path` is what follows `/in/<department>/<source>/`; the body is capped."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class InboundResponse:
    """What the system is answered."""

    status: int = 204
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    touched: tuple[str, ...] = ()
    """Names of appointments or rooms that changed on the other side and should be looked at."""


class Inbound(Source):
    """A system that calls us: webhooks, Jitsi's reservation server. Mounted at `/in/<department>/<source>/…`."""

    @abstractmethod
    def authentic(self, request: InboundRequest) -> bool:
        """Whether the request carries the declared secret; compared in constant time. False answers 404."""

    def subject(self, request: InboundRequest) -> str | None:
        """Return the deterministic name that an authentic request is about, so that the gateway can look it up."""
        return None

    @abstractmethod
    async def receive(self, request: InboundRequest, meeting: Meeting | None) -> InboundResponse:
        """Answer an authentic request; `meeting` is the living booking of its subject, None where there is none."""
