"""The transactions in which a booking moves from state to state, each with the outbox rows that follow from it."""

from dataclasses import dataclass

from durchwahl.booking.context import Context, in_ms
from durchwahl.booking.holds import authentic
from durchwahl.booking.keys import BookingKey, token_digest
from durchwahl.booking.once import begin_once
from durchwahl.booking.placing import Chosen
from durchwahl.errors import DurchwahlError, Problem
from durchwahl.model.states import LIVE, State
from durchwahl.settings.department import OfferTable
from durchwahl.store import journal, links, steps
from durchwahl.store.idempotency import Claim
from durchwahl.store.journal import Booking, Place
from durchwahl.store.steps import Step
from durchwahl.store.tx import Tx

LINKS = ("manage", "join-citizen", "join-clerk")
ANSWERED_AFTER = 4_000
"""Who waited no longer than this, in milliseconds, has heard of a failure in the answer itself."""
SHORTEST_NOTICE = 3_600_000
"""A reminder less than an hour after the booking would only disturb."""


class LaneTaken(DurchwahlError):
    """No lane was left for a new time."""


@dataclass(frozen=True)
class Begun:
    """A booking that has moved, and the step that its caller now does itself."""

    booking: Booking
    step: Step


def begin_confirming(
    tx: Tx,
    booking_id: str,
    token: str,
    personal: bytes,
    lang: str,
    key: BookingKey,
    claim: Claim,
    *,
    verify: bool,
) -> Begun | Booking:
    """Turn a hold into a booking that is being confirmed, or that waits for the citizen's mail.

    Raises:
        Problem: `not-found`, `hold-expired`, `already-booked`.
        Repeated: the same key was there first.
    """
    booking = authentic(tx, booking_id, "hold", token)
    begin_once(tx, claim, booking.id)  # first of all: a double click is a repeat, not a second booking
    if booking.state in (State.EXPIRED, State.RELEASING, State.RELEASED):
        raise Problem("hold-expired")
    if booking.state != State.HELD:
        raise Problem("already-booked")
    now = tx.now()
    if booking.expires is None or booking.expires <= now:
        raise Problem("hold-expired")
    for purpose in LINKS:
        links.put_link(tx, booking.id, purpose, 0, token_digest(key.token(purpose, 0)))
    if verify:
        links.put_link(tx, booking.id, "verify", 0, token_digest(key.token("verify", 0)))
        until = booking.extendable_until or booking.expires
        waiting = journal.advance(tx, booking, State.AWAITING_EMAIL, personal=personal, lang=lang, expires=until)
        steps.move_steps(tx, booking.id, "expire", until)
        steps.add_step(tx, booking.id, "mail", now, {"letter": "verify"})
        return waiting
    confirming = journal.advance(tx, booking, State.CONFIRMING, personal=personal, lang=lang, expires=None)
    steps.drop_steps(tx, booking.id, "expire")
    return Begun(confirming, steps.add_claimed_step(tx, booking.id, "confirm"))


def keep_typed(tx: Tx, booking_id: str, personal: bytes) -> None:
    """Keep what was typed with the hold that was lost, so that a new hold can take it along."""
    tx.run(
        "UPDATE booking SET personal = ? WHERE id = ? AND state IN ('held', 'expired')",
        (personal, booking_id),
    )


def awaiting(tx: Tx, booking_id: str, token: str) -> Booking:
    """Return the booking that waits for this link to be used; changes nothing.

    Raises:
        Problem: `not-found`, `hold-expired`, `verification-not-needed`.
    """
    booking = authentic(tx, booking_id, "verify", token)
    if booking.state in (State.EXPIRED, State.RELEASING):
        raise Problem("hold-expired")
    if booking.state != State.AWAITING_EMAIL:
        raise Problem("verification-not-needed")
    if booking.expires is None or booking.expires <= tx.now():
        raise Problem("hold-expired")
    return booking


