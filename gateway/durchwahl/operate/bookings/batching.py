"""`durchwahl bookings move`, `cancel` and `resume`."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from durchwahl.booking.day.batch import Batches
from durchwahl.booking.day.orders import Order
from durchwahl.operate.bookings.batch_said import Said, say
from durchwahl.operate.bookings.filters import Filters, filter_options, reason_option, taken_from
from durchwahl.operate.cli import config_option, json_option
from durchwahl.operate.opened import opened
from durchwahl.operate.printing import counting
from durchwahl.store import batches
from durchwahl.store.batches import Batch, BatchKind
from durchwahl.web.assembly import Gateway

Progress = Callable[[int, int], None]

dry_run_option = click.option("--dry-run", is_flag=True, help="Show what would be done; change nothing.")
wait_option = click.option(
    "--wait", type=click.FloatRange(0), default=60, show_default=True,
    help="Seconds to wait for the gateway after the last decision.",
)  # fmt: skip


@click.command("move")
@config_option
@filter_options
@reason_option(required=True)
@click.option("--else-cancel", is_flag=True, help="Cancel what cannot be moved, in place of leaving it.")
@dry_run_option
@wait_option
@json_option
@click.pass_context
def move_command(ctx: click.Context, /, config: Path, *, as_json: bool, else_cancel: bool, **given: Any) -> None:
    """Move bookings that the office cannot keep: to another lane at the same time, else to the nearest free time.

    The new place is taken before the old one goes. Citizens whose time changes are told once; for another lane at the
    same time only the clerks are. Stopped half way, the same command goes on. Exits 1 where something is left to do.
    """
    filters = taken_from(given)
    if not (filters.lane or filters.begins or filters.ends or filters.reference or filters.hit_by_closures):
        raise click.UsageError("Which? Name --lane, --from and --to, --reference or --hit-by-closures.")
    _do(ctx, config, "move", filters, else_cancel=else_cancel, as_json=as_json, **given)


@click.command("cancel")
@config_option
@filter_options
@reason_option(required=True)
@dry_run_option
@wait_option
@json_option
@click.pass_context
def cancel_command(ctx: click.Context, /, config: Path, *, as_json: bool, **given: Any) -> None:
    """Cancel bookings by the office; each citizen is told once, with the reason and the way to another time.

    Stopped half way, the same command goes on. Exits 1 where something is left to do.
    """
    filters = taken_from(given)
    if filters == Filters(None, None, None, None, (), hit_by_closures=False):
        raise click.UsageError("Which? Name --department, --lane, --from and --to, --reference or --hit-by-closures.")
    _do(ctx, config, "cancel", filters, else_cancel=False, as_json=as_json, **given)


@click.command("resume")
@click.argument("batch", required=False)
@config_option
@wait_option
@json_option
@click.pass_context
def resume_command(ctx: click.Context, batch: str | None, config: Path, wait: float, *, as_json: bool) -> None:
    """Go on with a BATCH of moves or cancellations that was stopped; without its id, with the only unfinished one."""
    with counting("Deciding") as progress:
        said = asyncio.run(_resume(config, batch, wait, progress))
    say(ctx, said, as_json=as_json)


def _do(
    ctx: click.Context, config: Path, kind: BatchKind, filters: Filters, *, else_cancel: bool, as_json: bool,
    reason: str, dry_run: bool, wait: float,
) -> None:  # fmt: skip
    with counting("Deciding") as progress:
        said = asyncio.run(
            _done(config, kind, filters, progress, else_cancel=else_cancel, reason=reason, dry_run=dry_run, wait=wait)
        )
    say(ctx, said, as_json=as_json)


async def _done(
    config: Path, kind: BatchKind, filters: Filters, progress: Progress, *, else_cancel: bool, reason: str,
    dry_run: bool, wait: float,
) -> Said:  # fmt: skip
    async with opened(config) as gateway:
        which = filters.which(gateway.settings)
        order = Order(kind, which, hit_by_closures=filters.hit_by_closures, else_cancel=else_cancel)
        work = Batches(gateway.context, progress=progress)
        if dry_run:
            outcomes = await work.plan(order)
            if not outcomes:
                filters.refuse_unknown(gateway.settings)
            return Said(gateway.settings, None, outcomes, is_plan=True)
        batch, is_known = await work.begin(order, reason)
        if batch is None:
            filters.refuse_unknown(gateway.settings)
            return Said(gateway.settings, None, [])
        if is_known:
            click.echo(
                f"Batch {batch.id} with these filters is unfinished: it is gone on with, for its reason.", err=True
            )
        await work.carry_on(batch, wait)
        return Said(gateway.settings, batch, await work.report(batch))


async def _resume(config: Path, batch_id: str | None, wait: float, progress: Progress) -> Said:
    async with opened(config) as gateway:
        batch = await _unfinished(gateway, batch_id)
        work = Batches(gateway.context, progress=progress)
        await work.carry_on(batch, wait)
        return Said(gateway.settings, batch, await work.report(batch))


async def _unfinished(gateway: Gateway, batch_id: str | None) -> Batch:
    if batch_id is not None:
        batch = await gateway.store.read(batches.batch_by_id, batch_id)
        if batch is None:
            raise click.ClickException(f'There is no batch "{batch_id}".')
        return batch
    known = await gateway.store.read(batches.unfinished)
    if not known:
        raise click.ClickException("No batch is unfinished.")
    if len(known) > 1:
        names = "\n".join(f"  durchwahl bookings resume {one.id}  ({one.kind} {one.filters})" for one in known)
        raise click.ClickException(f"{len(known)} batches are unfinished. Name one:\n{names}")
    return known[0]
