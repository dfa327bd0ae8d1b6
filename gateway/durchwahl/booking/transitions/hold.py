"""A slot is kept for one citizen, prolonged, given back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from durchwahl.booking.access import authentic
from durchwahl.booking.answers import Answer
from durchwahl.booking.context import Context, in_ms, instant
from durchwahl.booking.keys import BookingKey, new_reference, token_digest
from durchwahl.booking.once import begin_once
from durchwahl.booking.placing import Chosen, LaneTaken
from durchwahl.booking.refusals import no_hold
from durchwahl.booking.transitions.limit import must_be_within_limits
from durchwahl.errors import Problem
from durchwahl.model.states import State
from durchwahl.store import journal, links, places, steps
from durchwahl.store.idempotency import Claim
from durchwahl.store.journal import Booking
from durchwahl.store.tx import Tx


@dataclass(frozen=True)
class NewHold:
    """Everything about a hold that does not depend on the database; `body` is the answer but for its times."""

    booking: Booking
    key: BookingKey
    chosen: Chosen
    lanes: Sequence[str]
    body: dict[str, Any] = field(repr=False)


def place_hold(tx: Tx, hold: NewHold, claim: Claim, context: Context) -> Answer:
    """Take one of the lanes and answer 201.

    Raises:
        LaneTaken: every lane was taken between looking and taking.
        Problem: `hold-limit`, `booking-limit`, `client-limit`.
        Repeated: the same key was there first.
    """
    now = tx.now()
    gateway = context.settings.gateway
    expires, at_most = now + in_ms(gateway.hold), now + in_ms(gateway.hold_at_most)
    booking = hold.booking._replace(expires=expires, extendable_until=at_most, created=now, updated=now)
    answer = Answer.of(201, {**hold.body, **times_of(booking, context)})
    begin_once(tx, claim, booking.id, answer.sealed(hold.key, claim))
    while not journal.insert_booking(tx, booking):
        booking = booking._replace(reference=new_reference())
    name = context.keys.name(booking.id, 1)
    if not any(places.take_place(tx, hold.chosen.place(booking.id, 1, lane, name)) for lane in hold.lanes):
        raise LaneTaken
    # After exclusivity, so that a taken slot stays a taken slot.
    must_be_within_limits(tx, booking, context.settings)
    links.put_links(tx, booking.id, 0, {"hold": token_digest(hold.body["token"])})
    steps.add_step(tx, booking.id, "expire", expires)
    return answer


def extend(tx: Tx, booking_id: str, token: str, length: int) -> Booking:
    """Prolong the hold by `length` milliseconds, as far as it goes.

    Raises:
        Problem: `not-found`, `hold-expired`, `not-extendable`, `already-booked`, `booking-cancelled`.
    """
    booking = authentic(tx, booking_id, "hold", token)
    if booking.state != State.HELD or booking.expires is None or booking.expires <= tx.now():
        raise no_hold(booking.state)
    assert booking.extendable_until is not None  # noqa: S101  # written with every hold
    until = min(booking.expires + length, booking.extendable_until)
    if until <= booking.expires:
        raise Problem("not-extendable")
    extended = journal.amend(tx, booking, expires=until)
    steps.move_steps(tx, booking.id, "expire", until)
    return extended


def release(tx: Tx, booking_id: str, token: str) -> None:
    """Give the slot back, and forget what was typed; one that is free already is no error.

    Raises:
        Problem: `not-found`.
    """
    booking = authentic(tx, booking_id, "hold", token)
    if booking.state == State.HELD:
        _free(tx, booking, State.RELEASED, personal=None)
    elif booking.state not in (State.RELEASING, State.RELEASED, State.EXPIRED):
        raise Problem("not-found")


def expire(tx: Tx, booking: Booking) -> None:
    """Let a hold, or a request that nobody has approved, lapse: its time is over."""
    _free(tx, booking, State.EXPIRED)


def turn_away(tx: Tx, booking: Booking) -> None:
    """Give back the place of a booking whose citizen has enough of them, and forget who that is."""
    _free(tx, booking, State.RELEASED, personal=None, failure="limit")


def times_of(booking: Booking, context: Context) -> dict[str, str | None]:
    """Return until when the hold is kept, and how far it can be prolonged."""
    stamps = {"expires_at": booking.expires, "extendable_until": booking.extendable_until}
    zone = context.settings.zone
    return {name: instant(stamp).astimezone(zone).isoformat() if stamp else None for name, stamp in stamps.items()}


def _free(tx: Tx, booking: Booking, to: State, **columns: Any) -> None:
    """A gateway's hold leaves nothing outside, so that releasing and released are one transaction."""
    journal.advance(tx, booking, State.RELEASING, to, **columns)
    places.free_place(tx, booking.id, booking.placement)
    steps.drop_steps(tx, booking.id, "expire")
