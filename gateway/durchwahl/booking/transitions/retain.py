"""The time to keep a booking is over: what is personal goes, unless the booking has moved on meanwhile."""

from durchwahl.booking.transitions.erase import ERASABLE, want_erasing
from durchwahl.booking.transitions.lapse import give_up
from durchwahl.model.states import State
from durchwahl.store import journal, kept
from durchwahl.store.journal import Booking, Superseded
from durchwahl.store.kept import Run
from durchwahl.store.tx import Tx

RETAINED = ERASABLE | {State.UNRESOLVED}
"""What ends when its time comes. Anything else is still being removed somewhere, and is looked at when that is done."""


def overdue(tx: Tx, run: Run, length: int, limit: int) -> list[Booking]:
    """Return up to `limit` bookings of a run that are over for `length` milliseconds, and that nobody erases yet."""
    return kept.over_since(tx, run.offer, run.state, tx.now() - length, limit)


def end_retaining(tx: Tx, seen: Booking) -> bool:
    """Erase a booking that is as it was seen; True where that is done, False where it follows.

    Raises:
        Superseded: it has moved on. Whoever moved it may need what is personal; its time is looked at anew.
    """
    booking = journal.booking_by_id(tx, seen.id)
    if booking is None or booking.version != seen.version:
        raise Superseded(f"booking {seen.id} is no longer at version {seen.version}")
    return want_erasing(tx, give_up(tx, booking) if booking.state == State.UNRESOLVED else booking)
