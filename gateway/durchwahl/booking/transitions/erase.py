"""What is personal goes for good: its key is thrown away, and every link with it.

Whatever still has to be done outside (a calendar cleared, a mail sent) needs the key. So erasing is a step of the
outbox that waits until nothing else of the booking is left there. A citizen asks for it; so does time (`retain`). What
counts bookings and names nobody is kept in cells, in the same transaction.
"""

from dataclasses import dataclass

from durchwahl.booking.access import authentic
from durchwahl.booking.counting import cells_of
from durchwahl.booking.transitions.change import begin_cancelling, is_cancellable
from durchwahl.booking.transitions.confirm import Begun
from durchwahl.errors import DurchwahlError
from durchwahl.model.states import State
from durchwahl.store import idempotency, journal, links, places, steps
from durchwahl.store.cells import add_to_cells
from durchwahl.store.journal import Booking
from durchwahl.store.steps import Step
from durchwahl.store.tx import Tx

ERASABLE = frozenset(
    {State.CANCELLED, State.COMPLETED, State.NO_SHOW, State.FAILED, State.EXPIRED, State.RELEASED, State.REFUSED}
)
"""Nothing comes of these any more but what is in the outbox already."""
MAILS_AT_MOST = 24 * 3_600_000
"""So many milliseconds erasing waits for mails and rooms; then they are given up. Calendars hold a name: no end."""
PAUSE = 60_000
"""Whoever is waited for says when it is done; this, in milliseconds, is for what nobody says."""
_NEEDLESS = ("remind", "complete", "expire", "resolve", "refresh", "room")
_LOSABLE = ("mail", "clerk")
_DONE_WITHOUT_KEY = ("erase", "close")


class StillLiving(DurchwahlError):
    """There is an appointment, and nobody has said that it may be cancelled."""


@dataclass(frozen=True)
class Asked:
    """What asking has brought: all is gone, or `withdraw` is the step that the caller now does, or it only waits."""

    is_erased: bool
    withdraw: Step | None = None


def begin_erasing(tx: Tx, booking_id: str, token: str, *, cancels: bool) -> Asked:
    """Erase for whoever has the manage link; an appointment to come is cancelled first, where `cancels` says so.

    Raises:
        Problem: `not-found`. StillLiving: it would have to be cancelled, and `cancels` is false.
    """
    booking = authentic(tx, booking_id, "manage", token)
    withdraw = None
    if is_cancellable(booking, tx.now()):
        if not cancels:
            raise StillLiving(f"booking {booking.id} is {booking.state}")
        begun = begin_cancelling(tx, booking.id, None)
        if isinstance(begun, Begun):
            booking, withdraw = begun.booking, begun.step
    return Asked(want_erasing(tx, booking), withdraw)


def want_erasing(tx: Tx, booking: Booking) -> bool:
    """Erase at once where nothing needs the key any more, and say so; else see to it that it is done then.

    Asking again changes nothing.
    """
    now = tx.now()
    if booking.key is None:
        return True
    if _may_go(tx, booking, since=now):
        _erase(tx, booking)
        return True
    if not steps.is_there(tx, booking.id, "erase"):
        steps.add_step(tx, booking.id, "erase", now, {"since": now})
    return False


def erase_if_done(tx: Tx, step: Step, booking: Booking) -> None:
    """Erase, or look again later."""
    if booking.key is None:
        steps.finish_step(tx, step)
    elif _may_go(tx, booking, since=int(step.detail["since"])):
        steps.must_finish(tx, step)
        _erase(tx, booking)
    else:
        steps.postpone_step(tx, step, tx.now() + PAUSE)


def _may_go(tx: Tx, booking: Booking, *, since: int) -> bool:
    """Whether nothing needs the key any more; what nobody needs is struck off."""
    if booking.state not in ERASABLE:
        return False
    steps.drop_steps(tx, booking.id, *_NEEDLESS)
    if tx.now() - since < MAILS_AT_MOST:
        return not steps.any_but(tx, booking.id, "erase")
    steps.drop_steps(tx, booking.id, *_LOSABLE)
    return not steps.any_but(tx, booking.id, *_DONE_WITHOUT_KEY)


def _erase(tx: Tx, booking: Booking) -> None:
    """Leave what counts appointments and nothing that tells whose it was.

    The language of the talk goes as well: with time and service it may point at one person. Names of entries in
    calendars stay: without them nobody could tell later that what stands there is ours.
    """
    add_to_cells(tx, cells_of(booking))  # once: whoever comes second finds no key, or another version
    links.drop_links(tx, booking.id)
    places.forget_refs(tx, booking.id)
    idempotency.forget_answers(tx, booking.id)
    nothing = dict.fromkeys(("key", "personal", "client", "contact", "room_ref", "language", "note"))
    journal.amend(tx, booking, **nothing)
