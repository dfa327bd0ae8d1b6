"""Resolved sources -> open ones. Building a source is cheap and does no I/O; one that cannot be built costs itself."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx

from durchwahl.errors import DurchwahlError, Finding, SourceError
from durchwahl.model.schedule import Lane
from durchwahl.plugin.capabilities import Capabilities
from durchwahl.plugin.kinds import BusyTimes, FreeBusyCalendar, Source
from durchwahl.plugin.settings import SecretMissing
from durchwahl.plugin.toolbox import Toolbox
from durchwahl.settings.resolved import Settings
from durchwahl.sources.discovery import CLASSES, Discovery, plugin_findings
from durchwahl.sources.foreign import Interrupted, foreign_code, place_of
from durchwahl.sources.references import SoundOffer, sound_offers
from durchwahl.sources.resolving import ResolvedSource, resolve
from durchwahl.sources.supervision import Supervisor
from durchwahl.sources.toolbox import close_toolbox, open_toolbox

S = TypeVar("S", bound=Source)

logger = logging.getLogger("durchwahl.sources")


class WrongShape(DurchwahlError, TypeError):
    """A plugin built something else than it promised; the text says what."""


@dataclass
class OpenSource:
    """A source in use: the plugin's object, its supervisor, and what it can do as far as is known."""

    resolved: ResolvedSource
    source: Source
    supervisor: Supervisor
    toolbox: Toolbox
    capabilities: Capabilities

    @property
    def key(self) -> str:
        """`department/name`."""
        return self.resolved.key

    @property
    def lanes(self) -> Mapping[str, Lane]:
        """The lanes by name."""
        return self.resolved.lanes

    @property
    def rooms(self) -> Mapping[str, Any]:
        """Room settings by `department/source/lane`."""
        return self.resolved.rooms


@dataclass
class Sources:
    """All open sources, the offers that they can serve, and what was left out."""

    open: dict[str, OpenSource] = field(default_factory=dict)
    offers: dict[str, SoundOffer] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    discovery: Discovery = field(default_factory=lambda: Discovery(()))

    def get(self, key: str) -> OpenSource | None:
        """Return the open source, None where it is left out."""
        return self.open.get(key)

    def of(self, kind: type[S]) -> Iterator[tuple[OpenSource, S]]:
        """Yield the sources that have a capability, with the object typed."""
        for source in self.open.values():
            if isinstance(source.source, kind):
                yield source, source.source

    async def aclose(self) -> None:
        """Close all; one that fails to close does not keep the others open."""
        for source in self.open.values():
            await _close(source)
            await close_toolbox(source.toolbox)


async def _close(source: OpenSource) -> None:
    try:
        await source.supervisor.answer(source.source.aclose)
    except SourceError as error:
        logger.warning("source %s could not be closed: %s", source.key, error.detail)


def open_sources(
    settings: Settings, discovery: Discovery, *, transport: httpx.AsyncBaseTransport | None = None
) -> Sources:
    """Build all sources that the settings switch on, and log everything that is left out, each thing once.

    `transport` replaces the wire in tests.
    """
    resolved, findings = resolve(settings, discovery)
    offers, offer_findings = sound_offers(settings, resolved)
    sources = Sources(discovery=discovery, offers=offers, findings=[*findings, *offer_findings])
    for one in resolved.values():
        try:
            sources.open[one.key] = open_source(one, settings, transport=transport)
        except Interrupted:
            raise
        except BaseException as error:  # noqa: BLE001  # isolation: reported as a finding, with the plugin named
            sources.findings.append(_unopened(one, error))
    sources.findings.extend(_leave_out_what_cannot_be_booked(sources))
    said = dict.fromkeys([*settings.findings, *plugin_findings(discovery), *sources.findings])
    for finding in said:
        logger.warning("%s", finding)
    return sources


def _unopened(source: ResolvedSource, error: BaseException) -> Finding:
    file, place = source.config.file, source.config.place
    if isinstance(error, SourceError):
        detail = "" if error.detail == error.message else f" ({error.detail})"
        return Finding(file, place, f"could not be opened: {error.message}{detail}", "Correct what it names.")
    if isinstance(error, DurchwahlError | SecretMissing) and error.args:
        return Finding(file, place, f"could not be opened: {error.args[0]}.", "Correct what it names.")
    said = place_of(error)  # never its text, which may hold a secret; that of Python itself holds none
    if isinstance(error, TypeError) and "abstract" in str(error):
        said = str(error)
    reason = f"could not be opened: plugin {source.offered.plugin}: {said}."
    return Finding(file, place, reason, "Update the plugin, or tell its author.")


def _leave_out_what_cannot_be_booked(sources: Sources) -> Iterator[Finding]:
    """Drop the offers whose calendar keeps no appointments for us: their every hour would look free."""
    for key, offer in list(sources.offers.items()):
        place = f"offers.{key.split('/')[1]}"
        calendar = sources.get(offer.config.calendar)
        if calendar is not None and not isinstance(calendar.source, FreeBusyCalendar):
            reason = f'"{calendar.key}" (type "{calendar.resolved.config.table.type}") keeps no appointments.'
            yield Finding(offer.config.file, f"{place}.calendar", reason, "Name a calendar that can be written to.")
            del sources.offers[key]
            continue
        for index, name in enumerate(offer.config.also_busy):
            further = sources.get(name)
            if further is not None and not isinstance(further.source, BusyTimes):
                reason = f'"{name}" (type "{further.resolved.config.table.type}") does not say when it is busy.'
                yield Finding(offer.config.file, f"{place}.also_busy[{index}]", reason, "Leave it out.")
                sources.offers.pop(key, None)


def open_source(
    resolved: ResolvedSource, settings: Settings, *, transport: httpx.AsyncBaseTransport | None = None
) -> OpenSource:
    """Build one source.

    Raises:
        Exception: whatever its plugin's `build` raises.
    """
    toolbox = _toolbox(resolved, settings, transport)
    with foreign_code(f"opening {resolved.key} by plugin {resolved.offered.plugin}"):
        source: Any = resolved.offered.type.build(resolved.own, toolbox)
        capabilities = source.capabilities if isinstance(source, Source) else None
    wanted = tuple(cls for kind in resolved.offered.kinds for cls in CLASSES[kind])
    if not isinstance(source, wanted):
        raise WrongShape(f"its plugin built a {type(source).__name__}, which is none of what its hooks promise")
    if not isinstance(capabilities, Capabilities):
        raise WrongShape(f"its capabilities are a {type(capabilities).__name__} instead of Capabilities")
    supervisor = Supervisor(
        resolved.key,
        plugin=resolved.offered.plugin,
        place=f"{resolved.config.file}: {resolved.config.place}",
        deadline=toolbox.deadline,
        is_live=resolved.config.table.mode == "live",
    )
    return OpenSource(resolved, source, supervisor, toolbox, capabilities)


def _toolbox(resolved: ResolvedSource, settings: Settings, transport: httpx.AsyncBaseTransport | None) -> Toolbox:
    table, folder = resolved.config.table, settings.folder
    return open_toolbox(
        source=resolved.key,
        zone=settings.gateway.timezone,
        folder=folder,
        origins=resolved.own.origins(),
        deadline=table.deadline.total_seconds(),
        proxy=table.proxy,
        ca_file=folder / table.ca_file if table.ca_file else None,
        client_cert=folder / table.client_cert if table.client_cert else None,
        clock=lambda: datetime.now(UTC),
        inner=transport,
    )
