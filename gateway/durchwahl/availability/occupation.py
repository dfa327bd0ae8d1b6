"""Who is busy when: the back ends' busy times and our own places in their calendars, per lane."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from durchwahl.availability.busy import BusyCache, SourceState
from durchwahl.availability.hours import Span
from durchwahl.catalogue.offers import Offer
from durchwahl.plugin.kinds import BusyTimes
from durchwahl.settings.resolved import Settings
from durchwahl.sources.opening import Sources
from durchwahl.store import places
from durchwahl.store.tx import Store


@dataclass(frozen=True)
class Occupation:
    """Busy spans per source and lane; `states` says how much each source's are worth."""

    spans: Mapping[str, Mapping[str, list[Span]]]
    states: Mapping[str, SourceState]

    def of(self, offer: Offer) -> dict[str, list[Span]]:
        """Return the offer's busy spans per lane; its `also_busy` calendars block every lane."""
        own = self.spans.get(offer.calendar, {})
        blocked = [
            span
            for key in offer.table.also_busy
            for spans in self.spans.get(also_busy_key(offer, key), {}).values()
            for span in spans
        ]
        return {name: [*own.get(name, ()), *blocked] for name in offer.lanes}

    def usable(self, offer: Offer) -> bool:
        """Whether every calendar that the offer depends on is known well enough."""
        return all(self.states[key].state != "unavailable" for key in calendars_of(offer))


def also_busy_key(offer: Offer, name: str) -> str:
    """Return the key of a further calendar."""
    return name if "/" in name else f"{offer.department}/{name}"


def calendars_of(offer: Offer) -> tuple[str, ...]:
    """Return the keys of all calendars that an offer depends on."""
    return (offer.calendar, *(also_busy_key(offer, name) for name in offer.table.also_busy))


class Occupations:
    """Asks each source once for all offers of a question."""

    def __init__(self, settings: Settings, sources: Sources, store: Store) -> None:
        self._sources = sources
        self._store = store
        self._caches: dict[str, BusyCache] = {}
        for source, calendar in sources.of(BusyTimes):
            if source.capabilities.records == "back_end":
                self._caches[source.key] = BusyCache(
                    source,
                    calendar,
                    lifetime=settings.gateway.busy_lifetime.total_seconds(),
                    stale_lifetime=settings.gateway.stale_lifetime.total_seconds(),
                )

    async def between(self, offers: Iterable[Offer], first: int, last: int) -> Occupation:
        """Return who is busy in the units from `first` up to and not including `last`."""
        keys = sorted({key for offer in offers for key in calendars_of(offer)})
        answers = await asyncio.gather(*(self._one(key, first, last) for key in keys))
        spans = {
            key: {lane: list(busy) for lane, busy in lanes.items()}
            for key, (lanes, _) in zip(keys, answers, strict=True)
        }
        # As short as a single place, it is a look at the index: no thread need be woken for it.
        ask = self._store.look if last - first <= places.LONGEST_PLACE else self._store.read
        for source, lane, low, high in await ask(places.occupied, keys, first, last):
            spans[source].setdefault(lane, []).append((low, high))
        return Occupation(spans, {key: state for key, (_, state) in zip(keys, answers, strict=True)})

    def forget(self, key: str) -> None:
        """Ask the source anew at the next question."""
        if (cache := self._caches.get(key)) is not None:
            cache.forget()

    async def aclose(self) -> None:
        """End all fetches."""
        for cache in self._caches.values():
            await cache.aclose()

    async def _one(self, key: str, first: int, last: int) -> tuple[Mapping[str, list[Span]], SourceState]:
        cache = self._caches.get(key)
        if cache is not None:
            answer = await cache.get(first, last)
            return answer.lanes, answer.state
        if self._sources.get(key) is None:
            return {}, SourceState(key, "unavailable", None)
        return {}, SourceState(key, "ok", datetime.now(UTC))
