"""The steps that reach outside. Each may be done again after a crash: it looks where the booking stands first.

A step that fails for now raises; the worker postpones it. A step whose booking has moved on finishes without a word.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from durchwahl.booking import transitions
from durchwahl.booking.appointments import appointment_for
from durchwahl.booking.calendars import PlaceInCalendar, in_calendar
from durchwahl.booking.context import Context, instant, milliseconds
from durchwahl.booking.correspondence import Correspondence
from durchwahl.booking.holds import expire
from durchwahl.booking.references import opened_ref, sealed_ref
from durchwahl.booking.rooming import end_room, prepare_room
from durchwahl.booking.views import View, view_of
from durchwahl.errors import (
    DurchwahlError,
    Invalid,
    OutcomeUnknown,
    Refused,
    Rejected,
    SourceError,
    Unavailable,
)
from durchwahl.model.booking import Placed
from durchwahl.model.states import LIVE, State
from durchwahl.store import journal, steps
from durchwahl.store.journal import Booking, Superseded
from durchwahl.store.steps import Step
from durchwahl.store.tx import Tx

CONFIRM_AT_MOST = timedelta(minutes=10)
"""How long a citizen waits for a calendar that does not answer; then the booking has failed, and is told so."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0

logger = logging.getLogger("durchwahl.booking")


class NotYet(DurchwahlError):
    """Another step of the same booking has to end first."""


