"""What time alone brings: a hold expires, a talk is over, nobody asks any more whether an appointment stands."""

from durchwahl.booking.transitions.follow import detail_of
from durchwahl.booking.transitions.hold import expire
from durchwahl.model.states import State
from durchwahl.store import journal, places, steps
from durchwahl.store.journal import Booking
from durchwahl.store.steps import Step
from durchwahl.store.tx import Tx

LONGEST_MOVE = 60_000
"""How long, in milliseconds, an appointment that is being moved is left alone before it is looked at again."""
_LAPSING = (State.HELD, State.AWAITING_EMAIL, State.AWAITING_APPROVAL)


def expire_if_due(tx: Tx, step: Step, booking: Booking) -> None:
    """Let a hold or a request lapse whose time is over; one that was prolonged is looked at again."""
    if booking.state in _LAPSING and booking.expires is not None:
        if booking.expires > tx.now():
            steps.postpone_step(tx, step, booking.expires)
            return
        steps.must_finish(tx, step)
        expire(tx, booking)
        if booking.state == State.AWAITING_APPROVAL:
            steps.add_step(tx, booking.id, "mail", tx.now(), detail_of(booking, "unanswered"))
    else:
        steps.finish_step(tx, step)


def complete_if_over(tx: Tx, step: Step, booking: Booking) -> None:
    """Let an appointment be over; one that is being moved may still get another time."""
    now = tx.now()
    if booking.state == State.RESCHEDULING:
        steps.postpone_step(tx, step, max(booking.ends, now + LONGEST_MOVE))
    elif booking.state == State.CONFIRMED and booking.ends > now:
        steps.postpone_step(tx, step, booking.ends)
    else:
        steps.must_finish(tx, step)
        if booking.state == State.CONFIRMED:
            journal.advance(tx, booking, State.COMPLETED)


def resolve(tx: Tx, step: Step, booking: Booking) -> None:
    """Give up an unresolved booking: what may stand in the department's system has expired there, or is over."""
    steps.must_finish(tx, step)
    if booking.state != State.UNRESOLVED:
        return
    failed = give_up(tx, booking)
    if booking.starts > tx.now():
        detail = {"letter": "expired", "version": failed.sequence, "placement": failed.placement}
        steps.add_step(tx, booking.id, "mail", tx.now(), detail)


def give_up(tx: Tx, booking: Booking) -> Booking:
    """Let an unresolved booking have failed, and free its place."""
    failed = journal.advance(tx, booking, State.FAILED, failure="unavailable")
    places.free_place(tx, booking.id, booking.placement)
    return failed
