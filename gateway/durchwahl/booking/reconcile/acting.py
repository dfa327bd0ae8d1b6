"""Puts right what differs: the journal follows the clerk, and what nobody needs is taken out."""

import logging
from dataclasses import replace

from durchwahl.booking.context import Context, instant
from durchwahl.booking.reconcile import following
from durchwahl.booking.reconcile.comparing import Difference, Seen
from durchwahl.booking.reconcile.reconciler import Findings
from durchwahl.store import doubts, places
from durchwahl.store.doubts import Doubt
from durchwahl.store.journal import Superseded
from durchwahl.store.places import Place
from durchwahl.store.tx import Tx, database_time

SURE_AFTER = 600_000
"""So many milliseconds something has to differ before anything is done: a clerk who cuts and pastes is not done yet."""

TOLD_FOR = 7 * 86_400_000
"""So many milliseconds staff are told of what was cancelled because it stood there no more."""

logger = logging.getLogger("durchwahl.booking")


class Acting:
    """Acts on what was found; each thing in a transaction of its own, so that one which has moved on stops no other."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def act(self, findings: Findings, *, released: bool = False) -> int:
        """Note everything that differs, and put right what has differed for long enough; return how much that was.

        `released` says that somebody has looked: then nothing waits and nothing stops it.
        """
        findings = replace(findings, is_released=released)
        noted = await self._context.store.write(_note_all, findings)
        if findings.brake.holds and not released:
            said = (findings.source, findings.brake.missing, findings.brake.standing)
            logger.error(
                "%s lacks %d of %d appointments at once: nothing is cancelled; look there, then run"
                " `durchwahl reconcile --release`",
                *said,
            )
        now = await self._context.store.look(database_time)
        sure = [one for one in findings.found if released or now - noted[one.kind, one.name] >= SURE_AFTER]
        done = [await self._done(findings, one) for one in sure]
        if any(done):
            self._context.occupations.forget(findings.source)
            self._context.wake.set()
        return sum(done)

    async def _done(self, findings: Findings, one: Difference) -> bool:
        try:
            return await self._put_right(findings, one)
        except Superseded:  # it has moved on since it was looked at: the next look tells
            return False

    async def _put_right(self, findings: Findings, one: Difference) -> bool:
        if one.kind == "missing" and one.standing is not None and findings.may_cancel:
            await self._context.store.write(following.taken_out, one.standing)
        elif one.kind == "moved" and one.standing is not None and one.seen is not None and findings.may_act:
            return await self._moved(one, one.seen)
        elif one.kind == "left_over" and one.seen is not None and one.placed is not None and findings.may_act:
            await self._context.store.write(following.clear_left_over, _place(findings.source, one.seen, one.placed))
        else:
            return False
        return True

    async def _moved(self, one: Difference, seen: Seen) -> bool:
        assert one.standing is not None  # noqa: S101  # the caller has looked
        booking = one.standing.booking
        starts = instant(booking.starts + seen.starts - one.standing.place.starts)
        wall = starts.astimezone(self._context.settings.zone).replace(tzinfo=None).isoformat(timespec="minutes")
        offer = self._context.offers.get(booking.offer)
        table = offer.table if offer else None
        return await self._context.store.write(following.moved_over, one.standing, seen, wall, table) is not None


def _note_all(tx: Tx, findings: Findings) -> dict[tuple[str, str], int]:
    """Note what differs, forget what does not any more, and return since when each thing is noted."""
    by_kind: dict[str, list[str]] = {kind: [] for kind in ("missing", "moved", "left_over", "unknown", "twice")}
    noted: dict[tuple[str, str], int] = {}
    for one in findings.found:
        by_kind[one.kind].append(one.name)
        noted[one.kind, one.name] = doubts.note(tx, _doubt(findings.source, one))
        if one.kind == "unknown" and one.seen is not None:
            places.block(tx, _place(findings.source, one.seen, (one.name, 0)))
    gone = {kind: doubts.dispel(tx, kind, findings.source, still) for kind, still in by_kind.items()}
    for name in gone["unknown"]:
        places.unblock(tx, name)
    doubts.forget_before(tx, "taken_out", tx.now() - TOLD_FOR)
    return noted


def _doubt(source: str, one: Difference) -> Doubt:
    booking = one.standing.booking.id if one.standing else one.placed[0] if one.placed else None
    where = one.seen or (one.standing.place if one.standing else None)
    assert where is not None  # noqa: S101  # whatever differs was seen or should have been
    return Doubt(one.kind, source, one.name, where.lane, booking, where.starts, where.ends)


def _place(source: str, seen: Seen, placed: tuple[str, int]) -> Place:
    empty = Place(placed[0], placed[1], seen.name, source, seen.lane, 0, 0, seen.starts, seen.ends)
    return following.at(empty, seen)
