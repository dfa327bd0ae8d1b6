"""`durchwahl bookings approve`, `refuse` and `outcome`."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import click

from durchwahl.booking.calendars import is_the_journal
from durchwahl.booking.day.reach import must_be_called
from durchwahl.booking.notes import Note
from durchwahl.booking.transitions import approval
from durchwahl.booking.transitions.outcome import record_outcome
from durchwahl.errors import DurchwahlError
from durchwahl.model.states import State
from durchwahl.operate.bookings.filters import normal_reference, reason_option
from durchwahl.operate.cli import config_option, json_option
from durchwahl.operate.opened import NOBODY_DOES_IT, opened
from durchwahl.operate.printing import print_json, progress
from durchwahl.store import journal
from durchwahl.store.journal import Booking
from durchwahl.store.listed import Which, listed
from durchwahl.web.assembly import Gateway

LOOK = 0.2
"""Seconds between two looks at what the gateway has done."""
Answering = Callable[[Gateway, Booking], Awaitable[Booking]]
"""Does something with one booking and returns it as it is then."""

references = click.argument("references", metavar="REFERENCE...", nargs=-1, required=True)
wait_option = click.option(
    "--wait", type=click.FloatRange(0), default=10, show_default=True, help="Seconds to wait for the gateway."
)


@click.command("approve")
@references
@config_option
@wait_option
@json_option
@click.pass_context
def approve_command(
    ctx: click.Context, references: tuple[str, ...], config: Path, wait: float, *, as_json: bool
) -> None:
    """Say yes to what waits for approval; the citizen is told when it is confirmed."""

    async def approved(gateway: Gateway, booking: Booking) -> Booking:
        offer = gateway.offers.get(booking.offer)
        is_in_journal = offer is not None and is_the_journal(gateway.context, offer.calendar)
        table = offer.table if offer else None
        await gateway.store.write(approval.approve, booking.id, table, is_in_journal=is_in_journal)
        return await _settled(gateway, booking.id, wait)

    _answer(ctx, config, references, approved, as_json=as_json)


@click.command("refuse")
@references
@config_option
@reason_option(required=False)
@json_option
@click.pass_context
def refuse_command(
    ctx: click.Context, references: tuple[str, ...], config: Path, reason: str | None, *, as_json: bool
) -> None:
    """Say no to what waits for approval; the citizen is told, and the time is free at once."""

    async def refused(gateway: Gateway, booking: Booking) -> Booking:
        note = Note("refused", booking.placement, reason) if reason else None
        sealed = note.sealed(gateway.context.key_of(booking)) if note else None
        return await gateway.store.write(approval.refuse, booking.id, sealed)

    _answer(ctx, config, references, refused, as_json=as_json)


@click.command("outcome")
@references
@config_option
@click.option("--came/--no-show", "came", default=None, help="Whether the talk took place.")
@click.option(
    "--needs-met/--needs-not-met", "needs_met", default=None, help="Whether interpreter and the like were there."
)
@json_option
@click.pass_context
def outcome_command(
    ctx: click.Context, references: tuple[str, ...], config: Path, *, came: bool | None, needs_met: bool | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Say what became of a talk that has begun; what was said before is replaced."""
    if came is None and needs_met is None:
        raise click.UsageError("Say --came or --no-show, --needs-met or --needs-not-met.")

    async def recorded(gateway: Gateway, booking: Booking) -> Booking:
        return await gateway.store.write(record_outcome, booking.id, came=came, needs_met=needs_met)

    _answer(ctx, config, references, recorded, as_json=as_json)


def _answer(ctx: click.Context, config: Path, references: tuple[str, ...], answer: Answering, *, as_json: bool) -> None:
    """Do something with each of the bookings and print where it stands then; exits 1 where one was refused."""
    with progress("Writing into the journal"):
        items = asyncio.run(_answered(config, references, answer))
    if as_json:
        print_json(items)
    else:
        for item in items:
            more = "; no mail address: please call" if item["to_call"] else ""
            click.echo(f"{item['reference']}: {item['error'] or item['state']}{more}", err=item["error"] is not None)
        if any(item["state"] == State.CONFIRMING for item in items):
            click.echo(NOBODY_DOES_IT)
    if any(item["error"] for item in items):
        ctx.exit(1)


async def _answered(config: Path, references: tuple[str, ...], answer: Answering) -> list[dict[str, Any]]:
    async with opened(config) as gateway:
        return [await _one(gateway, normal_reference(reference), answer) for reference in references]


async def _one(gateway: Gateway, reference: str, answer: Answering) -> dict[str, Any]:
    found = await gateway.store.read(listed, Which(references=(reference,)))
    item: dict[str, Any] = {
        "reference": reference, "id": None, "state": None, "needs_met": None, "to_call": False, "error": None,
    }  # fmt: skip
    if not found:
        return {**item, "error": "there is no such booking"}
    booking = found[0].booking
    try:
        booking = await answer(gateway, booking)
    except DurchwahlError as error:
        item["error"] = str(error)
    met = None if booking.needs_met is None else bool(booking.needs_met)
    is_to_call = booking.state == State.REFUSED and not item["error"] and must_be_called(gateway.context, booking)
    return {**item, "id": booking.id, "state": booking.state, "needs_met": met, "to_call": is_to_call}


async def _settled(gateway: Gateway, booking_id: str, seconds: float) -> Booking:
    """Return the booking as soon as the gateway has written it into its calendar, or when the time is over."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while True:
        booking = await gateway.store.look(journal.booking_by_id, booking_id)
        assert booking is not None  # noqa: S101  # no booking is ever deleted
        if booking.state != State.CONFIRMING or loop.time() >= until:
            return booking
        await asyncio.sleep(LOOK)
