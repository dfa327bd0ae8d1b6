"""`durchwahl try` and `durchwahl sync`."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from durchwahl.catalogue.ingest import Ingest
from durchwahl.errors import Finding, Refused, SourceError
from durchwahl.operate.asking import Answer, ask, said_of
from durchwahl.operate.cli import config_option, json_option
from durchwahl.operate.loading import load_all
from durchwahl.operate.one_read import one_read
from durchwahl.operate.printing import print_json, print_table, progress
from durchwahl.plugin.kinds import ServiceCatalogue
from durchwahl.settings.findings import did_you_mean
from durchwahl.settings.resolved import Settings, SourceConfig
from durchwahl.sources.discovery import Discovery
from durchwahl.sources.opening import OpenSource, open_sources
from durchwahl.store.opening import open_journal


@click.command("try")
@click.argument("source")
@config_option
@click.option("--days", type=click.IntRange(1, 62), default=7, show_default=True, help="A calendar's window.")
@json_option
def try_command(source: str, config: Path, days: int, *, as_json: bool) -> None:
    """Show what one read of SOURCE (department/name) returned and how it was mapped; changes nothing."""
    settings, discovery = load_all(config)
    with progress(f"Reading {source}"):
        items = asyncio.run(_try(settings, discovery, source, days))
    if as_json:
        print_json(items)
    elif not items:
        click.echo(f"{source} answers, and returned nothing.")
    else:
        print_table(source, list(items[0]), [list(item.values()) for item in items])


@click.command("sync")
@config_option
@json_option
def sync_command(config: Path, *, as_json: bool) -> None:
    """Read all catalogues once and keep what they say; a failing one keeps its last good records."""
    settings, discovery = load_all(config)
    with progress("Reading the catalogues"):
        items = asyncio.run(_sync(settings, discovery))
    if as_json:
        print_json(items)
    else:
        columns = ("source", "services", "read at", "state", "left out", "why stale")
        rows = [(i["source"], i["services"], i["as_of"], i["state"], i["left_out"], i["reason"]) for i in items]
        print_table("Catalogues", columns, rows)


async def _try(settings: Settings, discovery: Discovery, key: str, days: int) -> list[dict[str, Any]]:
    sources = open_sources(settings, discovery)
    try:
        source = sources.get(key)
        if source is None:
            raise click.ClickException(_why_missing(settings, sources.findings, key))
        answer = (await ask([source]))[key]
        if answer.error is not None or answer.is_blocking:
            raise click.ClickException(f"{key}: {said_by(source, answer, with_words=True)}")
        return await one_read(settings, source, days)
    except SourceError as error:
        raise click.ClickException(f"{key}: {said_by(sources.open[key], Answer(error), with_words=True)}") from error
    finally:
        await sources.aclose()


def _why_missing(settings: Settings, findings: Sequence[Finding], key: str) -> str:
    if key not in settings.sources:
        return f'There is no source "{key}". {did_you_mean(key, settings.sources)}'.strip()
    config = settings.sources[key]
    why = next((str(one) for one in findings if concerns(one, config)), "It is switched off.")
    return f"{key} cannot be opened. {why}"


def concerns(finding: Finding, config: SourceConfig) -> bool:
    """Whether the finding is about this source's table; another file may have one of the same name."""
    return finding.file == config.file and f"{finding.key}.".startswith(f"{config.place}.")


def said_by(source: OpenSource, answer: Answer, *, with_words: bool = False) -> str:
    """Return what a source that failed says, with the remedy where only the operator has one."""
    config = source.resolved.config
    is_refused = isinstance(answer.error, Refused)
    remedy = f" Mend the credentials at {config.file}: {config.place}." if is_refused else ""
    return f"{said_of(source, answer, with_words=with_words)}{remedy}"


async def _sync(settings: Settings, discovery: Discovery) -> list[dict[str, Any]]:
    store = open_journal(settings)
    sources = open_sources(settings, discovery)
    try:
        pages = await Ingest(sources, store).sync()
        return [
            {
                "source": source.key,
                "services": len(page.records) if (page := pages.get(source.key)) else 0,
                "as_of": page.as_of.isoformat(timespec="seconds") if page else None,
                "state": "unavailable" if page is None else "stale" if page.stale else "ok",
                "left_out": len(page.findings) if page else 0,
                "reason": page.reason if page else source.supervisor.health.message,
            }
            for source, _ in sources.of(ServiceCatalogue)
        ]
    finally:
        await sources.aclose()
        await store.aclose()
