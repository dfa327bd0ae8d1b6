"""Reads the catalogues. A source that fails keeps its last good records, also over a restart."""

import asyncio
import json
import logging
import zlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pydantic import TypeAdapter, ValidationError

from durchwahl.errors import Finding, Invalid, SourceError
from durchwahl.model.catalogue import ServiceRecord
from durchwahl.plugin.kinds import ServiceCatalogue
from durchwahl.sources.foreign import without_words
from durchwahl.sources.opening import OpenSource, Sources
from durchwahl.store import pages
from durchwahl.store.tx import Store, StoreUnavailable

MOST_RECORDS = 50_000
_RECORDS = TypeAdapter(tuple[ServiceRecord, ...])

logger = logging.getLogger("durchwahl.catalogue")


@dataclass(frozen=True)
class SourcePage:
    """A catalogue's records, and when they were read; `stale` where the latest reading failed."""

    source: str
    records: tuple[ServiceRecord, ...]
    as_of: datetime
    stale: bool = False
    reason: str | None = None
    findings: tuple[Finding, ...] = ()


class Ingest:
    """Keeps one page per catalogue source. A page is there as soon as its source has answered."""

    def __init__(self, sources: Sources, store: Store | None) -> None:
        self._sources = sources
        self._store = store
        self.pages: dict[str, SourcePage] = {}

    async def sync(self) -> dict[str, SourcePage]:
        """Read all catalogues at once and return their pages; one that fails changes nothing for the others."""
        await asyncio.gather(*(self._refresh(source, catalogue) for source, catalogue in self._catalogues()))
        return self.pages

    async def so_far(self) -> dict[str, SourcePage]:
        """Return the pages that are there; for a catalogue that has not answered yet, the one kept from before."""
        for source, _ in self._catalogues():
            if source.key not in self.pages and (kept := await self._kept(source.key)) is not None:
                reason = "The catalogue has not answered yet."
                self.pages.setdefault(source.key, replace(kept, stale=True, reason=reason))
        return self.pages

    def _catalogues(self) -> list[tuple[OpenSource, ServiceCatalogue]]:
        return [
            (source, catalogue)
            for source, catalogue in self._sources.of(ServiceCatalogue)
            if source.resolved.config.table.mode != "shadow"
        ]

    async def _refresh(self, source: OpenSource, catalogue: ServiceCatalogue) -> None:
        page = await self._page(source, catalogue)
        if page is not None:
            self.pages[source.key] = page

    async def _page(self, source: OpenSource, catalogue: ServiceCatalogue) -> SourcePage | None:
        try:
            records = await source.supervisor.read(lambda: _all_records(catalogue))
        except SourceError as error:
            return await self._last_good(source.key, error)
        page = SourcePage(source.key, records, datetime.now(UTC), findings=row_findings(source, catalogue))
        if self._store is not None:
            body = zlib.compress(_RECORDS.dump_json(records))
            try:
                await self._store.write(pages.put_page, source.key, int(page.as_of.timestamp() * 1000), body)
            except StoreUnavailable as error:
                logger.warning("the records of %s are used, but cannot be kept: %s", source.key, error)
        return page

    async def _last_good(self, key: str, error: SourceError) -> SourcePage | None:
        earlier = self.pages.get(key)
        if earlier is None and self._store is not None:
            earlier = await self._kept(key)
        if earlier is None:
            return None
        return SourcePage(key, earlier.records, earlier.as_of, stale=True, reason=error.message)

    async def _kept(self, key: str) -> SourcePage | None:
        if self._store is None:
            return None
        try:
            kept = await self._store.read(pages.page, key)
            if kept is None:
                return None
            records = _RECORDS.validate_python(json.loads(zlib.decompress(kept[1])))
        except (ValidationError, ValueError, zlib.error):
            logger.warning("the kept records of %s are of another version and cannot be used", key)
            return None
        except StoreUnavailable as error:
            logger.warning("the kept records of %s cannot be read: %s", key, error)
            return None
        return SourcePage(key, records, datetime.fromtimestamp(kept[0] / 1000, UTC))


async def _all_records(catalogue: ServiceCatalogue) -> tuple[ServiceRecord, ...]:
    records: dict[str, ServiceRecord] = {}
    async for record in catalogue.services():
        if not isinstance(record, ServiceRecord):
            raise TypeError(f"services() gave a {type(record).__name__} instead of a ServiceRecord")
        records.setdefault(record.id, record)
        if len(records) > MOST_RECORDS:
            raise Invalid(f"The catalogue has more than {MOST_RECORDS} services.")
    return tuple(records.values())


def row_findings(source: OpenSource, catalogue: ServiceCatalogue) -> tuple[Finding, ...]:
    """Return what the source's last reading left out, as findings in its own file."""
    config = source.resolved.config
    file = str(getattr(source.resolved.own, "path", None) or config.file)
    try:
        problems = [(str(place), str(reason), str(remedy)) for place, reason, remedy in catalogue.row_problems()]
    except BaseException as error:  # isolation: even SystemExit costs the plugin alone
        plugin = source.resolved.offered.plugin
        info = without_words(error)
        logger.error("plugin %s failed to say what it left out of %s", plugin, source.key, exc_info=info)  # noqa: TRY400  # without its text
        reason = f"cannot be read: plugin {plugin}: {type(error).__name__}."
        return (Finding(config.file, config.place, f"What was left out of it {reason}", "Tell the plugin's author."),)
    return tuple(Finding(file, place.removeprefix(f"{file}: "), reason, remedy) for place, reason, remedy in problems)
