"""All parts of a running gateway, put together in the order in which the work flows."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime

import httpx

from durchwahl.availability.calendar import OpeningTimes
from durchwahl.availability.earliest_times import EarliestTimes, by_calendars
from durchwahl.availability.occupation import Occupations
from durchwahl.availability.slot_token import SlotSealer
from durchwahl.availability.slots import Slots
from durchwahl.booking.bookings import Bookings
from durchwahl.booking.context import Context
from durchwahl.booking.correspondence import Correspondence
from durchwahl.booking.holds import Holds
from durchwahl.booking.keys import KeyRing, read_keys
from durchwahl.booking.retention import Retention
from durchwahl.booking.steps import Steps
from durchwahl.booking.worker import Worker
from durchwahl.catalogue.documents import Documents
from durchwahl.catalogue.ingest import Ingest
from durchwahl.catalogue.offers import offers_from
from durchwahl.catalogue.snapshot import Snapshot, build_snapshot, ready_snapshot
from durchwahl.errors import ConfigError
from durchwahl.notify.outgoing import Maildir, Outgoing
from durchwahl.notify.smtp import Smtp
from durchwahl.rooms.talks import Talks
from durchwahl.settings.resolved import Settings
from durchwahl.sources.discovery import Discovery, discover
from durchwahl.sources.opening import Sources, open_sources
from durchwahl.sources.probing import probe_all
from durchwahl.store.opening import open_journal
from durchwahl.store.tx import Store

START_PATIENCE = 3.0
"""How many seconds a start waits for catalogues; whatever answers later comes in behind."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds until work that a bug has ended begins again."""

logger = logging.getLogger("durchwahl")


def utc_now() -> datetime:
    """Return the time, aware."""
    return datetime.now(UTC)


class Gateway:
    """Everything that serving needs. Build it, `start` it, `stop` it; nothing is kept in modules."""

    def __init__(
        self,
        settings: Settings,
        *,
        store: Store | None = None,
        discovery: Discovery | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        outgoing: Outgoing | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.began = clock()
        self.discovery = discovery or discover(settings.plugins_dir)
        self.sources: Sources = open_sources(settings, self.discovery, transport=transport)
        self.offers = offers_from(settings, self.sources)
        self.store = store or open_journal(settings)
        self.ingest = Ingest(self.sources, self.store)
        self.snapshot: Snapshot = build_snapshot(settings, (), self.offers)
        self.documents = Documents()
        self.occupations = Occupations(settings, self.sources, self.store)
        opening_times = OpeningTimes(zone=settings.zone, folder=settings.folder, holidays=settings.gateway.holidays)
        self.slots = Slots(self.offers, self.occupations, opening_times, settings.zone, clock)
        parts = [
            Slots(part, self.occupations, opening_times, settings.zone, clock) for part in by_calendars(self.offers)
        ]
        self.earliest_times = EarliestTimes(parts, lambda: self.snapshot.services, clock)
        keys = read_keys(settings.keys.installation)
        self.sealer = SlotSealer(keys)
        self.context = Context(
            settings=settings,
            sources=self.sources,
            offers=self.offers,
            store=self.store,
            slots=self.slots,
            occupations=self.occupations,
            sealer=self.sealer,
            keys=KeyRing(keys),
            outgoing=outgoing or outgoing_from(settings),
            snapshot=lambda: self.snapshot,
            clock=clock,
        )
        self.steps = Steps(self.context, Correspondence(self.context))
        self.holds = Holds(self.context)
        self.bookings = Bookings(self.context, self.steps)
        self.worker = Worker(self.context, self.steps)
        self.retention = Retention(self.context)
        self.talks = Talks(self.context)
        self._replacing = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Read the catalogues once, then begin the work that goes on behind.

        A catalogue that hangs keeps nobody out: after `START_PATIENCE` its records are those of the last reading.
        """
        first = asyncio.create_task(self.sync(), name="first sync")
        await asyncio.wait({first}, timeout=START_PATIENCE)
        if first.done():
            await first
        else:
            await self.ingest.so_far()
            await self._replace()
        self._tasks = [
            asyncio.create_task(kept_running("outbox", self.worker.run), name="outbox"),
            asyncio.create_task(kept_running("retention", self.retention.run), name="retention"),
            asyncio.create_task(self._sync_for_ever(first), name="sync"),
            asyncio.create_task(kept_running("probe", lambda: probe_all(self.sources)), name="probe"),
            asyncio.create_task(kept_running("rooms", self.talks.sweep), name="rooms"),
        ]

    async def stop(self) -> None:
        """End what goes on behind, finish what was begun, close everything."""
        self.talks.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(TimeoutError):
            async with asyncio.timeout(10):
                await asyncio.gather(self.worker.drain(), self.steps.drain())
        await self.earliest_times.aclose()
        await self.occupations.aclose()
        await self.sources.aclose()
        await self.store.aclose()

    async def recall(self) -> None:
        """Take the catalogues as they were last read: for whoever works on the journal and does not serve."""
        pages = await self.ingest.so_far()
        self.snapshot = build_snapshot(self.settings, tuple(pages.values()), self.offers)

    async def sync(self) -> Snapshot:
        """Read all catalogues and replace the snapshot in one go."""
        await self.ingest.sync()
        await self._replace()
        return self.snapshot

    async def _replace(self) -> None:
        # Beside the loop: the words of a large catalogue take a quarter of a second, in which nobody would be answered.
        # One after the other, each of the pages as they are then: else what was read earlier could come in later.
        async with self._replacing:
            pages = tuple(self.ingest.pages.values())
            fresh = await asyncio.to_thread(ready_snapshot, self.settings, pages, self.offers)
            if fresh.id != self.snapshot.id or fresh.stale != self.snapshot.stale:
                self.snapshot, self.documents = fresh, Documents()

    async def _sync_for_ever(self, first: asyncio.Task[Snapshot]) -> None:
        syncing = first
        while True:
            try:
                await syncing
            except Exception:
                logger.exception("the catalogues could not be synchronised; the last snapshot stays")
            await asyncio.sleep(self.settings.gateway.sync_interval.total_seconds())
            syncing = asyncio.create_task(self.sync(), name="sync")


async def kept_running(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do the work, and begin again where a bug has ended it: nobody else would notice that it stands still."""
    pause = FIRST_PAUSE
    while True:
        try:
            return await work()
        except Exception:
            logger.exception("a bug has ended the work of the %s; it begins again in %g s", name, pause)
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def outgoing_from(settings: Settings) -> Outgoing:
    """Return the way out for mails that the config names.

    Raises:
        ConfigError: it names none that can be used; mails must not pile up where nobody looks.
    """
    if settings.indispensable:
        raise ConfigError(settings.indispensable)
    mail = settings.mail
    if mail.kind == "maildir":
        return Maildir(settings.data_dir / mail.path)
    return Smtp(
        host=mail.host,
        port=mail.port,
        security=mail.security,
        username=mail.username,
        password=mail.password.reveal() if mail.password else None,
    )