class Steps:
    """Does the steps of the outbox."""

    def __init__(self, context: Context, correspondence: Correspondence) -> None:
        self._context = context
        self._correspondence = correspondence
        self._running: set[asyncio.Task[None]] = set()
        self._kinds: Mapping[str, Callable[[Step, Booking], Awaitable[None]]] = {
            "confirm": self._confirm,
            "undo": self._undo,
            "withdraw": self._withdraw,
            "move": self._move,
            "clear": self._clear,
            "refresh": self._refresh,
            "expire": self._expire,
            "room": self._room,
            "complete": self._complete,
            "mail": self._mail,
            "remind": self._mail,
            "clerk": self._mail,
        }

    async def run(self, step: Step) -> None:
        """Do a claimed step, or postpone it; never raises for what a source or the store does."""
        store = self._context.store
        booking = await store.read(journal.booking_by_id, step.booking)
        try:
            if booking is None:
                await store.write(steps.finish_step, step)
                return
            await self._kinds[step.kind](step, booking)
        except Superseded:
            logger.info("step %s of booking %s was superseded", step.kind, step.booking)
            await self._postpone(step, FIRST_PAUSE)
        except NotYet:
            await self._postpone(step, 0.2)
        except SourceError as error:
            await self._after_failure(step, error)

    async def _after_failure(self, step: Step, error: SourceError) -> None:
        logger.warning(
            "step %s of booking %s failed (%s, attempt %d): %s",
            step.kind, step.booking, type(error).__name__, step.attempts, error.detail,
        )  # fmt: skip
        pause = min(FIRST_PAUSE * 2 ** (step.attempts - 1), LONGEST_PAUSE)
        if isinstance(error, Unavailable) and error.retry_after is not None:
            pause = max(pause, min(error.retry_after, 300.0))
        if isinstance(error, Refused):
            pause = LONGEST_PAUSE
        await self._postpone(step, pause)

    async def _postpone(self, step: Step, pause: float) -> None:
        due = milliseconds(self._context.clock()) + round(pause * 1000)
        await self._context.store.write(steps.postpone_step, step, due)
        self._context.wake.set()

    # Confirming

    async def _confirm(self, step: Step, booking: Booking) -> None:
        if booking.state != State.CONFIRMING:
            await self._drop(step)
            return
        view = view_of(self._context, booking)
        place = await self._place(booking, booking.placement)
        try:
            taken = await self._write_in(place, view, starts=booking.starts, ends=booking.ends, sequence=0)
        except Rejected as error:
            await self._fail(step, booking, error.reason)
            return
        except (Unavailable, OutcomeUnknown, Invalid, Refused):
            if self._context.clock() - instant(booking.updated) < CONFIRM_AT_MOST:
                raise
            await self._fail(step, booking, "unavailable")
            return
        if taken:
            await self._fail(step, booking, "taken")
            return
        table = view.offer.table if view.offer else None
        await self._context.store.write(transitions.confirmed, booking, step, table)
        self._changed(place.place.source)

    async def _write_in(self, place: PlaceInCalendar, view: View, *, starts: int, ends: int, sequence: int) -> bool:
        """Read, write, read again; True where somebody else has the time. What was written is remembered first."""
        own = frozenset(p.name for p in await self._context.store.read(journal.places_of, view.booking.id))
        if await place.is_taken(own):
            return True
        appointment = appointment_for(view, place.place, place.lane, starts=starts, ends=ends, sequence=sequence)
        placed = await place.ensure(appointment, opened_ref(view.key, place.place))
        await self._remember(view, place, placed)
        return await place.is_taken(own)

    async def _remember(self, view: View, place: PlaceInCalendar, placed: Placed) -> None:
        sealed = sealed_ref(view.key, place.place, placed.ref)
        await self._context.store.write(
            journal.remember_ref, view.booking.id, place.place.placement, sealed, placed.etag
        )

    async def _fail(self, step: Step, booking: Booking, reason: str) -> None:
        undo = await self._context.store.write(transitions.failed, booking, step, reason)
        await self.run(undo)

    async def _undo(self, step: Step, booking: Booking) -> None:
        if booking.state != State.UNDOING:
            await self._drop(step)
            return
        await self._remove(booking, booking.placement)
        await self._context.store.write(transitions.undone, booking, step)
        self._context.wake.set()

    # Cancelling

    async def _withdraw(self, step: Step, booking: Booking) -> None:
        if booking.state != State.CANCELLING:
            await self._drop(step)
            return
        # A late success of an older step would leave something behind: let it end, it finds that it was cancelled.
        if await self._context.store.read(_has_open_write, booking.id):
            raise NotYet
        for place in await self._context.store.read(journal.places_of, booking.id):
            await self._remove(booking, place.placement)
        await end_room(self._context, booking)
        await self._context.store.write(transitions.cancelled, booking, step)
        self._context.wake.set()

    # Moving

    async def _move(self, step: Step, booking: Booking) -> None:
        if booking.state != State.RESCHEDULING:
            await self._context.store.write(_give_up_move, step, booking)
            return
        view = view_of(self._context, booking)
        place = await self._place(booking, step.detail["placement"])
        starts, ends = step.detail["starts"], step.detail["ends"]
        try:
            taken = await self._write_in(place, view, starts=starts, ends=ends, sequence=booking.sequence + 1)
        except Rejected:
            taken = True
        except (Unavailable, OutcomeUnknown, Invalid, Refused):
            if self._context.clock() - instant(booking.updated) < CONFIRM_AT_MOST:
                raise
            taken = True
        if taken:
            await self._context.store.write(transitions.stayed, booking, step)
        else:
            table = view.offer.table if view.offer else None
            wall = instant(starts).astimezone(self._context.settings.zone).replace(tzinfo=None)
            await self._context.store.write(transitions.moved, booking, step, wall.isoformat(timespec="minutes"), table)
        self._changed(place.place.source)

    async def _clear(self, step: Step, booking: Booking) -> None:
        await self._remove(booking, step.detail["placement"])
        await self._context.store.write(_cleared, step, booking.id, step.detail["placement"])
        self._context.wake.set()

    async def _refresh(self, step: Step, booking: Booking) -> None:
        if booking.state not in LIVE:
            await self._drop(step)
            return
        view = view_of(self._context, booking)
        place = await self._place(booking, booking.placement)
        appointment = appointment_for(
            view, place.place, place.lane, starts=booking.starts, ends=booking.ends, sequence=booking.sequence
        )
        placed = await place.ensure(appointment, opened_ref(view.key, place.place))
        await self._remember(view, place, placed)
        await self._drop(step)

    # Time, rooms, mails

    async def _expire(self, step: Step, booking: Booking) -> None:
        await self._context.store.write(_expire_if_due, step, booking)

    async def _complete(self, step: Step, booking: Booking) -> None:
        await self._context.store.write(_complete_if_over, step, booking)

    async def _room(self, step: Step, booking: Booking) -> None:
        if booking.state in LIVE:
            await prepare_room(self._context, view_of(self._context, booking))
        await self._drop(step)

    async def _mail(self, step: Step, booking: Booking) -> None:
        try:
            await self._correspondence.send(step, view_of(self._context, booking))
        except Rejected as error:
            # The address is wrong for good: repeating would not mend it, and the citizen has the manage link.
            logger.warning("a mail of booking %s was refused: %s", booking.id, error.detail)
        await self._drop(step)

    # Shared

    async def _place(self, booking: Booking, placement: int) -> PlaceInCalendar:
        place = await self._context.store.read(journal.place_of, booking.id, placement)
        if place is None:
            raise Superseded(f"booking {booking.id} has no place {placement} any more")
        return in_calendar(self._context, place)

    async def _remove(self, booking: Booking, placement: int) -> None:
        place = await self._context.store.read(journal.place_of, booking.id, placement)
        if place is None:
            return
        where = in_calendar(self._context, place)
        await where.remove(opened_ref(self._context.key_of(booking), place))
        self._changed(place.source)

    async def _drop(self, step: Step) -> None:
        await self._context.store.write(steps.finish_step, step)

    def _changed(self, source: str) -> None:
        self._context.occupations.forget(source)
        self._context.wake.set()

    async def run_within(self, step: Step, seconds: float) -> None:
        """Do a step, waiting at most so long; it goes on behind when the time is over."""
        task = asyncio.create_task(self.run(step))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        await asyncio.wait({task}, timeout=seconds)


def _has_open_write(tx: Tx, booking: str) -> bool:
    return tx.row("SELECT 1 FROM step WHERE booking = ? AND kind IN ('confirm', 'move')", (booking,)) is not None


def _cleared(tx: Tx, step: Step, booking: str, placement: int) -> None:
    journal.free_place(tx, booking, placement)
    steps.finish_step(tx, step)


def _give_up_move(tx: Tx, step: Step, booking: Booking) -> None:
    """The booking was cancelled while it moved: cancelling removes all places, this step only ends."""
    if steps.finish_step(tx, step) and booking.state in LIVE:
        steps.add_step(tx, booking.id, "clear", tx.now(), {"placement": step.detail["placement"]})


def _expire_if_due(tx: Tx, step: Step, booking: Booking) -> None:
    now = tx.now()
    if booking.state in (State.HELD, State.AWAITING_EMAIL) and booking.expires is not None:
        if booking.expires > now:
            steps.postpone_step(tx, step, booking.expires)
            return
        expire(tx, booking)
    steps.finish_step(tx, step)


def _complete_if_over(tx: Tx, step: Step, booking: Booking) -> None:
    if booking.state == State.CONFIRMED:
        if booking.ends > tx.now():
            steps.postpone_step(tx, step, booking.ends)
            return
        journal.advance(tx, booking, State.COMPLETED)
    steps.finish_step(tx, step)
