"""A booking waits for its department: asked for, approved, refused. Its place is taken, nothing is written outside."""

from dataclasses import replace
from typing import Any

from durchwahl.booking.answers import Answer
from durchwahl.booking.once import begin_once
from durchwahl.booking.outcomes import told
from durchwahl.booking.transitions.confirm import LINKS, Wanted, awaiting, give_links, must_be_held
from durchwahl.booking.transitions.follow import announce, detail_of, to_clerk
from durchwahl.booking.transitions.hold import turn_away
from durchwahl.booking.transitions.limit import Contact, has_enough
from durchwahl.errors import DurchwahlError
from durchwahl.model.states import State
from durchwahl.settings.department import OfferTable
from durchwahl.store import journal, places, steps
from durchwahl.store.idempotency import Claim
from durchwahl.store.journal import Booking
from durchwahl.store.steps import Ahead
from durchwahl.store.tx import Tx


class NotAwaited(DurchwahlError):
    """Nobody waits for an approval of this booking; the text says where it stands."""


def await_approval(tx: Tx, wanted: Wanted, claim: Claim, within: int) -> Answer:
    """Let the hold wait for the department, at most `within` milliseconds, and answer 202.

    Raises:
        Problem: `hold-expired`, `already-booked`, `booking-cancelled`.
        Repeated: the same key was there first.
        Superseded: the hold is no longer what was seen.
    """
    view, booking = wanted.view, wanted.view.booking
    must_be_held(tx, booking, claim)
    waiting = _ask(tx, booking, within, **wanted.columns)
    answer = told(replace(view, booking=waiting), done=201)
    begin_once(tx, claim, booking.id, answer.sealed(view.key, claim))
    give_links(tx, view.key, *LINKS)
    return answer


def ask_when_verified(tx: Tx, booking_id: str, token: str, contact: Contact, within: int) -> Booking | None:
    """Let the booking wait for the department now that its citizen has used the mail's link; raises as `awaiting`.

    None: `contact` has all the appointments to come that it may have, and the place is free again.
    """
    booking = awaiting(tx, booking_id, token)
    if has_enough(tx, contact):
        turn_away(tx, booking)
        return None
    return _ask(tx, booking, within, contact=contact.known_as[0])


def approve(tx: Tx, booking_id: str, table: OfferTable | None, *, is_in_journal: bool) -> Booking:
    """Say yes: confirmed at once where the calendar is the journal itself, else a step writes it into the calendar.

    Raises:
        NotAwaited: it does not wait, or no longer.
    """
    booking = _waiting(tx, booking_id)
    steps.drop_steps(tx, booking.id, "expire")
    if is_in_journal:
        done = journal.advance(tx, booking, State.CONFIRMING, State.CONFIRMED, expires=None)
        announce(tx, done, "confirmation", table)
        return done
    confirming = journal.advance(tx, booking, State.CONFIRMING, expires=None)
    now = tx.now()
    steps.add_step(tx, booking.id, "confirm", now, {"since": now, "answered": True})
    return confirming


def refuse(tx: Tx, booking_id: str, note: bytes | None) -> Booking:
    """Say no; `note` is the reason for the citizen, sealed. The place is free at once.

    Raises:
        NotAwaited: as `approve`.
    """
    booking = _waiting(tx, booking_id)
    refused = journal.advance(tx, booking, State.RELEASING, State.REFUSED, note=note, expires=None)
    places.free_place(tx, booking.id, booking.placement)
    steps.drop_steps(tx, booking.id, "expire")
    steps.add_step(tx, booking.id, "mail", tx.now(), detail_of(refused, "refused"))
    return refused


def _ask(tx: Tx, booking: Booking, within: int, **columns: Any) -> Booking:
    now = tx.now()
    until = min(now + within, booking.starts)
    waiting = journal.advance(tx, booking, State.AWAITING_APPROVAL, **columns, expires=until)
    steps.move_steps(tx, booking.id, "expire", until)
    ahead = [Ahead("mail", now, detail_of(waiting, "requested"))]
    place = places.place_of(tx, booking.id, booking.placement)
    if place is not None:
        ahead.append(to_clerk(waiting, place, "requested", now))
    steps.add_steps(tx, booking.id, ahead)
    return waiting


def _waiting(tx: Tx, booking_id: str) -> Booking:
    booking = journal.booking_by_id(tx, booking_id)
    if booking is None:
        raise NotAwaited("there is no such booking")
    if booking.state != State.AWAITING_APPROVAL:
        raise NotAwaited(f"does not wait for approval: it is {booking.state}")
    if booking.expires is None or booking.expires <= tx.now():
        raise NotAwaited("has waited too long for approval: it expires now")
    return booking
