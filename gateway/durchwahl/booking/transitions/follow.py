"""What follows from an appointment that was made, moved or withdrawn: mails, reminder, room, its end."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from durchwahl.booking.context import in_ms
from durchwahl.settings.department import OfferTable
from durchwahl.store import places, steps
from durchwahl.store.journal import Booking
from durchwahl.store.places import Place
from durchwahl.store.steps import Ahead
from durchwahl.store.tx import Tx

SHORTEST_NOTICE = 3_600_000
"""A reminder less than an hour, in milliseconds, after the booking would only disturb."""


def announce(
    tx: Tx, booking: Booking, letter: str, table: OfferTable | None, previous: Booking | None = None, *,
    citizens: str | None = "",
) -> None:  # fmt: skip
    """Write the steps that an appointment brings; `previous` is the booking as it was before it moved.

    `citizens` is the citizen's letter where it is another one than the clerk's; with None the citizen gets none.
    """
    now = tx.now()
    ahead = []
    if citizens is not None:
        ahead.append(Ahead("mail", now, detail_of(booking, citizens or letter, previous.starts if previous else None)))
    ahead += _to_clerks(tx, booking, letter, previous)
    if booking.channel == "video":
        ahead.append(Ahead("room", now))
    ahead.append(Ahead("complete", booking.ends))
    reminder = table.reminder if table else None
    if reminder and (due := booking.starts - in_ms(reminder)) > now + SHORTEST_NOTICE:
        ahead.append(Ahead("remind", due, detail_of(booking, "reminder")))
    steps.add_steps(tx, booking.id, ahead)


def announce_correction(tx: Tx, booking: Booking, fields: Collection[str]) -> None:
    """Write the letters that corrected contact data bring, but where one that is still to be written will hold them.

    A corrected address needs the manage link; a clerk whose calendar shows nothing learns of `fields` by mail only.
    """
    now, ahead = tx.now(), []
    letters = ("confirmation", "change", "corrected")
    if "email" in fields and not _will_be_told(tx, booking, "mail", letters):
        ahead.append(Ahead("mail", now, detail_of(booking, "corrected")))
    place = places.place_of(tx, booking.id, booking.placement)
    if place is not None and not _will_be_told(tx, booking, "clerk", letters[:2]):
        step = to_clerk(booking, place, "corrected", now)
        ahead.append(replace(step, detail={**step.detail, "fields": sorted(fields)}))
    if ahead:
        steps.add_steps(tx, booking.id, ahead)


def detail_of(booking: Booking, letter: str, previous: int | None = None) -> dict[str, Any]:
    """Return what a letter's step says: `placement` tells whether the appointment has been moved since."""
    return {"letter": letter, "version": booking.sequence, "placement": booking.placement, "previous": previous}


def _will_be_told(tx: Tx, booking: Booking, kind: str, letters: Collection[str]) -> bool:
    waiting = steps.waiting(tx, booking.id, kind)
    return any(one["letter"] in letters and one.get("placement") == booking.placement for one in waiting)


def to_clerk(booking: Booking, place: Place, letter: str, now: int, previous: int | None = None) -> Ahead:
    """Return the step that writes to the clerk of a place's lane; `previous` is when the talk was before."""
    lane = {"source": place.source, "lane": place.lane}
    return Ahead("clerk", now, {**detail_of(booking, letter, previous), **lane})


def _to_clerks(tx: Tx, booking: Booking, letter: str, previous: Booking | None) -> Iterator[Ahead]:
    """Tell the lane's clerk; where the booking has changed lanes, the one has a new appointment, the other one less."""
    now = tx.now()
    place = places.place_of(tx, booking.id, booking.placement)
    if place is None:
        return
    before = places.place_of(tx, booking.id, previous.placement) if previous else None
    has_moved_over = before is not None and (before.source, before.lane) != (place.source, place.lane)
    starts = previous.starts if previous else None
    if before is not None and has_moved_over:
        yield to_clerk(booking, before, "cancellation", now, starts)
        yield to_clerk(booking, place, "confirmation", now)
    else:
        yield to_clerk(booking, place, letter, now, starts)
