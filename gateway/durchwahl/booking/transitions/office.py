"""What the office does with a booking for many at once: each transaction settles the batch's item as well.

So whoever is stopped between two of them neither does one twice nor forgets one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from durchwahl.booking.context import Context
from durchwahl.booking.counting import OFFICE
from durchwahl.booking.placing import Chosen
from durchwahl.booking.transitions.change import detail_of_move, give_up, is_cancellable, take_beside
from durchwahl.model.states import State
from durchwahl.store import batches, journal, places, steps
from durchwahl.store.batches import Item, ItemState
from durchwahl.store.journal import Booking, Superseded
from durchwahl.store.tx import Tx


@dataclass(frozen=True)
class Elsewhere:
    """Where an appointment can be: the time, and the lanes to try, the best first."""

    chosen: Chosen
    lanes: Sequence[str]


def move_by_office(tx: Tx, item: Item, seen: Booking, to: Elsewhere, note: bytes, context: Context) -> None:
    """Take the new place beside the old one and start to move; at the same time of day only clerks are told.

    `note` is the reason, sealed for the new place.

    Raises:
        LaneTaken: nothing was left. Superseded: the booking or the item is no longer what was seen.
    """
    _must_be(tx, seen)
    if seen.state != State.CONFIRMED or seen.starts <= tx.now():
        raise Superseded(f"booking {seen.id} cannot be moved any more")
    placement = take_beside(tx, seen, to.chosen, to.lanes, context)
    is_same_time = to.chosen.starts == seen.starts
    columns: dict[str, Any] = {} if is_same_time else {"note": note}
    journal.advance(tx, seen, State.RESCHEDULING, last_placement=placement, **columns)
    letter = None if is_same_time else "moved_by_office"
    detail = {**detail_of_move(to.chosen, placement, tx.now()), "by_office": True, "letter": letter}
    steps.add_step(tx, seen.id, "move", tx.now(), detail)
    place = places.place_of(tx, seen.id, placement)
    assert place is not None  # noqa: S101  # just taken
    batches.settle(tx, item, "moved", placement=placement, starts=to.chosen.starts, lane=place.lane)


def cancel_by_office(tx: Tx, item: Item, seen: Booking, note: bytes) -> None:
    """Cancel; from here on nothing leads back. `note` is the reason, sealed.

    Nobody is written to at an address that is not proved yet: it may be anybody's.

    Raises:
        Superseded: the booking or the item is no longer what was seen, or there is nothing to cancel.
    """
    _must_be(tx, seen)
    if not is_cancellable(seen, tx.now()):
        raise Superseded(f"booking {seen.id} cannot be cancelled any more")
    give_up(tx, seen, note=note, failure=OFFICE)
    detail = {"announce": seen.state != State.AWAITING_EMAIL, "letter": "cancelled_by_office"}
    steps.add_step(tx, seen.id, "withdraw", tx.now(), detail)
    batches.settle(tx, item, "cancelled")


def settle_item(tx: Tx, item: Item, state: ItemState, why: str) -> None:
    """Let an item be over, or open again, without a change of its booking.

    Raises:
        Superseded: somebody else has settled it first.
    """
    batches.settle(tx, item, state, why=why)


def _must_be(tx: Tx, seen: Booking) -> None:
    now = journal.booking_by_id(tx, seen.id)
    if now is None or now.version != seen.version:
        raise Superseded(f"booking {seen.id} has moved on")
