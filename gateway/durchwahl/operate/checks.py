"""Everything that `durchwahl check` looks at. Offline: files, names, references, secrets. Online: the systems too."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from durchwahl.availability.closures import closure_findings, holiday_spans
from durchwahl.booking.keys import read_keys
from durchwahl.catalogue.ingest import Ingest
from durchwahl.catalogue.offers import offers_from, service_id
from durchwahl.catalogue.snapshot import build_snapshot
from durchwahl.errors import Finding, SourceError
from durchwahl.plugin.kinds import ServiceCatalogue
from durchwahl.settings.findings import did_you_mean
from durchwahl.settings.resolved import Settings
from durchwahl.sources.discovery import Discovery
from durchwahl.sources.opening import OpenSource, Sources, open_sources
from durchwahl.sources.resolving import secret_findings

FOOTER = ("imprint", "privacy", "accessibility")


async def check(settings: Settings, discovery: Discovery, *, offline: bool) -> list[Finding]:
    """Return every finding at once, errors first, in the order of the files."""
    findings = [*settings.findings, *_plugins(discovery), *_gateway(settings), *_website(settings)]
    sources = open_sources(settings, discovery)
    try:
        findings.extend(sources.findings)
        for source in sources.open.values():
            findings.extend(secret_findings(source.resolved))
        findings.extend(_closures(settings))
        findings.extend(await _catalogue(settings, sources, offline=offline))
        if not offline:
            findings.extend(await _live(sources))
    finally:
        await sources.aclose()
    unique = list(dict.fromkeys(findings))
    return sorted(unique, key=lambda one: (one.severity != "error", one.file, one.key))


def _plugins(discovery: Discovery) -> Iterator[Finding]:
    for plugin in discovery.plugins:
        if plugin.state == "failed":
            remedy = "Mend or uninstall the plugin; `durchwahl plugins` lists all."
            yield Finding(f"plugin {plugin.name}", "", f"{plugin.reason}.", remedy)
        elif plugin.warning:
            yield Finding(f"plugin {plugin.name}", "", f"{plugin.warning}.", "Update the plugin.", "warning")


def _gateway(settings: Settings) -> Iterator[Finding]:
    file = settings.file
    try:
        if not read_keys(settings.keys.installation):
            remedy = 'Write `installation = [{ file = "…" }]` with 32 random bytes in base64: openssl rand -base64 32.'
            yield Finding(file, "keys.installation", "is empty: `serve` will not start without a key.", remedy)
    except LookupError as error:
        remedy = "Make one with: openssl rand -base64 32 (`durchwahl demo` makes its own)."
        yield Finding(file, "keys.installation", f"{error.args[0]}.", remedy, "warning")
    plugins_dir = settings.gateway.plugins_dir
    if plugins_dir is not None and not (settings.folder / plugins_dir).is_dir():
        remedy = "Make the folder, or leave the key out."
        yield Finding(file, "gateway.plugins_dir", f"{settings.folder / plugins_dir} is no folder.", remedy)
    try:
        holiday_spans(settings.gateway.holidays, [datetime.now(UTC).year], settings.zone)
    except ValueError as error:
        yield Finding(file, "gateway.holidays", f"{error}.", 'Write country and state, e.g. "DE-SN".')
    url = urlsplit(settings.gateway.public_url)
    if url.scheme == "http" and url.hostname not in ("localhost", "127.0.0.1", "::1"):
        yield Finding(
            file,
            "gateway.public_url",
            "is http: citizens' data would travel in clear.",
            "Use https.",
            "warning",
        )
    if not settings.departments:
        yield Finding(
            "departments/",
            "",
            "holds no usable department.",
            "Add a file such as departments/buergeramt.toml.",
        )


def _website(settings: Settings) -> Iterator[Finding]:
    for name in FOOTER:
        if getattr(settings.website, name) is None:
            reason = "is missing: no page can link it."
            yield Finding(settings.file, f"website.{name}", reason, "Add its address.", "warning")


def _closures(settings: Settings) -> Iterator[Finding]:
    zone, folder = settings.zone, settings.folder
    for department in settings.departments:
        yield from closure_findings(department.closures, folder, zone, department.file, "closures")
    for offer in settings.offers.values():
        place = f"offers.{offer.id.split('/')[1]}.closures"
        yield from closure_findings(offer.table.closures, folder, zone, offer.file, place)
    for source in settings.sources.values():
        for lane in source.lanes.values():
            place = f"{source.place}.lanes.{lane.name}.closures"
            yield from closure_findings(lane.table.closures, folder, zone, source.file, place)


async def _catalogue(settings: Settings, sources: Sources, *, offline: bool) -> list[Finding]:
    """Read the catalogues and see whether offers and requirements name services that exist."""
    ingest = Ingest(_without_network(sources) if offline else sources, None)
    pages = await ingest.sync()
    snapshot = build_snapshot(settings, pages.values(), offers_from(settings, sources))
    findings = list(snapshot.findings)
    failed = [source.key for source, _ in sources.of(ServiceCatalogue) if source.key not in pages]
    if failed and offline:
        findings = [one for one in findings if "no catalogue of the department knows" not in one.reason]
    for index, required in enumerate(settings.required):
        identifier = service_id(required.department, required.service)
        if identifier not in snapshot.by_id and not (failed and offline):
            known = [s.slug for s in snapshot.services if s.department == required.department]
            hint = did_you_mean(required.service, known) or "Add it to the department's catalogue."
            reason = f'no catalogue knows "{identifier}".'
            findings.append(Finding(settings.file, f"required[{index}]", reason, hint, "warning"))
    for key in failed:
        if not offline:
            source = sources.open[key]
            findings.append(_unreachable(source, source.supervisor.health.message or "could not be read", ""))
    return findings


def _without_network(sources: Sources) -> Sources:
    """Keep the sources that read files: those without any origin."""
    local = {key: one for key, one in sources.open.items() if not one.resolved.own.origins()}
    return Sources(local, sources.offers, sources.findings, sources.discovery)


async def _live(sources: Sources) -> list[Finding]:
    async def one(source: OpenSource) -> Finding | None:
        try:
            await source.supervisor.read(source.source.check)
        except SourceError as error:
            return _unreachable(source, error.message, error.detail)
        return None

    found = await asyncio.gather(*(one(source) for source in sources.open.values()))
    return [finding for finding in found if finding is not None]


def _unreachable(source: OpenSource, message: str, detail: str) -> Finding:
    place = source.resolved.config.place
    reason = message if not detail or detail == message else f"{message} ({detail})"
    remedy = f"`durchwahl try {source.key}` shows what it answers."
    return Finding(source.resolved.config.file, place, reason, remedy)
