"""The states of a booking and the only ways from one to another."""

from enum import StrEnum


class State(StrEnum):
    """Where a booking stands in the journal. The public `status` is `PUBLIC_STATUS`."""

    HOLDING = "holding"
    HELD = "held"
    AWAITING_EMAIL = "awaiting_email"
    AWAITING_APPROVAL = "awaiting_approval"
    CONFIRMING = "confirming"
    CONFIRMED = "confirmed"
    RESCHEDULING = "rescheduling"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    RELEASING = "releasing"
    EXPIRED = "expired"
    RELEASED = "released"
    REFUSED = "refused"
    UNDOING = "undoing"
    FAILED = "failed"
    UNRESOLVED = "unresolved"
    COMPLETED = "completed"
    NO_SHOW = "no_show"


S = State

EDGES: dict[State, frozenset[State]] = {
    S.HOLDING: frozenset({S.HELD, S.RELEASING, S.UNRESOLVED}),
    S.HELD: frozenset({S.AWAITING_EMAIL, S.AWAITING_APPROVAL, S.CONFIRMING, S.RELEASING}),
    S.AWAITING_EMAIL: frozenset({S.AWAITING_APPROVAL, S.CONFIRMING, S.RELEASING, S.CANCELLING}),
    S.AWAITING_APPROVAL: frozenset({S.CONFIRMING, S.RELEASING, S.CANCELLING}),
    S.CONFIRMING: frozenset({S.CONFIRMED, S.UNDOING, S.CANCELLING, S.UNRESOLVED}),
    S.CONFIRMED: frozenset({S.RESCHEDULING, S.CANCELLING, S.CANCELLED, S.COMPLETED, S.NO_SHOW}),
    S.RESCHEDULING: frozenset({S.CONFIRMED, S.CANCELLING, S.UNRESOLVED}),
    S.CANCELLING: frozenset({S.CANCELLED, S.UNRESOLVED}),
    S.RELEASING: frozenset({S.EXPIRED, S.RELEASED, S.REFUSED, S.UNRESOLVED}),
    S.UNDOING: frozenset({S.FAILED, S.UNRESOLVED}),
    S.UNRESOLVED: frozenset({S.CONFIRMED, S.FAILED, S.CANCELLED, S.EXPIRED}),
    S.COMPLETED: frozenset({S.NO_SHOW}),
    S.NO_SHOW: frozenset({S.COMPLETED}),
    S.CANCELLED: frozenset(),
    S.EXPIRED: frozenset(),
    S.RELEASED: frozenset(),
    S.REFUSED: frozenset(),
    S.FAILED: frozenset(),
}
"""`cancelling` is absorbing: nothing leads back from it to a living appointment."""

PUBLIC_STATUS: dict[State, str] = {
    S.HOLDING: "pending",
    S.HELD: "held",
    S.AWAITING_EMAIL: "pending_activation",
    S.AWAITING_APPROVAL: "pending_approval",
    S.CONFIRMING: "pending",
    S.CONFIRMED: "confirmed",
    S.RESCHEDULING: "confirmed",
    S.CANCELLING: "cancelled",
    S.CANCELLED: "cancelled",
    S.RELEASING: "expired",
    S.EXPIRED: "expired",
    S.RELEASED: "released",
    S.REFUSED: "refused",
    S.UNDOING: "failed",
    S.FAILED: "failed",
    S.UNRESOLVED: "pending",
    S.COMPLETED: "completed",
    S.NO_SHOW: "no_show",
}
"""What the interface says. The enumeration is open; a moving appointment stays confirmed, at its old time."""

LIVE = frozenset({S.CONFIRMED, S.RESCHEDULING})
"""States in which there is an appointment that the citizen can rely on."""

OVER = frozenset(
    {
        State.CANCELLING, State.CANCELLED, State.RELEASING, State.EXPIRED, State.RELEASED, State.REFUSED,
        State.UNDOING, State.FAILED, State.COMPLETED, State.NO_SHOW,
    }
)  # fmt: skip
"""States in which nobody waits for a talk any more, even where something has still to be removed outside."""
