"""Moves or cancels many bookings, one after the other, so that it can be stopped at any moment and gone on with.

Each booking is decided in a transaction of its own. What has to be done outside is a step, which the running gateway
does; a move that fails there is decided anew.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from durchwahl.booking.context import Context
from durchwahl.booking.day.closed import Closings
from durchwahl.booking.day.deciding import Deciding
from durchwahl.booking.day.orders import Decision, Order, Outcome, has_failed, is_under_way, outcome_of, tried_of
from durchwahl.booking.day.reach import must_be_called
from durchwahl.booking.keys import KeyMissing, new_id
from durchwahl.booking.notes import Note
from durchwahl.booking.placing import LaneTaken
from durchwahl.booking.transitions import office
from durchwahl.model.states import State
from durchwahl.store import batches, journal
from durchwahl.store.batches import Batch, Item
from durchwahl.store.journal import Booking, Superseded
from durchwahl.store.listed import Listed, listed, listed_by_id
from durchwahl.store.tx import Tx

LOOK = 0.25
"""Seconds between two looks at what the gateway has done."""
KEYLESS = "its data cannot be opened: the key that protects them is not configured"

Progress = Callable[[int, int], None]
"""Is told how many of how many bookings are decided."""


class Batches:
    """Begins batches, goes on with them, and says what has become of them."""

    def __init__(self, context: Context, *, progress: Progress = lambda done, of: None) -> None:
        self._context = context
        self._closings = Closings(context.settings, context.offers)
        self._progress = progress

    async def begin(self, order: Order, reason: str) -> tuple[Batch | None, bool]:
        """Write the batch with all its items; or return the unfinished one of the same order, and True.

        None where no booking is meant.
        """
        batch_id = new_id()
        sealed = self._context.keys.seal(reason.encode(), f"batch:{batch_id}")
        return await self._context.store.write(_begin, order, self._closings, batch_id, sealed)

    async def carry_on(self, batch: Batch, patience: float) -> bool:
        """Decide every booking, and wait `patience` seconds for what the gateway does; False where something is left.

        The batch ends when every move stands; cancelled is cancelled from the decision on. One that has ended is only
        looked at.
        """
        if batch.ended is not None:
            return not any(is_under_way(item, booking) for item, booking in await self._standing(batch))
        deciding, loop = Deciding(self._context, Order.of(batch)), asyncio.get_running_loop()
        reason = self._context.keys.unseal(batch.reason, f"batch:{batch.id}").decode()
        until = loop.time() + patience
        while True:
            if await self._pass(batch, deciding, reason):
                until = loop.time() + patience
            items = await self._standing(batch)
            is_open = any(item.state == "open" for item, _ in items)
            waits = [item for item, booking in items if is_under_way(item, booking) or has_failed(item, booking)]
            if not is_open and all(item.state == "cancelled" for item in waits):
                await self._context.store.write(batches.end_batch, batch.id)
            if not (is_open or waits) or loop.time() >= until:
                return not (is_open or waits)
            await asyncio.sleep(LOOK)

    async def plan(self, order: Order) -> list[Outcome]:
        """Return what would be done with each booking; nothing is written."""
        deciding, planned = Deciding(self._context, order), dict[str, Outcome]()
        meant = await self._context.store.read(_meant, order, self._closings)
        for keeping_time in (True, False):
            undecided = [one for one in meant if one.booking.id not in planned]
            for done, one in enumerate(undecided, start=1):
                decision = await deciding.decide(one, keeping_time=keeping_time)
                if decision.to is not None:
                    deciding.places.promise(decision.to)
                if decision.state != "open" or not keeping_time:
                    outcome = _planned(one, decision)
                    has_no_address = must_be_called(self._context, one.booking)
                    planned[one.booking.id] = replace(outcome, has_no_address=has_no_address)
                self._progress(len(meant) - len(undecided) + done, len(meant))
        return [planned[one.booking.id] for one in meant]

    async def report(self, batch: Batch) -> list[Outcome]:
        """Return what has become of each booking."""
        return [
            outcome_of(item, booking, has_no_address=must_be_called(self._context, booking))
            for item, booking in await self._standing(batch)
        ]

    async def _standing(self, batch: Batch) -> list[tuple[Item, Booking]]:
        return await self._context.store.read(_items_with_bookings, batch.id)

    async def _pass(self, batch: Batch, deciding: Deciding, reason: str) -> bool:
        """Decide what is open, and anew what has failed; True where something was decided."""
        failed = [(item, booking) for item, booking in await self._standing(batch) if has_failed(item, booking)]
        has_decided = any([await self._settled(_reopen, item, booking) for item, booking in failed])
        for source in {offer.calendar for offer in self._context.offers.values()} if failed else ():
            self._context.occupations.forget(source)
        for keeping_time in (True, False):
            items = await self._standing(batch)
            undecided = [item for item, _ in items if item.state == "open"]
            for done, item in enumerate(undecided, start=1):
                has_decided |= await self._one(item, deciding, reason, keeping_time=keeping_time)
                self._progress(len(items) - len(undecided) + done, len(items))
        self._context.wake.set()  # for a gateway in this process; another one looks every second
        return has_decided

    async def _one(self, item: Item, deciding: Deciding, reason: str, *, keeping_time: bool) -> bool:
        """Decide one booking and carry it out; False where it stays open."""
        one = await self._context.store.look(listed_by_id, item.booking)
        assert one is not None  # noqa: S101  # an item refers to a booking, and no booking is ever deleted
        decision = await deciding.decide(one, item.detail.get("tried", ()), keeping_time=keeping_time)
        try:
            return decision.state != "open" and await self._carried_out(item, one.booking, decision, reason)
        except KeyMissing:
            return await self._settled(office.settle_item, item, "left", KEYLESS)

    async def _carried_out(self, item: Item, booking: Booking, decision: Decision, reason: str) -> bool:
        if decision.to is not None:
            note = Note("moved_by_office", booking.last_placement + 1, reason).sealed(self._context.key_of(booking))
            return await self._settled(office.move_by_office, item, booking, decision.to, note, self._context)
        if decision.state == "cancelled":
            note = Note("cancelled_by_office", booking.placement, reason).sealed(self._context.key_of(booking))
            return await self._settled(office.cancel_by_office, item, booking, note)
        return await self._settled(office.settle_item, item, decision.state, decision.why)

    async def _settled(self, operation: Callable[..., None], *values: Any) -> bool:
        """Run a transaction; False where the booking has moved on or the place is taken: the next pass decides."""
        try:
            await self._context.store.write(operation, *values)
        except (Superseded, LaneTaken):
            return False
        return True


def _meant(tx: Tx, order: Order, closings: Closings) -> list[Listed]:
    found = [one for one in listed(tx, replace(order.which, states=order.states)) if one.booking.starts > tx.now()]
    return closings.hit(found) if order.hit_by_closures else found


def _begin(tx: Tx, order: Order, closings: Closings, batch_id: str, reason: bytes) -> tuple[Batch | None, bool]:
    filters = order.packed()
    for known in batches.unfinished(tx):
        if (known.kind, known.filters) == (order.kind, filters):
            return known, True
    meant = _meant(tx, order, closings)
    if not meant:
        return None, False
    batch = Batch(batch_id, order.kind, filters, reason, tx.now())
    batches.insert_batch(tx, batch, [Item(batch_id, one.booking.id, "open", _was(one)) for one in meant])
    return batch, False


def _items_with_bookings(tx: Tx, batch_id: str) -> list[tuple[Item, Booking]]:
    found = [(item, journal.booking_by_id(tx, item.booking)) for item in batches.items_of(tx, batch_id)]
    return [(item, booking) for item, booking in found if booking is not None]


def _reopen(tx: Tx, item: Item, booking: Booking) -> None:
    """Let a move that has failed be decided anew; whoever is no appointment any more has nothing left to be done."""
    if booking.state == State.CONFIRMED:
        batches.settle(tx, item, "open", tried=tried_of(item.detail))
    else:
        batches.settle(tx, item, "gone", why=f"is {booking.state} by now")


def _was(one: Listed) -> dict[str, Any]:
    return {"was_starts": one.booking.starts, "was_lane": one.place.lane if one.place else None}


def _planned(one: Listed, decision: Decision) -> Outcome:
    to = decision.to
    return Outcome(
        booking=one.booking.id,
        reference=one.booking.reference,
        state=decision.state,
        starts=one.booking.starts,
        lane=one.place.lane if one.place else None,
        new_starts=to.chosen.starts if to else None,
        new_lane=to.lanes[0] if to else None,
        why=decision.why,
    )
