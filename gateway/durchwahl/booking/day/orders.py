"""What an office wants done with many bookings, and what has become of each of them."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast

from durchwahl.booking.transitions.office import Elsewhere
from durchwahl.model.states import LIVE, State
from durchwahl.store.batches import Batch, BatchKind, Item, ItemState
from durchwahl.store.journal import Booking
from durchwahl.store.listed import Which

MOVABLE = (*sorted(LIVE), State.CONFIRMING, State.AWAITING_APPROVAL)
CANCELLABLE = (*MOVABLE, State.AWAITING_EMAIL)


@dataclass(frozen=True)
class Order:
    """Move or cancel all bookings that are meant and still to come; `else_cancel` cancels what cannot be moved."""

    kind: BatchKind
    which: Which
    hit_by_closures: bool = False
    else_cancel: bool = False

    @property
    def states(self) -> tuple[str, ...]:
        """The states of the bookings that are meant."""
        return CANCELLABLE if self.kind == "cancel" else MOVABLE

    def packed(self) -> str:
        """Return the filters as a batch keeps them: the same order gives the same text."""
        more = {"hit_by_closures": self.hit_by_closures, "else_cancel": self.else_cancel}
        return json.dumps({**asdict(self.which), **more}, sort_keys=True)

    @classmethod
    def of(cls, batch: Batch) -> "Order":
        """Return the order that a batch was begun with."""
        filters: dict[str, Any] = json.loads(batch.filters)
        more = {name: bool(filters.pop(name)) for name in ("hit_by_closures", "else_cancel")}
        for name in ("states", "references"):
            filters[name] = tuple(filters[name])
        return cls(cast("BatchKind", batch.kind), Which(**filters), **more)


@dataclass(frozen=True)
class Decision:
    """What is to be done with one booking now: `to` where it moves, `why` where it is not done."""

    state: ItemState
    to: Elsewhere | None = None
    why: str = ""


@dataclass(frozen=True)
class Outcome:
    """What has become of one booking of a batch. Times are milliseconds since the epoch, UTC."""

    booking: str
    reference: str
    state: ItemState
    starts: int
    lane: str | None
    new_starts: int | None = None
    new_lane: str | None = None
    why: str = ""
    is_under_way: bool = False
    has_no_address: bool = False

    @property
    def is_to_call(self) -> bool:
        """Whether the citizen has to hear of it and cannot be written to."""
        return self.has_no_address and self.word in ("other_time", "cancelled")

    @property
    def word(self) -> str:
        """What has been done, in a word."""
        if self.state == "moved":
            return "other_lane" if self.new_starts == self.starts else "other_time"
        return self.state


def outcome_of(item: Item, booking: Booking, *, has_no_address: bool) -> Outcome:
    """Return what has become of an item."""
    detail = item.detail
    is_moved = item.state == "moved"
    return Outcome(
        booking=booking.id,
        reference=booking.reference,
        state=item.state,
        starts=int(detail["was_starts"]),
        lane=detail["was_lane"],
        new_starts=int(detail["starts"]) if is_moved else None,
        new_lane=str(detail["lane"]) if is_moved else None,
        why="" if is_moved else str(detail.get("why", "")),
        is_under_way=is_under_way(item, booking),
        has_no_address=has_no_address,
    )


def is_under_way(item: Item, booking: Booking) -> bool:
    """Whether a step of the item's booking still has to be done before it is what the item says."""
    if item.state == "moved":
        return booking.state == State.RESCHEDULING and booking.placement < item.detail["placement"]
    return item.state == "cancelled" and booking.state == State.CANCELLING


def has_failed(item: Item, booking: Booking) -> bool:
    """Whether a booking that was to move still stands at its old time, and nobody moves it any more."""
    is_old = item.state == "moved" and booking.placement < item.detail["placement"]
    return is_old and booking.state != State.RESCHEDULING


def tried_of(detail: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the places that were tried for an item, the last one included."""
    return [*detail.get("tried", ()), {"lane": detail["lane"], "starts": detail["starts"]}]
