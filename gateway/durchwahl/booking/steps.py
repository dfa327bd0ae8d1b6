"""The steps that reach outside. Each may be done again after a crash: it looks where the booking stands first.

A step that fails for now raises; it is postponed. A step whose booking has moved on finishes without a word.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from durchwahl.booking.confirming import Confirming
from durchwahl.booking.context import Context
from durchwahl.booking.correspondence import Correspondence
from durchwahl.booking.in_calendars import InCalendars
from durchwahl.booking.moving import WRITES, Moving, waits_for
from durchwahl.booking.reconcile.duty import KIND, Duty
from durchwahl.booking.rooming import end_room, prepare_room
from durchwahl.booking.transitions import change, erase, lapse
from durchwahl.booking.views import view_of
from durchwahl.errors import Refused, Rejected, SourceError, Unavailable
from durchwahl.model.states import LIVE, State
from durchwahl.store import journal, places, steps
from durchwahl.store.journal import Booking, Superseded
from durchwahl.store.steps import Step
from durchwahl.store.tx import StoreUnavailable, Tx

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
LONGEST_WAIT = 300.0
"""A system that asks us to wait longer is asked again all the same: it may be back sooner than it thought."""

WAITING: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys((*WRITES, "room"), ("withdraw", "clear", "close", "erase")),
    **dict.fromkeys(
        ("undo", "withdraw", "clear", "stray", "close", "mail", "clerk", "complete", "resolve"), ("erase",)
    ),
}
"""Who waits for a kind of step. Who removes something waits until nobody is writing any more, who erases until nothing
is left to do; they are told as soon as that is so."""
WITHOUT_KEY = ("clear", "close", "erase")
"""What can still be done for a booking that was erased: taking out what landed late."""

Work = Callable[[Step, Booking], Awaitable[None]]

logger = logging.getLogger("durchwahl.booking")


class Steps:
    """Does the steps of the outbox."""

    def __init__(self, context: Context, correspondence: Correspondence) -> None:
        self._context = context
        self._correspondence = correspondence
        self._calendars = InCalendars(context)
        self.duty = Duty(context)
        self._running: set[asyncio.Task[None]] = set()
        confirming, moving = Confirming(context, self._calendars, self.run), Moving(context, self._calendars)
        self._kinds: Mapping[str, Work] = {
            "confirm": confirming.confirm,
            "undo": confirming.undo,
            "withdraw": self._withdraw,
            "move": moving.move,
            "clear": moving.clear,
            "stray": moving.take_out,
            "refresh": moving.refresh,
            "expire": self._in_journal(lapse.expire_if_due),
            "complete": self._in_journal(lapse.complete_if_over),
            "resolve": self._in_journal(lapse.resolve),
            "erase": self._erase,
            "room": self._room,
            "close": self._close,
            "mail": self._mail,
            "remind": self._mail,
            "clerk": self._mail,
        }

    async def run(self, step: Step) -> None:
        """Do a claimed step, or postpone it; what a source does is never raised."""
        if step.kind == KIND:
            await self._do_duty(step)
            return
        store = self._context.store
        booking = await store.look(journal.booking_by_id, step.booking)
        try:
            if booking is None or (booking.key is None and step.kind not in WITHOUT_KEY):
                await store.write(steps.finish_step, step)
            else:
                await self._kinds[step.kind](step, booking)
        except Superseded:
            logger.info("step %s of booking %s was superseded", step.kind, step.booking)
            # Its booking has moved on: what is true now shows at the next look. Not at once again and again, though.
            await self._postpone(step, 0.0 if step.attempts == 1 else FIRST_PAUSE)
        except SourceError as error:
            await self._after_failure(step, error)
        await self._tell(step.booking, WAITING.get(step.kind, ()))

    async def _do_duty(self, step: Step) -> None:
        try:
            await self.duty.do(step)
        except Superseded:
            logger.info("the journal is being compared with %s by somebody else", step.booking)

    async def run_logged(self, step: Step) -> None:
        """Do a step; what nobody expected is logged, and the step is repeated after its lease."""
        try:
            await self.run(step)
        except StoreUnavailable as error:
            logger.error("step %s of booking %s waits for the store: %s", step.kind, step.booking, error)  # noqa: TRY400
        except Exception:
            logger.exception("step %s of booking %s failed; it is repeated after its lease", step.kind, step.booking)

    async def run_within(self, step: Step, seconds: float) -> None:
        """Do a step, waiting at most so long; it goes on behind when the time is over."""
        task = asyncio.create_task(self.run_logged(step))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        await asyncio.wait({task}, timeout=seconds)

    async def drain(self) -> None:
        """Wait for what goes on behind; for the end of the gateway."""
        while self._running:
            await asyncio.wait(set(self._running))

    async def _tell(self, booking: str, waiting: Sequence[str]) -> None:
        if not waiting:
            return
        if await self._context.store.look(_somebody_waits, booking, waiting):
            await self._context.store.write(steps.hasten, booking, *waiting)
            self._context.wake.set()

    async def _after_failure(self, step: Step, error: SourceError) -> None:
        said = (step.kind, step.booking, type(error).__name__, step.attempts, error.detail)
        logger.warning("step %s of booking %s failed (%s, attempt %d): %s", *said)
        pause = min(FIRST_PAUSE * 2 ** min(step.attempts - 1, 10), LONGEST_PAUSE)
        if isinstance(error, Unavailable) and error.retry_after is not None:
            pause = max(pause, min(error.retry_after, LONGEST_WAIT))
        await self._postpone(step, LONGEST_PAUSE if isinstance(error, Refused) else pause)

    async def _postpone(self, step: Step, pause: float) -> None:
        await self._context.store.write(steps.pause_step, step, round(pause * 1000))
        self._context.wake.set()

    async def _withdraw(self, step: Step, booking: Booking) -> None:
        if booking.state != State.CANCELLING:
            await self._drop(step)
            return
        if await waits_for(self._context, step, *WRITES):
            return
        known = await self._context.store.look(places.places_of, booking.id)
        removed = [await self._calendars.remove(step, booking, place.placement) for place in known]
        await self._context.store.write(change.cancelled, booking, step, [place for place in removed if place])
        self._context.wake.set()

    def _in_journal(self, operation: Callable[[Tx, Step, Booking], None]) -> Work:
        async def work(step: Step, booking: Booking) -> None:
            await self._context.store.write(operation, step, booking)

        return work

    async def _erase(self, step: Step, booking: Booking) -> None:
        await self._context.store.write(erase.erase_if_done, step, booking)
        self._context.has_erased = True

    async def _room(self, step: Step, booking: Booking) -> None:
        if booking.state in LIVE:
            await prepare_room(self._context, view_of(self._context, booking))
        await self._drop(step)

    async def _close(self, step: Step, booking: Booking) -> None:
        if not await waits_for(self._context, step, "room"):
            await end_room(self._context, booking)
            await self._drop(step)

    async def _mail(self, step: Step, booking: Booking) -> None:
        try:
            await self._correspondence.send(step, view_of(self._context, booking))
        except Rejected as error:
            # The address is wrong for good: repeating would not mend it, and the citizen has the manage link.
            logger.warning("a mail of booking %s was refused: %s", booking.id, error.detail)
        await self._drop(step)

    async def _drop(self, step: Step) -> None:
        await self._context.store.write(steps.finish_step, step)


def _somebody_waits(tx: Tx, booking: str, kinds: Sequence[str]) -> bool:
    return bool(steps.waiting(tx, booking, *kinds))
