"""The first free time of each consultation, kept for pages that show hundreds of them at once.

The table is refreshed only when somebody asks, at most every `LASTS` seconds, and by one task however many ask. Offers
that depend on the same calendars are read together and apart from all others: a calendar that hangs costs nobody's
services their times but its own.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from durchwahl.availability.earliest import Earliest, earliest
from durchwahl.availability.first_times import PENDING, Consultation, FirstTime, FirstTimes, earlier_of, known_of
from durchwahl.availability.occupation import calendars_of
from durchwahl.availability.slots import Slots
from durchwahl.catalogue.offers import Offer
from durchwahl.model.catalogue import Service
from durchwahl.store.tx import StoreUnavailable

LASTS = 15.0
PATIENCE = 1.0
"""How many seconds a page waits where there is nothing to show, or nothing younger than `LONGEST_SHOWN` seconds."""

LONGEST_SHOWN = 60.0
MOST_TABLES = 16
"""One for each combination of languages that was asked for; what was asked longest ago goes."""

logger = logging.getLogger("durchwahl.availability")


class EarliestTimes:
    """Keeps the tables. Each of `parts` knows the offers of one set of calendars."""

    def __init__(
        self,
        parts: Sequence[Slots],
        services: Callable[[], Sequence[Service]],
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._parts = parts
        self._services = services
        self._clock = clock
        self._monotonic = monotonic
        self._tables: dict[tuple[str, ...], list[_Reading]] = {}

    async def table(self, languages: tuple[str, ...] = ()) -> FirstTimes:
        """Return the first times where one of the languages is spoken or signed; without languages, of all.

        What was read is shown while it is read anew; nothing is shown that lies in the past.
        """
        services, readings = self._services(), self._readings(languages)
        running = [reading.refreshed(services) for reading in readings]
        waited_for = [
            task
            for reading, task in zip(readings, running, strict=True)
            if task is not None and not reading.can_be_shown(services)
        ]
        if waited_for:
            await asyncio.wait(waited_for, timeout=PATIENCE)
        return _together(readings, self._clock())

    async def aclose(self) -> None:
        """End all reading."""
        await _ended([reading for readings in self._tables.values() for reading in readings])

    def _readings(self, languages: tuple[str, ...]) -> "list[_Reading]":
        readings = self._tables.pop(languages, None)
        if readings is None:
            readings = [_Reading(part, languages, self._clock, self._monotonic) for part in self._parts]
        self._tables[languages] = readings
        if len(self._tables) > MOST_TABLES:
            for reading in self._tables.pop(next(iter(self._tables))):
                reading.end()
        return readings


class _Reading:
    """The first times of one part, in some languages, and the task that reads them anew."""

    def __init__(
        self,
        slots: Slots,
        languages: tuple[str, ...],
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self._slots = slots
        self._languages = languages
        self._clock = clock
        self._monotonic = monotonic
        self._consultations = {
            (service, channel)
            for offer in slots.offers.values()
            for service in offer.services
            for channel in offer.channels
        }
        self._services: Sequence[Service] | None = None
        self._read_at = 0.0
        self.task: asyncio.Task[None] | None = None
        self.known: Mapping[Consultation, FirstTime] = {}

    def refreshed(self, services: Sequence[Service]) -> asyncio.Task[None] | None:
        """Begin to read where that is due, and return the task that reads, if any."""
        if self.task is None and not (self._services is services and self._age() < LASTS):
            self.task = asyncio.create_task(self._read(services), name="first times")
        return self.task

    def can_be_shown(self, services: Sequence[Service]) -> bool:
        """Whether these services' times were read a short while ago."""
        return self._services is services and self._age() < LONGEST_SHOWN

    def end(self) -> None:
        """Stop reading."""
        if self.task is not None:
            self.task.cancel()

    def _age(self) -> float:
        return self._monotonic() - self._read_at

    async def _read(self, services: Sequence[Service]) -> None:
        own: Sequence[Service] = ()
        found = Earliest((), {}, complete=False)
        try:
            own = self._own(services)
            found = await earliest(self._slots, own, self._clock(), (), self._languages)
        except StoreUnavailable as error:
            logger.warning("no first times: %s", error)
        except Exception:
            logger.exception("a bug in the search for first times; they are shown as not known")
        finally:
            self.task = None
        self.known = known_of(own, found)
        self._services, self._read_at = services, self._monotonic()

    def _own(self, services: Sequence[Service]) -> list[Service]:
        """Return the services with the channels that these offers have, so that no other is looked for."""
        each = (
            (one, tuple(channel for channel in one.channels if (one.id, channel.type) in self._consultations))
            for one in services
        )
        return [one.model_copy(update={"channels": channels}) for one, channels in each if channels]


def by_calendars(offers: Mapping[str, Offer]) -> list[dict[str, Offer]]:
    """Return the offers that depend on the same calendars together, and apart from all others."""
    parts: dict[frozenset[str], dict[str, Offer]] = {}
    for name, offer in offers.items():
        parts.setdefault(frozenset(calendars_of(offer)), {})[name] = offer
    return list(parts.values())


def _together(readings: Iterable[_Reading], now: datetime) -> FirstTimes:
    """Return one table of all parts; a consultation that several offers have begins with the first of them."""
    known: dict[Consultation, FirstTime] = {}
    for reading in readings:
        for consultation, one in reading.known.items():
            first = PENDING if one.start is not None and one.start <= now else one
            other = known.setdefault(consultation, first)
            known[consultation] = earlier_of(first, other)
    is_settled = all(reading.task is None for reading in readings) and PENDING not in known.values()
    return FirstTimes(known, is_settled)


async def _ended(readings: Iterable[_Reading]) -> None:
    tasks = [reading.task for reading in readings if reading.task is not None]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
