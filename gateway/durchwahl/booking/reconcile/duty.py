"""The reconciler's turn: a step of the outbox for each calendar, so that of several processes one does it."""

import logging
from collections.abc import Collection

from durchwahl.booking.context import Context, in_ms
from durchwahl.booking.reconcile.acting import Acting
from durchwahl.booking.reconcile.reconciler import Reconciler
from durchwahl.errors import SourceError
from durchwahl.store import steps
from durchwahl.store.steps import Step
from durchwahl.store.tx import Tx

KIND = "reconcile"
FIRST = 60_000
"""So many milliseconds after a calendar is known first it is compared."""

logger = logging.getLogger("durchwahl.booking")


class Duty:
    """Does the steps of the kind `reconcile`; what they name is a source, no booking."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._reconciler, self._acting = Reconciler(context), Acting(context)

    async def begin(self) -> None:
        """See to it that each calendar has its turn, and none that is not configured any more."""
        keys = [source.key for source in self._reconciler.calendars()]
        await self._context.store.write(_begin, keys)

    async def do(self, step: Step) -> None:
        """Compare a calendar, and let it have its next turn; one that cannot be read is compared the next time."""
        source = next((one for one in self._reconciler.calendars() if one.key == step.booking), None)
        if source is None:
            await self._context.store.write(steps.finish_step, step)
            return

        async def keep() -> None:
            await self._context.store.write(steps.renew_step, step, steps.LEASE)

        try:
            await self._acting.act(await self._reconciler.look(source, keep))
        except SourceError as error:
            logger.info("%s is not compared with the journal: %s", source.key, error.detail)
        pause = in_ms(self._context.settings.gateway.reconcile_interval)
        await self._context.store.write(steps.pause_step, step, pause)


def _begin(tx: Tx, sources: Collection[str]) -> None:
    known = {str(row[0]) for row in tx.rows("SELECT booking FROM step WHERE kind = ?", (KIND,))}
    for source in sorted(set(sources) - known):
        steps.add_step(tx, source, KIND, tx.now() + FIRST)
    for source in known - set(sources):
        steps.drop_steps(tx, source, KIND)
