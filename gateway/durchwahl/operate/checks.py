"""Everything that `durchwahl check` looks at. Offline: files, names, references, secrets. Online: the systems too."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from durchwahl.availability.closures import closure_findings, holiday_spans
from durchwahl.errors import Finding, Refused
from durchwahl.operate.asking import Answer, ask, said_of
from durchwahl.operate.catalogue_checks import catalogue_findings, without_network
from durchwahl.operate.closure_hits import closure_hits
from durchwahl.operate.indispensable import key_findings, mail_findings, store_findings
from durchwahl.settings.resolved import Settings
from durchwahl.sources.discovery import Discovery, plugin_findings
from durchwahl.sources.opening import OpenSource, Sources, open_sources
from durchwahl.sources.resolving import secret_findings

FOOTER = ("imprint", "privacy", "accessibility")


async def check(settings: Settings, discovery: Discovery, *, offline: bool) -> list[Finding]:
    """Return every finding at once: errors first, causes before what follows from them, in the order of the files."""
    findings = [*settings.findings, *plugin_findings(discovery), *_gateway(settings), *_website(settings)]
    findings.extend(await asyncio.to_thread(lambda: [*store_findings(settings, offline=offline)]))
    sources = open_sources(settings, discovery)
    try:
        findings.extend(sources.findings)
        secrets = {key: secret_findings(source.resolved) for key, source in sources.open.items()}
        findings.extend(finding for found in secrets.values() for finding in found)
        findings.extend(_closures(settings))
        if settings.store.database is None or not offline:
            findings.extend(await closure_hits(settings, sources))
        asked = without_network(sources) if offline else sources
        told = {key for key, found in secrets.items() if found}
        failed = await _live(asked, spared=told)
        findings.extend(failed.values())
        findings.extend(await catalogue_findings(settings, sources, offline=offline, told=told | failed.keys()))
    finally:
        await sources.aclose()
    unique = list(dict.fromkeys(findings))
    return sorted(unique, key=lambda one: (one.severity != "error", one.is_consequence, one.file, one.key))


def _gateway(settings: Settings) -> Iterator[Finding]:
    file = settings.file
    yield from key_findings(settings)
    yield from mail_findings(settings)
    if settings.plugins_dir is not None and not settings.plugins_dir.is_dir():
        remedy = "Make the folder, or leave the key out."
        yield Finding(file, "gateway.plugins_dir", f"{settings.plugins_dir} is no folder.", remedy)
    if (
        taken := next((one for one in (settings.data_dir, *settings.data_dir.parents) if one.is_file()), None)
    ) is not None:
        yield Finding(file, "gateway.data_dir", f"{taken} is a file.", "Name a folder; `durchwahl migrate` makes it.")
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


async def _live(sources: Sources, *, spared: set[str]) -> dict[str, Finding]:
    """Ask the systems, or read the files; those of the `spared` keys cannot answer, and why has been said."""
    answers = await ask(source for key, source in sources.open.items() if key not in spared)
    return {
        key: _unreachable(sources.open[key], answer)
        for key, answer in answers.items()
        if answer.error is not None or answer.is_blocking
    }


def _unreachable(source: OpenSource, answer: Answer) -> Finding:
    config = source.resolved.config
    remedy = f"`durchwahl try {source.key}` shows what it answers."
    if answer.is_blocking:
        remedy = "Update the plugin, or tell its author: what waits by itself belongs into `toolbox.blocking`."
    elif isinstance(answer.error, Refused):
        remedy = f"Mend the secret, or the rights of its account; `durchwahl try {source.key}` asks again."
    return Finding(config.file, config.place, said_of(source, answer), remedy)
