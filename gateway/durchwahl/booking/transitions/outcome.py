"""What has become of a talk, as somebody says who was there."""

from typing import Any

from durchwahl.errors import DurchwahlError
from durchwahl.model.states import State
from durchwahl.store import journal, steps
from durchwahl.store.journal import Booking
from durchwahl.store.tx import Tx

_OVER = (State.CONFIRMED, State.COMPLETED, State.NO_SHOW)


class NoOutcome(DurchwahlError):
    """There is nothing to be said of this talk; the text says why."""


def record_outcome(tx: Tx, booking_id: str, *, came: bool | None, needs_met: bool | None) -> Booking:
    """Keep whether the citizen came, and whether what the talk needed was there; saying it again changes nothing.

    Raises:
        NoOutcome: the talk has not begun, there was none, or nobody came whose needs could be met.
    """
    booking = journal.booking_by_id(tx, booking_id)
    if booking is None:
        raise NoOutcome("there is no such booking")
    if booking.state not in _OVER:
        raise NoOutcome(f"has no outcome: it is {booking.state}")
    if booking.starts > tx.now():
        raise NoOutcome("has not begun yet")
    state = _state(booking, came=came)
    if needs_met is not None and state == State.NO_SHOW:
        raise NoOutcome("did not take place: no needs were met or not met")
    met = None if state == State.NO_SHOW else booking.needs_met if needs_met is None else int(needs_met)
    if (state, met) == (booking.state, booking.needs_met):
        return booking
    columns: dict[str, Any] = {"needs_met": met}
    if state == booking.state:
        return journal.amend(tx, booking, **columns)
    steps.drop_steps(tx, booking.id, "complete")
    return journal.advance(tx, booking, state, **columns)


def _state(booking: Booking, *, came: bool | None) -> State:
    if came is not None:
        return State.COMPLETED if came else State.NO_SHOW
    if booking.state == State.CONFIRMED:
        raise NoOutcome("is not over yet: say whether the citizen came as well")
    return State(booking.state)
