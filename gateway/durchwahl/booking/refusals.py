"""Why something cannot be done with a booking, from where it stands."""

from durchwahl.errors import Problem
from durchwahl.model.states import LIVE, State

_CANCELLED = frozenset({State.CANCELLING, State.CANCELLED})
_BOOKED = LIVE | {
    State.AWAITING_EMAIL, State.AWAITING_APPROVAL, State.CONFIRMING, State.UNRESOLVED, State.COMPLETED, State.NO_SHOW
}  # fmt: skip


def no_hold(state: str) -> Problem:
    """Return what to answer to whoever takes a booking for a hold: it is booked, it was cancelled, or it is lost."""
    if state in _CANCELLED:
        return Problem("booking-cancelled")
    return Problem("already-booked" if state in _BOOKED else "hold-expired")


def not_to_be_corrected(state: str) -> Problem:
    """Return what to answer to whoever corrects what is no appointment, or none any more."""
    return Problem("booking-cancelled" if state in _CANCELLED else "not-reschedulable")
