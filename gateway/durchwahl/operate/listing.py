"""`durchwahl plugins`, `sources` and `coverage`."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from durchwahl.availability.calendar import OpeningTimes
from durchwahl.availability.earliest import earliest
from durchwahl.availability.occupation import Occupations
from durchwahl.availability.slots import Slots
from durchwahl.availability.units import instant_of
from durchwahl.catalogue.coverage import coverage, percent, presented
from durchwahl.catalogue.ingest import Ingest
from durchwahl.catalogue.offers import offers_from
from durchwahl.catalogue.snapshot import build_snapshot
from durchwahl.catalogue.undecided import candidates, unmatched
from durchwahl.errors import ConfigError, Refused, SourceError
from durchwahl.operate.cli import config_option, json_option
from durchwahl.operate.loading import discover_for, load_all
from durchwahl.operate.printing import print_json, print_table, progress
from durchwahl.operate.trying import concerns, said_by
from durchwahl.settings.load import load
from durchwahl.settings.resolved import Settings
from durchwahl.sources.discovery import Discovery, PluginReport, discover
from durchwahl.sources.opening import OpenSource, open_sources
from durchwahl.store.empty import NoStore
from durchwahl.web.assembly import utc_now


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


@click.command("coverage")
@config_option
@click.option("--fail-under", type=click.FloatRange(0, 100), help="Exit 1 below so many per cent.")
@json_option
@click.pass_context
def coverage_command(ctx: click.Context, config: Path, *, fail_under: float | None, as_json: bool) -> None:
    """Show which required services can be had by video or phone, from when on, and why not."""
    settings, discovery = load_all(config)
    with progress("Reading catalogues and calendars"):
        found = asyncio.run(_coverage(settings, discovery))
    if as_json:
        print_json(found.items, percent=found.percent, unmatched=found.unmatched, candidates=found.candidates)
    else:
        _print_coverage(found, settings)
        _print_undecided(found)
    if fail_under is not None and found.percent < fail_under:
        ctx.exit(1)


@dataclass(frozen=True)
class _Found:
    items: list[dict[str, Any]]
    percent: float
    unmatched: list[dict[str, Any]]
    candidates: list[dict[str, Any]]


async def _sources(settings: Settings, discovery: Discovery, *, offline: bool) -> list[dict[str, Any]]:
    sources = open_sources(settings, discovery)
    try:

        async def one(source: OpenSource) -> tuple[str, str | None]:
            if offline:
                return "not asked", None
            try:
                await source.supervisor.read(source.source.check)
            except SourceError as error:
                return "refused" if isinstance(error, Refused) else "unavailable", said_by(source, error)
            return "ok", None

        keys = list(sources.open)
        states = dict(zip(keys, await asyncio.gather(*(one(sources.open[key]) for key in keys)), strict=True))
        items = []
        for key, config in settings.sources.items():
            left_out = "switched off" if not config.table.enabled else "left out"
            why = next((str(one) for one in sources.findings if concerns(one, config)), None)
            state, message = states.get(key, (left_out, why))
            items.append({
                "source": key, "type": config.table.type, "mode": config.table.mode, "state": state,
                "lanes": list(config.lanes), "message": message,
            })  # fmt: skip
        return items
    finally:
        await sources.aclose()


async def _coverage(settings: Settings, discovery: Discovery) -> _Found:
    sources = open_sources(settings, discovery)
    store = NoStore()
    occupations = Occupations(settings, sources, store)
    try:
        offers = offers_from(settings, sources)
        pages = await Ingest(sources, None).sync()
        snapshot = build_snapshot(settings, pages.values(), offers)
        times = OpeningTimes(zone=settings.zone, folder=settings.folder, holidays=settings.gateway.holidays)
        slots = Slots(offers, occupations, times, settings.zone, utc_now)
        rows = coverage(settings, snapshot)
        wanted = [row.service for row in rows if row.service is not None]
        first = await earliest(slots, wanted, utc_now(), ("video", "phone"), ())
        earliest_of: dict[str, str] = {}
        for slot in first.slots:
            start = instant_of(slot.start).astimezone(settings.zone).isoformat()
            earliest_of.setdefault(slot.services[0][0], start)
        items = [presented(row, snapshot, "de") for row in rows]
        return _Found(
            [{**item, "earliest": earliest_of.get(item["service"])} for item in items],
            percent(rows),
            unmatched(settings, pages.values()),
            candidates(snapshot.services),
        )
    finally:
        await occupations.aclose()
        await sources.aclose()


def _print_coverage(found: _Found, settings: Settings) -> None:
    columns = ("department", "service", "wants", "video", "phone", "earliest", "form apart", "covered")
    groups = dict.fromkeys(item["group"] or "Required" for item in found.items)
    for group in groups:
        rows = [
            (
                item["department_name"] or item["department"],
                item["name"] or item["service"],
                item["wants"],
                _channel(item["video"]),
                _channel(item["phone"]),
                (item["earliest"] or "none")[:16].replace("T", " "),
                bool(item["forms"]),
                "yes" if item["covered"] else f"no: {item['why_not']}",
            )
            for item in found.items
            if (item["group"] or "Required") == group
        ]
        print_table(group, columns, rows)
    covered = sum(item["covered"] for item in found.items)
    click.echo(f"{settings.gateway.city}: {covered} of {len(found.items)} covered, {found.percent:g} %")


def _print_undecided(found: _Found) -> None:
    if found.unmatched:
        rows = [(one["source"], one["id"], one["unit"]) for one in found.unmatched]
        print_table("Of no department", ("source", "service", "unit"), rows)
    if found.candidates:
        hints = [(one["service"], one["channel"], one["source"], one["detail"]) for one in found.candidates]
        print_table("To be confirmed or hidden", ("service", "channel", "source", "said there"), hints)


def _channel(cover: dict[str, Any]) -> str:
    return "bookable" if cover["bookable"] else f"no ({cover['reason']})"


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
