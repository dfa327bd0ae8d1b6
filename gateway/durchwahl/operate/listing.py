"""`durchwahl plugins` and `sources`."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from durchwahl.errors import ConfigError, Finding, Refused
from durchwahl.operate.asking import Answer, ask
from durchwahl.operate.cli import config_option, json_option
from durchwahl.operate.loading import discover_for, load_all
from durchwahl.operate.printing import print_json, print_table, progress
from durchwahl.operate.trying import concerns, said_by
from durchwahl.settings.load import load
from durchwahl.settings.resolved import Settings, SourceConfig
from durchwahl.sources.discovery import Discovery, PluginReport, discover
from durchwahl.sources.opening import OpenSource, open_sources


@click.command("plugins")
@config_option
@json_option
def plugins_command(config: Path, *, as_json: bool) -> None:
    """List the plugins with version, API version and source types; the failed ones with their reason."""
    try:
        discovery = discover_for(load(config))
    except ConfigError:
        discovery = discover()  # a gateway that is not configured yet still has plugins
    if as_json:
        print_json([_plugin(one) for one in discovery.plugins])
        return
    rows = [(one.name, one.version, one.api_version, one.state, _types(one) or one.reason) for one in discovery.plugins]
    print_table("Plugins", ("name", "version", "API", "state", "source types, or why it failed"), rows)


@click.command("sources")
@config_option
@click.option("--offline", is_flag=True, help="Only list them; ask none.")
@json_option
def sources_command(config: Path, *, offline: bool, as_json: bool) -> None:
    """List the configured sources, and whether they answer."""
    settings, discovery = load_all(config)
    with progress("Asking the sources"):
        items = asyncio.run(_sources(settings, discovery, offline=offline))
    if as_json:
        print_json(items)
        return
    columns = ("source", "type", "mode", "state", "lanes", "what it says")
    rows = [(i["source"], i["type"], i["mode"], i["state"], i["lanes"], i["message"]) for i in items]
    print_table("Sources", columns, rows)


async def _sources(settings: Settings, discovery: Discovery, *, offline: bool) -> list[dict[str, Any]]:
    sources = open_sources(settings, discovery)
    try:
        asked = {} if offline else await ask(sources.open.values())
        states = {key: _state(source, asked.get(key)) for key, source in sources.open.items()}
        return [_source(config, states.get(key), sources.findings) for key, config in settings.sources.items()]
    finally:
        await sources.aclose()


def _state(source: OpenSource, answer: Answer | None) -> tuple[str, str | None]:
    if answer is None:
        return "not asked", None
    if answer.error is None and not answer.is_blocking:
        return "ok", None
    return "refused" if isinstance(answer.error, Refused) else "unavailable", said_by(source, answer)


def _source(config: SourceConfig, answer: tuple[str, str | None] | None, findings: Sequence[Finding]) -> dict[str, Any]:
    left_out = "switched off" if not config.table.enabled else "left out"
    why = next((str(one) for one in findings if concerns(one, config)), None)
    state, message = answer or (left_out, why)
    return {
        "source": config.key, "type": config.table.type, "mode": config.table.mode, "state": state,
        "lanes": list(config.lanes), "message": message,
    }  # fmt: skip


def _plugin(one: PluginReport) -> dict[str, Any]:
    return {
        "name": one.name,
        "version": one.version,
        "api_version": one.api_version,
        "state": one.state,
        "reason": one.reason or one.warning,
        "source_types": [
            {"name": offered.type.name, "kind": kind} for offered in one.offered for kind in offered.kinds
        ],
    }


def _types(one: PluginReport) -> str:
    return ", ".join(f"{o.type.name} ({' and '.join(o.kinds).replace('_', ' ')})" for o in one.offered)