def verified(tx: Tx, booking_id: str, token: str) -> Begun:
    """Go on after the citizen has used the mail's link; raises as `awaiting`."""
    booking = awaiting(tx, booking_id, token)
    confirming = journal.advance(tx, booking, State.CONFIRMING, expires=None)
    steps.drop_steps(tx, booking.id, "expire")
    return Begun(confirming, steps.add_claimed_step(tx, booking.id, "confirm"))


def confirmed(tx: Tx, booking: Booking, step: Step, table: OfferTable | None) -> Booking:
    """Finish confirming: mails, reminder and room follow from the outbox."""
    done = journal.advance(tx, booking, State.CONFIRMED)
    steps.finish_step(tx, step)
    _announce(tx, done, "confirmation", table)
    return done


def failed(tx: Tx, booking: Booking, step: Step, reason: str) -> Step:
    """Give up confirming; what may have been left outside is removed by the step that is returned.

    Who had left with a 202 is told at once: a calendar that is gone may be gone for days.
    """
    was_answered = tx.now() - booking.updated > ANSWERED_AFTER
    undoing = journal.advance(tx, booking, State.UNDOING, failure=reason)
    steps.finish_step(tx, step)
    if was_answered:
        steps.add_step(tx, undoing.id, "mail", tx.now(), {"letter": "expired"})
    return steps.add_claimed_step(tx, undoing.id, "undo")


def undone(tx: Tx, booking: Booking, step: Step) -> None:
    """Nothing is left outside: the booking has failed, its place is free."""
    journal.advance(tx, booking, State.FAILED)
    journal.free_place(tx, booking.id, booking.placement)
    steps.finish_step(tx, step)


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
    is_known = step.detail.get("announce", True)
    for place in journal.places_of(tx, booking.id):
        journal.free_place(tx, booking.id, place.placement)
        if is_known and place.placement == booking.placement:
            _tell_clerk(tx, done, place, "cancellation")
    steps.finish_step(tx, step)
    if is_known:
        steps.add_step(tx, booking.id, "mail", tx.now(), {"letter": "cancellation", "version": done.sequence})


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
    taken = [place.placement for place in journal.places_of(tx, booking.id)]
    placement = max([booking.placement, *taken]) + 1
    name = context.keys.name(booking.id, placement)
    if not any(journal.take_place(tx, wanted.place(booking.id, placement, lane, name)) for lane in lanes):
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
    _announce(tx, done, "change", table, previous=booking)
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


def _tell_clerk(tx: Tx, booking: Booking, place: Place, letter: str, previous: int | None = None) -> None:
    lane = {"source": place.source, "lane": place.lane}
    detail = {"letter": letter, "version": booking.sequence, "previous": previous, **lane}
    steps.add_step(tx, booking.id, "clerk", tx.now(), detail)


def _tell_clerks(tx: Tx, booking: Booking, letter: str, previous: Booking | None) -> None:
    """Tell the lane's clerk; where the booking has changed lanes, the one has a new appointment, the other one less."""
    place = journal.place_of(tx, booking.id, booking.placement)
    if place is None:
        return
    before = journal.place_of(tx, booking.id, previous.placement) if previous else None
    has_moved_over = before is not None and (before.source, before.lane) != (place.source, place.lane)
    if before is not None and has_moved_over:
        _tell_clerk(tx, booking, before, "cancellation", previous.starts if previous else None)
    starts = previous.starts if previous and not has_moved_over else None
    _tell_clerk(tx, booking, place, "confirmation" if has_moved_over else letter, starts)


def _announce(tx: Tx, booking: Booking, letter: str, table: OfferTable | None, previous: Booking | None = None) -> None:
    now = tx.now()
    starts = previous.starts if previous else None
    steps.add_step(tx, booking.id, "mail", now, {"letter": letter, "version": booking.sequence, "previous": starts})
    _tell_clerks(tx, booking, letter, previous)
    if booking.channel == "video":
        steps.add_step(tx, booking.id, "room", now)
    steps.add_step(tx, booking.id, "complete", booking.ends)
    reminder = table.reminder if table else None
    if reminder and (due := booking.starts - in_ms(reminder)) > now + SHORTEST_NOTICE:
        steps.add_step(tx, booking.id, "remind", due, {"letter": "reminder", "version": booking.sequence})
