"""`durchwahl reconcile`."""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click

from durchwahl.booking.context import instant
from durchwahl.booking.reconcile.acting import SURE_AFTER, Acting
from durchwahl.booking.reconcile.comparing import Difference
from durchwahl.booking.reconcile.reconciler import Findings, Reconciler
from durchwahl.errors import SourceError
from durchwahl.operate.asking import said
from durchwahl.operate.cli import config_option, json_option
from durchwahl.operate.opened import opened
from durchwahl.operate.printing import counted, print_json, print_table, progress
from durchwahl.store import doubts, journal
from durchwahl.store.doubts import Doubt
from durchwahl.store.tx import database_time
from durchwahl.web.assembly import Gateway

COLUMNS = ("calendar", "lane", "when", "reference", "what differs", "what follows", "name")
WORDS = {
    "missing": "stands there no more",
    "taken_out": "stood there no more",
    "moved": "stands somewhere else",
    "left_over": "nobody needs it, and it still stands",
    "unknown": "bears our mark; the journal has never heard of it",
    "twice": "stands there more than once",
    "may_be_left": "may still stand there, and nobody needs it",
    "unclear": "may stand there",
    "restored": "the journal was put back from a backup",
}
KEPT = ("may_be_left", "unclear", "taken_out", "restored")
"""Kinds of doubts that no look gives: somebody has noted them."""
FOR_STAFF = ("unknown", "twice", "may_be_left", "unclear", "restored")


@click.command("reconcile")
@config_option
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--release", is_flag=True, help="Somebody has looked: act on what waits for that, and end a restore.")
@click.option("--looked-at", multiple=True, metavar="NAME", help="Somebody has looked at this: say it no more.")
@json_option
@click.pass_context
def reconcile_command(
    ctx: click.Context, config: Path, looked_at: tuple[str, ...], *, dry_run: bool, release: bool, as_json: bool
) -> None:
    """Compare the journal with all calendars, and put right what has differed for ten minutes.

    A running gateway does so by itself. Exits 1 where a calendar could not be read, 3 where staff have to look.
    """
    with progress("Comparing the journal with the calendars"):
        report = asyncio.run(_reconciled(config, looked_at, acts=not dry_run, releases=release))
    if as_json:
        print_json(report.items, unread=report.unread)
    else:
        _say(report)
    if report.unread or any(item["needs_staff"] for item in report.items):
        ctx.exit(1 if report.unread else 3)


@dataclass
class Report:
    """What is said: one item for each thing that differs, and the calendars that could not be read."""

    calendars: int = 0
    standing: int = 0
    items: list[dict[str, Any]] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)


async def _reconciled(config: Path, names: Sequence[str], *, acts: bool, releases: bool) -> Report:
    async with opened(config) as gateway:
        for name in names:
            if not await gateway.store.write(doubts.looked_at, name):
                raise click.ClickException(f"--looked-at: nothing is noted under {name}; see `durchwahl reconcile`")
        return await _report(gateway, acts=acts, releases=releases)


async def _report(gateway: Gateway, *, acts: bool, releases: bool) -> Report:
    report, reconciler, acting = Report(), Reconciler(gateway.context), Acting(gateway.context)
    before = {(one.kind, one.source, one.name): one for one in await gateway.store.read(doubts.doubts)}
    for source in reconciler.calendars():
        try:
            findings = replace(await reconciler.look(source), is_released=releases)
        except SourceError as error:
            report.unread[source.key] = said(error)
            continue
        report.calendars, report.standing = report.calendars + 1, report.standing + findings.brake.standing
        for one in findings.found:
            noted = before.get((one.kind, source.key, one.name))
            if noted is None or noted.looked is None:
                report.items.append(await _item(gateway, findings, one, noted))
        if acts:
            await acting.act(findings, released=releases)
    report.items += [_kept(gateway, one) for one in before.values() if one.kind in KEPT and one.looked is None]
    if acts and releases:
        await gateway.store.write(doubts.end_restore)
    return report


async def _item(gateway: Gateway, findings: Findings, one: Difference, noted: Doubt | None) -> dict[str, Any]:
    booking = one.standing.booking if one.standing else None
    if booking is None and one.placed is not None:
        booking = await gateway.store.read(journal.booking_by_id, one.placed[0])
    where = one.standing.place if one.standing else one.seen
    assert where is not None  # noqa: S101  # whatever differs was seen or should have been
    now = await gateway.store.read(database_time)
    sure_in = 0 if findings.is_released else SURE_AFTER - (now - noted.noted if noted else 0)
    return {
        "kind": one.kind,
        "calendar": findings.source,
        "lane": where.lane,
        "start": _local(gateway, where.starts),
        "reference": booking.reference if booking else None,
        "follows": _follows(gateway, findings, one, sure_in),
        "needs_staff": one.kind in FOR_STAFF or (one.kind == "missing" and not findings.may_cancel),
        "name": one.name,
        "booking": booking.id if booking else None,
    }


def _follows(gateway: Gateway, findings: Findings, one: Difference, sure_in: int) -> str:
    if one.kind in ("missing", "moved", "left_over") and not findings.may_act:
        return "nothing before --release: the journal was put back from a backup"
    if one.kind == "missing" and not findings.is_sure:
        return "nothing: the system cannot be asked by name; please look"
    if one.kind == "missing" and not findings.may_cancel:
        brake = findings.brake
        return f"nothing before --release: {brake.missing} of {brake.standing} are missing at once"
    when = "now" if sure_in <= 0 else f"in {math.ceil(sure_in / 60_000)} min, if it is still so"
    if one.kind == "missing":
        return f"it is cancelled {when}, its citizen is told"
    if one.kind == "moved" and one.seen is not None:
        where = f"{_local(gateway, one.seen.starts)} in {one.seen.lane}"
        return f"the booking follows {when} to {where}, its citizen is told"
    if one.kind == "left_over":
        return f"it is taken out {when}"
    return "nothing is deleted, its time is given to nobody; please look" if one.kind == "unknown" else "please look"


def _kept(gateway: Gateway, one: Doubt) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "calendar": one.source or None,
        "lane": one.lane or None,
        "start": _local(gateway, one.starts) if one.starts else None,
        "reference": None,
        "follows": "it was cancelled, its citizen was told" if one.kind == "taken_out" else "please look",
        "needs_staff": one.kind in FOR_STAFF,
        "name": one.name,
        "booking": one.booking,
    }


def _local(gateway: Gateway, stamp: int) -> str:
    return instant(stamp).astimezone(gateway.settings.zone).isoformat(timespec="minutes")


def _say(report: Report) -> None:
    keys = ("calendar", "lane", "start", "reference", "kind", "follows", "name")
    if report.items:
        rows = [[WORDS[item[key]] if key == "kind" else item[key] for key in keys] for item in report.items]
        print_table("Differences", COLUMNS, rows)
    appointments, calendars = counted(report.standing, "appointment"), counted(report.calendars, "calendar")
    click.echo(f"{appointments} in {calendars} compared; {counted(len(report.items), 'difference')}.")
    for key, reason in report.unread.items():
        click.echo(f"{key} could not be read, so nothing is said of it: {reason}", err=True)
