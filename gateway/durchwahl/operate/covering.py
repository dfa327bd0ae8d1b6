"""`durchwahl coverage`."""

import asyncio
from collections.abc import Iterable, Mapping
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
from durchwahl.catalogue.offers import Offer, offers_from
from durchwahl.catalogue.snapshot import build_snapshot
from durchwahl.catalogue.undecided import candidates, unmatched
from durchwahl.model.catalogue import Service
from durchwahl.operate.cli import config_option, json_option
from durchwahl.operate.loading import load_all
from durchwahl.operate.printing import print_json, print_table, progress
from durchwahl.settings.resolved import Settings
from durchwahl.sources.discovery import Discovery
from durchwahl.sources.opening import Sources, open_sources
from durchwahl.store.empty import NoStore
from durchwahl.web.assembly import utc_now


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


async def _coverage(settings: Settings, discovery: Discovery) -> _Found:
    sources = open_sources(settings, discovery)
    try:
        offers = offers_from(settings, sources)
        pages = await Ingest(sources, None).sync()
        snapshot = build_snapshot(settings, pages.values(), offers)
        rows = coverage(settings, snapshot)
        wanted = [row.service for row in rows if row.service is not None]
        first = await _earliest(settings, sources, offers, wanted)
        items = [presented(row, snapshot, "de") for row in rows]
        return _Found(
            [{**item, "earliest": first.get(item["service"])} for item in items],
            percent(rows),
            unmatched(settings, pages.values()),
            candidates(snapshot.services),
        )
    finally:
        await sources.aclose()


async def _earliest(
    settings: Settings, sources: Sources, offers: Mapping[str, Offer], services: Iterable[Service]
) -> dict[str, str]:
    """Return the first time of each service by video or phone, as the city's clocks show it."""
    occupations = Occupations(settings, sources, NoStore())
    try:
        times = OpeningTimes(zone=settings.zone, folder=settings.folder, holidays=settings.gateway.holidays)
        slots = Slots(offers, occupations, times, settings.zone, utc_now)
        found = await earliest(slots, services, utc_now(), ("video", "phone"), ())
    finally:
        await occupations.aclose()
    first: dict[str, str] = {}
    for slot in found.slots:
        start = instant_of(slot.start).astimezone(settings.zone).isoformat()
        first.setdefault(slot.services[0][0], start)
    return first


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
