"""An appointment is moved, corrected or cancelled."""

from collections.abc import Collection, Sequence
from typing import Any

from durchwahl.booking.context import Context
from durchwahl.booking.once import begin_once
from durchwahl.booking.placing import Chosen, LaneTaken
from durchwahl.booking.refusals import not_to_be_corrected
from durchwahl.booking.transitions import late
from durchwahl.booking.transitions.confirm import Begun, was_answered
from durchwahl.booking.transitions.follow import announce, announce_correction, to_clerk
from durchwahl.errors import Problem
from durchwahl.model.states import LIVE, State
from durchwahl.settings.department import OfferTable
from durchwahl.store import journal, places, steps
from durchwahl.store.idempotency import Claim
from durchwahl.store.journal import Booking, Superseded
from durchwahl.store.places import Place
from durchwahl.store.steps import Ahead, Step
from durchwahl.store.tx import Tx

_CANCELLABLE = LIVE | {State.CONFIRMING, State.AWAITING_EMAIL, State.AWAITING_APPROVAL}


def is_cancellable(booking: Booking, now: int) -> bool:
    """Whether there is an appointment, or something that may become one, and it is still to come."""
    return booking.state in _CANCELLABLE and booking.starts > now


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
    if not is_cancellable(booking, tx.now()):
        raise Problem("not-cancellable")
    was_known = booking.state in LIVE or booking.state == State.AWAITING_APPROVAL
    cancelling = give_up(tx, booking)
    return Begun(cancelling, steps.add_claimed_step(tx, booking.id, "withdraw", {"announce": was_known}))


def give_up(tx: Tx, booking: Booking, **columns: Any) -> Booking:
    """Let the booking be cancelling; its caller writes the step that withdraws it."""
    cancelling = journal.advance(tx, booking, State.CANCELLING, sequence=booking.sequence + 1, **columns)
    # What nobody has begun is not begun any more; what somebody is doing ends by itself, and withdrawing waits for it.
    steps.drop_steps(tx, booking.id, "expire", "remind", "complete", "confirm", "move", "refresh", "room")
    return cancelling


def cancelled(tx: Tx, booking: Booking, step: Step, removed: Sequence[Place]) -> None:
    """Nothing is left in any calendar: free all places, say so, and end the room; a video platform may take its time.

    Raises:
        Superseded: something was written after it was looked at, or the step is no longer ours.
    """
    steps.must_finish(tx, step)
    if places.places_of(tx, booking.id) != list(removed):
        raise Superseded(f"a place of booking {booking.id} was written meanwhile")
    done = journal.advance(tx, booking, State.CANCELLED)
    is_known, now = step.detail.get("announce", True), tx.now()
    letter = step.detail.get("letter", "cancellation")
    ahead = [Ahead("mail", now, {"letter": letter, "version": done.sequence})]
    for place in removed:
        places.free_place(tx, booking.id, place.placement)
        if place.placement == booking.placement:
            ahead.append(to_clerk(done, place, "cancellation", now))
    if done.room_name is not None:
        steps.add_step(tx, booking.id, "close", now)
    if is_known:
        steps.add_steps(tx, booking.id, ahead)


def begin_moving(tx: Tx, booking_id: str, wanted: Chosen, lanes: list[str], claim: Claim, context: Context) -> Begun:
    """Take the new place beside the old one and start to move.

    Raises:
        LaneTaken: nothing was left. Problem: `not-reschedulable`.
    """
    booking = journal.booking_by_id(tx, booking_id)
    assert booking is not None  # noqa: S101  # the caller has authenticated it
    begin_once(tx, claim, booking.id, placement=booking.last_placement + 1)
    if booking.state != State.CONFIRMED or booking.starts <= tx.now():
        raise Problem("not-reschedulable")
    placement = take_beside(tx, booking, wanted, lanes, context)
    moving = journal.advance(tx, booking, State.RESCHEDULING, last_placement=placement)
    detail = detail_of_move(wanted, placement, tx.now())
    return Begun(moving, steps.add_claimed_step(tx, booking.id, "move", detail))


def take_beside(tx: Tx, booking: Booking, wanted: Chosen, lanes: Sequence[str], context: Context) -> int:
    """Take a new place in the first lane that is free, beside the old one, and return its number.

    Raises:
        LaneTaken: nothing was left.
    """
    placement = booking.last_placement + 1
    name = context.keys.name(booking.id, placement)
    if not any(places.take_place(tx, wanted.place(booking.id, placement, lane, name)) for lane in lanes):
        raise LaneTaken
    return placement


def detail_of_move(wanted: Chosen, placement: int, now: int) -> dict[str, Any]:
    """Return what the step says that moves a booking to the place of this number."""
    return {
        "placement": placement, "starts": wanted.starts, "ends": wanted.ends, "language": wanted.language,
        "since": now,
    }  # fmt: skip


def moved(tx: Tx, booking: Booking, step: Step, wall_start: str, table: OfferTable | None) -> Booking:
    """Finish moving: the new time counts, the old place is cleared."""
    steps.must_finish(tx, step)
    done = journal.advance(
        tx,
        booking,
        State.CONFIRMED,
        starts=step.detail["starts"],
        ends=step.detail["ends"],
        wall_start=wall_start,
        language=step.detail.get("language", booking.language),
        placement=step.detail["placement"],
        sequence=booking.sequence + 1,
    )
    steps.add_step(tx, booking.id, "clear", tx.now(), {"placement": booking.placement})
    steps.drop_steps(tx, booking.id, "remind", "complete")
    announce(tx, done, "change", table, previous=booking, citizens=step.detail.get("letter", "change"))
    return done


def stayed(tx: Tx, booking: Booking, step: Step) -> None:
    """Moving failed: the old time counts, the new place is cleared."""
    _stands(tx, booking, step)
    steps.add_step(tx, booking.id, "clear", tx.now(), {"placement": step.detail["placement"]})


def stayed_unclear(tx: Tx, booking: Booking, step: Step) -> None:
    """The old time counts, and nobody knows whether something stands at the new place: it is kept from everybody."""
    _stands(tx, booking, step)
    late.leave_open(tx, booking.id, step.detail["placement"])


def _stands(tx: Tx, booking: Booking, step: Step) -> None:
    """The old time counts. Who has left with a 202 is told: nobody else would say so.

    What the office wanted, and could not do, its citizen has never heard of.
    """
    steps.must_finish(tx, step)
    stands = journal.advance(tx, booking, State.CONFIRMED)
    if not step.detail.get("by_office") and was_answered(tx, step, booking):
        detail = {"letter": "not_moved", "version": stands.last_placement, "placement": stands.placement}
        steps.add_step(tx, booking.id, "mail", tx.now(), detail)


def corrected(tx: Tx, booking: Booking, personal: bytes, fields: Collection[str]) -> Booking:
    """Keep corrected contact data; the calendar entry and the letters that tell of `fields` follow."""
    if booking.state not in LIVE:
        raise not_to_be_corrected(booking.state)
    amended = journal.amend(tx, booking, personal=personal, sequence=booking.sequence + 1)
    late.want_refresh(tx, booking.id)
    announce_correction(tx, amended, fields)
    return amended
