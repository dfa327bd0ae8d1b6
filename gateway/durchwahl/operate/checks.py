"""Everything that `durchwahl check` looks at. Offline: files, names, references, secrets. Online: the systems too."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from durchwahl.availability.closures import closure_findings, holiday_spans
from durchwahl.booking.keys import read_keys
from durchwahl.errors import Finding, Refused, SourceError
from durchwahl.operate.catalogue_checks import catalogue_findings, without_network
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
        secrets = {key: secret_findings(source.resolved) for key, source in sources.open.items()}
        findings.extend(finding for found in secrets.values() for finding in found)
        findings.extend(_closures(settings))
        asked = without_network(sources) if offline else sources
        findings.extend(await _live(asked, spared={key for key, found in secrets.items() if found}))
        findings.extend(await catalogue_findings(settings, sources, offline=offline))
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
    yield from _keys(settings)
    if settings.plugins_dir is not None and not settings.plugins_dir.is_dir():
        remedy = "Make the folder, or leave the key out."
        yield Finding(file, "gateway.plugins_dir", f"{settings.plugins_dir} is no folder.", remedy)
    try:
        holiday_spans(settings.gateway.holidays, [datetime.now(UTC).year], settings.zone)
    except ValueError as error:
        yield Finding(file, "gateway.holidays", f"{error}.", 'Write country and state, e.g. "DE-SN".')
    url = urlsplit(settings.gateway.public_url)
    if url.scheme == "http" and url.hostname not in ("localhost", "127.0.0.1", "::1"):
        reason = "is http: citizens' data would travel in clear."
        yield Finding(file, "gateway.public_url", reason, "Use https.", "warning")
    if not settings.departments:
        remedy = "Add a file such as departments/buergeramt.toml."
        yield Finding("departments/", "", "holds no usable department.", remedy)


def _keys(settings: Settings) -> Iterator[Finding]:
    try:
        if not read_keys(settings.keys.installation):
            remedy = 'Write `installation = [{ file = "…" }]` with 32 random bytes in base64: openssl rand -base64 32.'
            reason = "is empty: `serve` will not start without a key."
            yield Finding(settings.file, "keys.installation", reason, remedy)
    except LookupError as error:
        remedy = "Make one with: openssl rand -base64 32 (`durchwahl demo` makes its own)."
        yield Finding(settings.file, "keys.installation", f"{error.args[0]}.", remedy, "warning")


def _website(settings: Settings) -> Iterator[Finding]:
    for name in FOOTER:
        if getattr(settings.website, name) is None:
            reason = "is missing: no page can link it."
            yield Finding(settings.file, f"website.{name}", reason, "Add its address.", "warning")


def _closures(settings: Settings) -> Iterator[Finding]:
    zone, folder = settings.zone, settings.folder
    for department in settings.departments:
        yield from closure_findings(department.closures, folder, zone, department.file, "closures")
    for offer in (*settings.offers.values(), *settings.left_out.values()):
        place = f"offers.{offer.id.split('/')[1]}.closures"
        yield from closure_findings(offer.table.closures, folder, zone, offer.file, place)
    for source in settings.sources.values():
        for lane in source.lanes.values():
            place = f"{source.place}.lanes.{lane.name}.closures"
            yield from closure_findings(lane.table.closures, folder, zone, source.file, place)


async def _live(sources: Sources, *, spared: set[str]) -> list[Finding]:
    """Ask the systems, or read the files; those of the `spared` keys cannot answer, and why has been said."""

    async def one(source: OpenSource) -> Finding | None:
        try:
            await source.supervisor.read(source.source.check)
        except SourceError as error:
            return _unreachable(source, error)
        return None

    found = await asyncio.gather(*(one(source) for key, source in sources.open.items() if key not in spared))
    return [finding for finding in found if finding is not None]


def _unreachable(source: OpenSource, error: SourceError) -> Finding:
    config = source.resolved.config
    reason = error.message if error.detail == error.message else f"{error.message} ({error.detail})"
    remedy = f"`durchwahl try {source.key}` shows what it answers."
    if isinstance(error, Refused):
        remedy = f"Mend the secret, or the rights of its account; `durchwahl try {source.key}` asks again."
    return Finding(config.file, config.place, reason, remedy)
