"""The video platform's side of a booking. A room that is not ready does not undo an appointment: joining makes it."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from pydantic import JsonValue

from durchwahl.booking.context import Context, instant
from durchwahl.booking.expected import as_placed
from durchwahl.booking.in_calendars import must_have_arrived
from durchwahl.booking.views import View
from durchwahl.errors import Invalid, OutcomeUnknown
from durchwahl.model.booking import Placed
from durchwahl.model.room import Meeting
from durchwahl.model.schedule import Interval
from durchwahl.model.states import State
from durchwahl.plugin.kinds import VideoPlatform
from durchwahl.sources.health import PluginBug
from durchwahl.sources.opening import OpenSource
from durchwahl.store import journal, places, steps
from durchwahl.store.journal import Booking, Superseded
from durchwahl.store.places import Place
from durchwahl.store.tx import Tx

T = TypeVar("T")

ROOM_TITLE = "Termin"
"""A platform never learns what a talk is about or with whom."""


def platform_of(context: Context, booking: Booking) -> tuple[OpenSource, VideoPlatform] | None:
    """Return the booking's video platform, None where it has none or the source is switched off."""
    offer = context.offers.get(booking.offer)
    if booking.channel != "video" or offer is None or offer.video is None:
        return None
    source = context.sources.get(offer.video)
    if source is None or not isinstance(source.source, VideoPlatform):
        return None
    return source, source.source


def room_name(booking: Booking) -> str:
    """Return the room's deterministic name; it stays the same when the appointment moves.

    It is made for a purpose of its own: an appointment's name stands in a calendar that many may read, and on some
    platforms whoever knows a room's name is in.
    """
    if booking.room_name is None:
        raise Superseded(f"booking {booking.id} has no room")
    return booking.room_name


def join_window(view: View) -> Interval:
    """Return when the room may be joined."""
    early = view.offer.table.join_early if view.offer else timedelta(minutes=10)
    late = view.offer.table.join_late if view.offer else timedelta(minutes=15)
    return Interval(instant(view.booking.starts) - early, instant(view.booking.ends) + late)


def meeting_of(view: View, place: Place, source: OpenSource) -> Meeting:
    """Return what the platform is told."""
    lane = f"{place.source}/{place.lane}"
    return Meeting(
        window=join_window(view),
        lane=lane,
        title=ROOM_TITLE,
        room=source.rooms.get(lane),
        appointment=place.name,
    )


def opened_room_ref(view: View) -> JsonValue:
    """Return what the platform left behind."""
    sealed = view.booking.room_ref
    ref: JsonValue = json.loads(view.key.unseal(sealed, "room")) if sealed else None
    return ref


async def prepare_room(context: Context, view: View) -> None:
    """Let the platform reserve what must exist ahead, at the booking's time."""
    found = platform_of(context, view.booking)
    place = await context.store.look(places.place_of, view.booking.id, view.booking.placement)
    if found is None or place is None:
        return
    source, platform = found
    ref = opened_room_ref(view)
    call = platform.prepare if ref is None else platform.move
    name, meeting = room_name(view.booking), meeting_of(view, place, source)

    async def prepared() -> Placed:
        return as_placed(await call(name, meeting, ref))

    await remember_room(context, view, await written(context, view.booking, source, prepared))


async def written(context: Context, booking: Booking, source: OpenSource, call: Callable[[], Awaitable[T]]) -> T:
    """Return what the platform answered; where it did not, what was asked may arrive later, and is noted."""
    try:
        return await source.supervisor.write(call)
    except (OutcomeUnknown, Invalid, PluginBug):
        await context.store.write(_may_arrive, booking.id)
        raise


async def remember_room(context: Context, view: View, placed: Placed) -> None:
    """Keep what the platform left behind; a room that nobody needs any more is ended."""
    if placed.ref is None and await context.store.look(_is_needed, view.booking.id):
        return
    sealed = None if placed.ref is None else view.key.seal(json.dumps(placed.ref).encode(), "room")
    await context.store.write(_keep_room_ref, view.booking.id, sealed)
    context.wake.set()


async def end_room(context: Context, booking: Booking) -> None:
    """Make sure that nobody joins a cancelled talk on the platform itself."""
    found = platform_of(context, booking)
    if found is None:
        return
    source, platform = found
    sealed = booking.room_ref  # none once the booking was erased: then the room is ended by its name
    ref = json.loads(context.key_of(booking).unseal(sealed, "room")) if sealed else None
    await source.supervisor.write(lambda: platform.end(room_name(booking), ref))
    if booking.room_unsettled is not None:
        await must_have_arrived(context.store, booking.room_unsettled)


def _keep_room_ref(tx: Tx, booking_id: str, sealed: bytes | None) -> None:
    # Outside the version: a room's ref changes with every join and must not collide with a citizen's cancelling.
    if sealed is not None:
        tx.run("UPDATE booking SET room_ref = ? WHERE id = ? AND key IS NOT NULL", (sealed, booking_id))
    _close_if_needless(tx, booking_id)


def _may_arrive(tx: Tx, booking_id: str) -> None:
    tx.run("UPDATE booking SET room_unsettled = ? WHERE id = ?", (tx.now(), booking_id))
    _close_if_needless(tx, booking_id)


def _close_if_needless(tx: Tx, booking_id: str) -> None:
    if not _is_needed(tx, booking_id) and not steps.waiting(tx, booking_id, "close"):
        steps.add_step(tx, booking_id, "close", tx.now())


def _is_needed(tx: Tx, booking_id: str) -> bool:
    booking = journal.booking_by_id(tx, booking_id)
    return booking is not None and booking.state not in (State.CANCELLING, State.CANCELLED)
