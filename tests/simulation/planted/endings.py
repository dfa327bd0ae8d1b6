"""Bugs of endings: what stays although it was called off."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from durchwahl.booking import moving, rooming, steps
from durchwahl.booking.transitions import change, lapse
from durchwahl.model import states
from durchwahl.store import journal, places
from durchwahl.store import steps as outbox
from tests.simulation.planted.planting import planted


@planted
def cancelled_without_removing() -> Iterator[None]:
    """A cancelled booking frees its time, and its appointment stays in the calendar."""

    async def withdraw(self: Any, step: Any, booking: Any) -> None:
        known = await self._context.store.look(places.places_of, booking.id)
        await self._context.store.write(change.cancelled, booking, step, known)

    with patch.object(steps.Steps, "_withdraw", withdraw):
        yield


@planted
def only_the_present_place_is_cancelled() -> Iterator[None]:
    """Cancelling while a move is under way forgets the new place."""
    real = change.cancelled

    async def withdraw(self: Any, step: Any, booking: Any) -> None:
        if booking.state != states.State.CANCELLING:
            await self._drop(step)
            return
        removed = await self._calendars.remove(step, booking, booking.placement)
        del removed
        known = await self._context.store.look(places.places_of, booking.id)
        await self._context.store.write(real, booking, step, known)

    with patch.object(steps.Steps, "_withdraw", withdraw):
        yield


@planted
def rooms_stay_open() -> Iterator[None]:
    """A cancelled talk's room is not ended."""

    async def nothing(*_: Any) -> None:
        return None

    with patch.object(steps, "end_room", nothing):
        yield


@planted
def removing_waits_for_nobody() -> Iterator[None]:
    """An appointment is removed while somebody else is writing it."""

    async def at_once(*_: Any) -> bool:
        return False

    with patch.object(steps, "waits_for", at_once), patch.object(moving, "waits_for", at_once):
        yield


@planted
def cancelled_when_it_is_over() -> Iterator[None]:
    """An appointment that nobody has cancelled is cancelled by itself."""

    def complete(tx: Any, step: Any, booking: Any) -> None:
        outbox.must_finish(tx, step)
        if booking.state == states.State.CONFIRMED:
            journal.advance(tx, booking, states.State.CANCELLED)

    with patch.object(lapse, "complete_if_over", complete):
        yield


@planted
def rooms_that_open_late_stay() -> Iterator[None]:
    """Nobody notes that the opening of a room may still arrive."""
    with patch.object(rooming, "_may_arrive", lambda *_: None):
        yield
