"""A hold becomes an appointment, waits for its citizen's mail, or fails."""

from dataclasses import dataclass, field, replace
from typing import Any

from durchwahl.booking.access import authentic
from durchwahl.booking.answers import Answer
from durchwahl.booking.keys import BookingKey, token_digest
from durchwahl.booking.once import begin_once
from durchwahl.booking.outcomes import told
from durchwahl.booking.refusals import no_hold
from durchwahl.booking.transitions import late
from durchwahl.booking.transitions.follow import announce
from durchwahl.booking.transitions.hold import turn_away
from durchwahl.booking.transitions.limit import Contact, has_enough
from durchwahl.booking.views import View
from durchwahl.errors import Problem
from durchwahl.model.states import State
from durchwahl.settings.department import OfferTable
from durchwahl.store import journal, links, steps
from durchwahl.store.idempotency import Claim
from durchwahl.store.journal import Booking
from durchwahl.store.places import Place
from durchwahl.store.steps import Ahead, Step
from durchwahl.store.tx import Tx

LINKS = ("manage", "join-citizen", "join-clerk")
ANSWERED_AFTER = 4_000
"""Who waited no longer than this, in milliseconds, has heard of a failure in the answer itself."""


@dataclass(frozen=True)
class Begun:
    """A booking that has moved, and the step that its caller now does itself."""

    booking: Booking
    step: Step


@dataclass(frozen=True)
class Wanted:
    """A hold as it was seen, with what its citizen gives: `personal` is sealed, `lang` is that of mails and pages."""

    view: View
    personal: bytes = field(repr=False)
    lang: str

    @property
    def columns(self) -> dict[str, Any]:
        """What the booking's row is given."""
        return {"personal": self.personal, "lang": self.lang}


def confirm_at_once(tx: Tx, wanted: Wanted, claim: Claim) -> Answer:
    """Make the hold an appointment in the journal itself: nothing lies outside that could be written or refuse.

    Raises:
        Problem: `hold-expired`, `already-booked`, `booking-cancelled`.
        Repeated: the same key was there first.
        Superseded: the hold is no longer what was seen.
    """
    view, booking = wanted.view, wanted.view.booking
    must_be_held(tx, booking, claim)
    done = journal.advance(tx, booking, State.CONFIRMING, State.CONFIRMED, **wanted.columns, expires=None)
    answer = told(replace(view, booking=done), done=201)
    begin_once(tx, claim, booking.id, answer.sealed(view.key, claim))
    give_links(tx, view.key, *LINKS)
    steps.drop_steps(tx, booking.id, "expire")
    announce(tx, done, "confirmation", view.offer.table if view.offer else None)
    return answer


def begin_confirming(tx: Tx, wanted: Wanted, claim: Claim) -> Begun:
    """Start to confirm in the department's calendar; raises as `confirm_at_once`."""
    booking = wanted.view.booking
    must_be_held(tx, booking, claim)
    begin_once(tx, claim, booking.id)
    confirming = journal.advance(tx, booking, State.CONFIRMING, **wanted.columns, expires=None)
    give_links(tx, wanted.view.key, *LINKS)
    steps.drop_steps(tx, booking.id, "expire")
    return Begun(confirming, _first_step(tx, booking.id))


def await_mail(tx: Tx, wanted: Wanted, claim: Claim) -> Booking:
    """Let the booking wait until its citizen has used the link in a mail; raises as `confirm_at_once`."""
    booking = wanted.view.booking
    must_be_held(tx, booking, claim)
    begin_once(tx, claim, booking.id)
    until = booking.extendable_until or booking.expires or tx.now()
    waiting = journal.advance(tx, booking, State.AWAITING_EMAIL, **wanted.columns, expires=until)
    give_links(tx, wanted.view.key, *LINKS, "verify")
    steps.move_steps(tx, booking.id, "expire", until)
    steps.add_step(tx, booking.id, "mail", tx.now(), {"letter": "verify"})
    return waiting


def keep_typed(tx: Tx, booking_id: str, personal: bytes) -> None:
    """Keep what was typed with the hold that was lost, so that a new hold can take it along."""
    tx.run(
        "UPDATE booking SET personal = ? WHERE id = ? AND state IN ('held', 'expired') AND key IS NOT NULL",
        (personal, booking_id),
    )


