"""An appointment is moved, corrected or cancelled."""

from durchwahl.booking.context import Context
from durchwahl.booking.once import begin_once
from durchwahl.booking.placing import Chosen, LaneTaken
from durchwahl.booking.transitions.confirm import Begun
from durchwahl.booking.transitions.follow import announce, to_clerk
from durchwahl.errors import Problem
from durchwahl.model.states import LIVE, State
from durchwahl.settings.department import OfferTable
from durchwahl.store import journal, places, steps
from durchwahl.store.idempotency import Claim
from durchwahl.store.journal import Booking
from durchwahl.store.steps import Ahead, Step
from durchwahl.store.tx import Tx


def begin_cancelling(tx: Tx, booking_id: str, claim: Claim | None) -> Begun | Booking:
    """Start to cancel; from here on nothing leads back. Returns the booking itself where it is cancelled already.

    Raises:
        Problem: `not-cancellable`: it never was an appointment, or is over.
    """
    booking = journal.booking_by_id(tx, booking_id)
    assert booking is not None  # noqa: S101  # the caller has authenticated it
    if claim is not None:
        begin_once(tx, claim, booking.id)
    if booking.state in (State.CANCELLING, State.CANCELLED):
        return booking
    cancellable = LIVE | {State.CONFIRMING, State.AWAITING_EMAIL, State.AWAITING_APPROVAL}
    if booking.state not in cancellable or booking.starts <= tx.now():
        raise Problem("not-cancellable")
    was_known = booking.state in LIVE
    cancelling = journal.advance(tx, booking, State.CANCELLING, sequence=booking.sequence + 1)
    steps.drop_steps(tx, booking.id, "expire", "remind", "room", "complete", "refresh")
    return Begun(cancelling, steps.add_claimed_step(tx, booking.id, "withdraw", {"announce": was_known}))


def cancelled(tx: Tx, booking: Booking, step: Step) -> None:
    """Nothing is left outside: free all places and say so."""
    done = journal.advance(tx, booking, State.CANCELLED)
    is_known, now = step.detail.get("announce", True), tx.now()
    ahead = [Ahead("mail", now, {"letter": "cancellation", "version": done.sequence})]
    for place in places.places_of(tx, booking.id):
        places.free_place(tx, booking.id, place.placement)
        if place.placement == booking.placement:
            ahead.append(to_clerk(done, place, "cancellation", now))
    steps.finish_step(tx, step)
    if is_known:
        steps.add_steps(tx, booking.id, ahead)


def begin_moving(tx: Tx, booking_id: str, wanted: Chosen, lanes: list[str], claim: Claim, context: Context) -> Begun:
    """Take the new place beside the old one and start to move.

    Raises:
        LaneTaken: nothing was left. Problem: `not-reschedulable`.
    """
    booking = journal.booking_by_id(tx, booking_id)
    assert booking is not None  # noqa: S101  # the caller has authenticated it
    begin_once(tx, claim, booking.id)
    if booking.state != State.CONFIRMED or booking.starts <= tx.now():
        raise Problem("not-reschedulable")
    # Numbers of places are never used twice: an earlier move may have failed and still be cleared away.
    taken = [place.placement for place in places.places_of(tx, booking.id)]
    placement = max([booking.placement, *taken]) + 1
    name = context.keys.name(booking.id, placement)
    if not any(places.take_place(tx, wanted.place(booking.id, placement, lane, name)) for lane in lanes):
        raise LaneTaken
    moving = journal.advance(tx, booking, State.RESCHEDULING)
    detail = {"placement": placement, "starts": wanted.starts, "ends": wanted.ends}
    return Begun(moving, steps.add_claimed_step(tx, booking.id, "move", detail))


def moved(tx: Tx, booking: Booking, step: Step, wall_start: str, table: OfferTable | None) -> Booking:
    """Finish moving: the new time counts, the old place is cleared."""
    done = journal.advance(
        tx,
        booking,
        State.CONFIRMED,
        starts=step.detail["starts"],
        ends=step.detail["ends"],
        wall_start=wall_start,
        placement=step.detail["placement"],
        sequence=booking.sequence + 1,
    )
    steps.finish_step(tx, step)
    steps.add_step(tx, booking.id, "clear", tx.now(), {"placement": booking.placement})
    steps.drop_steps(tx, booking.id, "remind", "complete")
    announce(tx, done, "change", table, previous=booking)
    return done


def stayed(tx: Tx, booking: Booking, step: Step) -> None:
    """Moving failed: the old time counts, the new place is cleared."""
    journal.advance(tx, booking, State.CONFIRMED)
    steps.finish_step(tx, step)
    steps.add_step(tx, booking.id, "clear", tx.now(), {"placement": step.detail["placement"]})


def corrected(tx: Tx, booking: Booking, personal: bytes) -> Booking:
    """Keep corrected contact data; the calendar entry follows."""
    if booking.state not in LIVE:
        raise Problem("not-reschedulable")
    amended = journal.amend(tx, booking, personal=personal, sequence=booking.sequence + 1)
    steps.add_step(tx, booking.id, "refresh", tx.now())
    return amended
