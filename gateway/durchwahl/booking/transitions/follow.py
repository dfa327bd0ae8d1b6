"""What follows from an appointment that was made, moved or withdrawn: mails, reminder, room, its end."""

from collections.abc import Iterator

from durchwahl.booking.context import in_ms
from durchwahl.settings.department import OfferTable
from durchwahl.store import places, steps
from durchwahl.store.journal import Booking
from durchwahl.store.places import Place
from durchwahl.store.steps import Ahead
from durchwahl.store.tx import Tx

SHORTEST_NOTICE = 3_600_000
"""A reminder less than an hour, in milliseconds, after the booking would only disturb."""


def announce(tx: Tx, booking: Booking, letter: str, table: OfferTable | None, previous: Booking | None = None) -> None:
    """Write the steps that an appointment brings; `previous` is the booking as it was before it moved."""
    now = tx.now()
    detail = {"letter": letter, "version": booking.sequence, "previous": previous.starts if previous else None}
    ahead = [Ahead("mail", now, detail), *_to_clerks(tx, booking, letter, previous)]
    if booking.channel == "video":
        ahead.append(Ahead("room", now))
    ahead.append(Ahead("complete", booking.ends))
    reminder = table.reminder if table else None
    if reminder and (due := booking.starts - in_ms(reminder)) > now + SHORTEST_NOTICE:
        ahead.append(Ahead("remind", due, {"letter": "reminder", "version": booking.sequence}))
    steps.add_steps(tx, booking.id, ahead)


def to_clerk(booking: Booking, place: Place, letter: str, now: int, previous: int | None = None) -> Ahead:
    """Return the step that writes to the clerk of a place's lane; `previous` is when the talk was before."""
    lane = {"source": place.source, "lane": place.lane}
    return Ahead("clerk", now, {"letter": letter, "version": booking.sequence, "previous": previous, **lane})


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
