"""Erasing what is personal of a booking, for whoever has its manage link."""

from durchwahl.booking.context import Context
from durchwahl.booking.steps import Steps
from durchwahl.booking.transitions.erase import begin_erasing
from durchwahl.store import steps


class Erasing:
    """Erases at once, or as soon as nothing outside needs the booking's key any more."""

    def __init__(self, context: Context, work: Steps) -> None:
        self._context = context
        self._work = work

    async def erase(self, booking_id: str, token: str, *, cancels: bool) -> bool:
        """Erase; True where that is done, False where it follows. Nobody waits for a department's system here.

        `cancels` says that an appointment to come may be cancelled for it.

        Raises:
            Problem: `not-found`. StillLiving: it would have to be cancelled first.
        """
        asked = await self._context.store.write(begin_erasing, booking_id, token, cancels=cancels)
        if asked.withdraw is not None:
            await self._work.run_within(asked.withdraw, 0)
        self._context.has_erased |= asked.is_erased
        self._context.wake.set()
        return asked.is_erased

    async def is_under_way(self, booking_id: str) -> bool:
        """Whether the booking will be erased as soon as that can be."""
        return await self._context.store.look(steps.is_there, booking_id, "erase")
