"""`durchwahl export`."""

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path

import click

from durchwahl.catalogue.exports import services_csv, services_jsonld
from durchwahl.catalogue.ingest import Ingest
from durchwahl.catalogue.offers import offers_from
from durchwahl.catalogue.snapshot import Snapshot, build_snapshot
from durchwahl.operate.cli import config_option
from durchwahl.operate.loading import load_all
from durchwahl.operate.printing import counted, progress
from durchwahl.settings.resolved import Settings
from durchwahl.sources.discovery import Discovery
from durchwahl.sources.opening import open_sources

FORMATS: dict[str, Callable[[Settings, Snapshot], bytes]] = {
    "services.csv": lambda _, snapshot: services_csv(snapshot),
    "services.jsonld": lambda settings, snapshot: json.dumps(
        services_jsonld(settings, snapshot, "de"), ensure_ascii=False, indent=2
    ).encode(),
}


@click.command("export")
@click.argument("what", type=click.Choice(list(FORMATS)))
@config_option
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="A file; else standard output.")
def export_command(what: str, config: Path, output: Path | None) -> None:
    """Write the catalogue in the format of others; services.csv can be read back as a sheet."""
    settings, discovery = load_all(config)
    with progress("Reading the catalogues"):
        snapshot = asyncio.run(_snapshot(settings, discovery))
    body = FORMATS[what](settings, snapshot)
    if output is None:
        sys.stdout.buffer.write(body)
    else:
        output.write_bytes(body)
        click.echo(f"{counted(len(snapshot.services), 'service')} written to {output}")


async def _snapshot(settings: Settings, discovery: Discovery) -> Snapshot:
    sources = open_sources(settings, discovery)
    try:
        pages = await Ingest(sources, None).sync()
        return build_snapshot(settings, pages.values(), offers_from(settings, sources))
    finally:
        await sources.aclose()