def awaiting(tx: Tx, booking_id: str, token: str) -> Booking:
    """Return the booking that waits for this link to be used; changes nothing.

    Raises:
        Problem: `not-found`, `hold-expired`, `verification-not-needed`, `booking-limit` where it was turned away.
    """
    booking = authentic(tx, booking_id, "verify", token)
    if booking.state in (State.EXPIRED, State.RELEASING):
        raise Problem("hold-expired")
    if booking.state == State.RELEASED:  # nothing else releases what waits for a mail
        raise Problem("booking-limit")
    if booking.state != State.AWAITING_EMAIL:
        raise Problem("verification-not-needed")
    if booking.expires is None or booking.expires <= tx.now():
        raise Problem("hold-expired")
    return booking


def verified(tx: Tx, booking_id: str, token: str, contact: Contact) -> Begun | None:
    """Go on after the citizen has used the mail's link; raises as `awaiting`.

    None: `contact` has all the appointments to come that it may have, and the place is free again.
    """
    booking = awaiting(tx, booking_id, token)
    if has_enough(tx, contact):
        turn_away(tx, booking)
        return None
    confirming = journal.advance(tx, booking, State.CONFIRMING, expires=None, contact=contact.known_as[0])
    steps.drop_steps(tx, booking.id, "expire")
    return Begun(confirming, _first_step(tx, booking.id))


def confirmed(tx: Tx, booking: Booking, step: Step, table: OfferTable | None) -> Booking:
    """Finish confirming: mails, reminder and room follow from the outbox."""
    steps.must_finish(tx, step)
    done = journal.advance(tx, booking, State.CONFIRMED)
    announce(tx, done, "confirmation", table)
    return done


def failed(tx: Tx, booking: Booking, step: Step, reason: str) -> Step:
    """Give up confirming; what may have been left outside is removed by the step that is returned.

    Who had left with a 202 is told at once: a calendar that is gone may be gone for days.
    """
    steps.must_finish(tx, step)
    undoing = journal.advance(tx, booking, State.UNDOING, failure=reason)
    if was_answered(tx, step, booking):
        steps.add_step(tx, undoing.id, "mail", tx.now(), {"letter": "expired"})
    return steps.add_claimed_step(tx, undoing.id, "undo")


def undone(tx: Tx, booking: Booking, step: Step, removed: Place | None) -> None:
    """Nothing is left outside: the booking has failed, its place is free."""
    steps.must_finish(tx, step)
    journal.advance(tx, booking, State.FAILED)
    late.free_as_seen(tx, removed)


def unresolved(tx: Tx, booking: Booking, step: Step, until: int) -> None:
    """Nobody knows whether the appointment stands: its place stays taken `until` (milliseconds), and nothing is tried.

    The citizen is told to ask the department.
    """
    steps.must_finish(tx, step)
    left = journal.advance(tx, booking, State.UNRESOLVED)
    late.leave_open(tx, booking.id, booking.placement)
    detail = {"letter": "unresolved", "version": left.sequence, "placement": left.placement}
    steps.add_steps(tx, booking.id, [Ahead("resolve", until), Ahead("mail", tx.now(), detail)])


def was_answered(tx: Tx, step: Step, booking: Booking) -> bool:
    """Whether the citizen has left with a 202 before the step came to its end, or was long gone when it began."""
    waited = tx.now() - int(step.detail.get("since", booking.updated))
    return waited > ANSWERED_AFTER or bool(step.detail.get("answered"))


def _first_step(tx: Tx, booking_id: str) -> Step:
    return steps.add_claimed_step(tx, booking_id, "confirm", {"since": tx.now()})


def must_be_held(tx: Tx, booking: Booking, claim: Claim) -> None:
    """Raise why it is no hold, `Repeated` where the same key was there first."""
    if booking.state == State.HELD and booking.expires is not None and booking.expires > tx.now():
        return
    begin_once(tx, claim, booking.id)  # first of all: a double click is a repeat, not a second booking
    raise no_hold(booking.state)


def give_links(tx: Tx, key: BookingKey, *purposes: str) -> None:
    """Make the links of these purposes good."""
    links.put_links(tx, key.booking_id, 0, {one: token_digest(key.token(one, 0)) for one in purposes})
