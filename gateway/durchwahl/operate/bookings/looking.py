"""`durchwahl bookings list`."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from durchwahl.booking.context import instant
from durchwahl.booking.day.closed import Closings
from durchwahl.booking.keys import KeyMissing
from durchwahl.booking.views import View, view_of
from durchwahl.model.states import LIVE, State
from durchwahl.operate.bookings.filters import Filters, filter_options, taken_from
from durchwahl.operate.cli import config_option, json_option
from durchwahl.operate.opened import opened
from durchwahl.operate.printing import print_json, print_table, progress
from durchwahl.settings.resolved import Settings
from durchwahl.store.listed import Listed, listed
from durchwahl.store.tx import database_time
from durchwahl.texts import say_clock
from durchwahl.web.assembly import Gateway

SHOWN = (
    *sorted(LIVE), State.CONFIRMING, State.AWAITING_EMAIL, State.AWAITING_APPROVAL, State.UNRESOLVED, State.COMPLETED,
    State.NO_SHOW,
)  # fmt: skip
"""Without `--state`: what takes place or may, and what has."""


@click.command("list")
@config_option
@filter_options
@click.option("--state", multiple=True, type=click.Choice([str(one) for one in State]), help="Repeatable.")
@click.option("--personal", is_flag=True, help="With names, addresses and needs. Only where that is allowed.")
@json_option
def list_command(config: Path, state: tuple[str, ...], *, personal: bool, as_json: bool, **given: Any) -> None:
    """List bookings in the order of their times; without --from from now on, without --state what takes place.

    A --reference is found whatever its time and state.
    """
    filters = taken_from(given)
    with progress("Reading the journal"):
        items = asyncio.run(_items(config, filters, state, personal=personal))
    if as_json:
        print_json(items)
        return
    columns = ["reference", "time", "service", "channel", "lane", "state"]
    rows = [
        [one["reference"], one["local_time"], one["service"], one["channel"], one["lane"], one["state"]]
        for one in items
    ]
    if personal:
        columns += ["name", "email", "phone"]
        for row, one in zip(rows, items, strict=True):
            row += [one["personal"].get(name) for name in columns[-3:]]
    print_table("Bookings", columns, rows)


async def _items(config: Path, filters: Filters, states: tuple[str, ...], *, personal: bool) -> list[dict[str, Any]]:
    async with opened(config) as gateway:
        settings = gateway.settings
        which = filters.which(settings, states or (() if filters.reference else SHOWN))
        if which.begins is None and not which.references:
            which = replace(which, begins=await gateway.store.look(database_time))
        found = await gateway.store.read(listed, which)
        if filters.hit_by_closures:
            found = Closings(settings, gateway.offers).hit(found)
        if not found:
            filters.refuse_unknown(settings)
        return [_item(gateway, one, personal=personal) for one in found]


def _item(gateway: Gateway, one: Listed, *, personal: bool) -> dict[str, Any]:
    booking, place = one
    view = _view(gateway, one)
    start, end = (instant(stamp).astimezone(gateway.settings.zone) for stamp in (booking.starts, booking.ends))
    item: dict[str, Any] = {
        "id": booking.id,
        "reference": booking.reference,
        "state": booking.state,
        "start": start.isoformat(),
        "end": end.isoformat(),
        "local_time": local_time(booking.starts, gateway.settings),
        "department": booking.offer.split("/")[0],
        "offer": booking.offer,
        "service": ", ".join(view.service_names("de")) if view else None,
        "services": [{"id": service, "count": count} for service, count in view.services] if view else [],
        "channel": booking.channel,
        "language": booking.language,
        "source": place.source if place else None,
        "lane": place.lane if place else None,
        "expires_at": instant(booking.expires).astimezone(gateway.settings.zone).isoformat()
        if booking.expires
        else None,
        "needs_met": None if booking.needs_met is None else bool(booking.needs_met),
    }
    return {**item, "personal": _personal(view)} if personal else item


def local_time(stamp: int, settings: Settings) -> str:
    """Return an instant as a clerk reads it: weekday, date, wall-clock time in the city's zone."""
    at = instant(stamp).astimezone(settings.zone)
    return f"{at:%a %Y-%m-%d} {say_clock(at, zone=settings.zone.key)}"


def _view(gateway: Gateway, one: Listed) -> View | None:
    """Open the booking; None where its data were erased."""
    try:
        return view_of(gateway.context, one.booking)
    except KeyMissing:
        return None


def _personal(view: View | None) -> dict[str, Any]:
    if view is None:
        return {}
    given = view.particulars
    return {
        **given.person.model_dump(),
        "needs": given.needs.model_dump(exclude_defaults=True),
        "answers": dict(given.answers),
    }
