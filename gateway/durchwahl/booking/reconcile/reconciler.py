"""Compares the journal with one calendar after the other, and does what follows, or says what would."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from durchwahl.booking.context import Context, instant
from durchwahl.booking.reconcile.comparing import Difference, Seen, Standing, differences
from durchwahl.booking.reconcile.judging import Brake
from durchwahl.booking.reconcile.looking import Looking
from durchwahl.plugin.kinds import FreeBusyCalendar
from durchwahl.sources.opening import OpenSource
from durchwahl.store import doubts, standings
from durchwahl.store.tx import Tx

A_DAY = 86_400_000
"""In milliseconds."""


async def nobody_waits() -> None:
    """Keep nothing: whoever calls has no lease."""


@dataclass(frozen=True)
class Findings:
    """What differs in one calendar.

    `is_restored`: the journal was put back, so that nothing is done, only told. `is_sure`: the calendar can be asked by
    name, so that what is missing in what it shows is missing.
    """

    source: str
    found: Sequence[Difference]
    brake: Brake
    is_restored: bool
    is_sure: bool = True
    is_released: bool = False

    @property
    def may_act(self) -> bool:
        """Whether anything may be done: not between a restore and somebody's look."""
        return self.is_released or not self.is_restored

    @property
    def may_cancel(self) -> bool:
        """Whether what is missing may be cancelled."""
        return self.is_sure and self.may_act and (self.is_released or not self.brake.holds)


class Reconciler:
    """Looks; what it finds is acted on by `Acting`."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def calendars(self) -> list[OpenSource]:
        """Return the sources that can be compared: calendars outside that say what is ours."""
        return [
            source
            for source, _ in self._context.sources.of(FreeBusyCalendar)
            if source.capabilities.records == "back_end"
        ]

    async def look(self, source: OpenSource, keep: Callable[[], Awaitable[None]] = nobody_waits) -> Findings:
        """Return what differs in a calendar.

        Raises:
            SourceError: it could not be read to the end.
        """
        assert isinstance(source.source, FreeBusyCalendar)  # noqa: S101  # `calendars` gives no others
        looking = Looking(self._context, source, source.source, keep)
        before = await self._underway(source.key)
        known = [Standing(*one) for one in await self._context.store.read(standings.standing_in, source.key)]
        entries = await looking.entries(self._until(source.key, known))
        # What has begun since it was read may explain a difference: it is looked at the next time.
        after = before | await self._underway(source.key)
        placed = await self._placed(entries, known)
        found = differences(known, entries, placed.get, after.__contains__)
        can_be_asked = source.capabilities.find != "none"
        if can_be_asked:
            found = [one for one in [await _asked(looking, one) for one in found] if one is not None]
        elif not entries:  # perhaps it never tells whose an entry is
            found = []
        missing = sum(one.kind == "missing" for one in found)
        brake = await self._brake(source.key, len(known), missing)
        return Findings(source.key, found, brake, await self._restored(), is_sure=can_be_asked)

    def _until(self, key: str, known: Sequence[Standing]) -> datetime:
        offers = [offer for offer in self._context.offers.values() if offer.calendar == key]
        horizon = max((offer.table.horizon for offer in offers), default=timedelta(days=1))
        last = max((instant(one.place.ends) for one in known), default=self._context.clock())
        return max(self._context.clock() + horizon, last) + timedelta(days=1)

    async def _underway(self, key: str) -> set[str]:
        return await self._context.store.read(standings.underway, key)

    async def _placed(self, entries: Sequence[Seen], known: Sequence[Standing]) -> dict[str, tuple[str, int]]:
        """Return to whom the names of strange entries were given: as long as a booking is known, its names are."""
        strange = {one.name for one in entries} - {one.place.name for one in known}
        found = await self._context.store.read(standings.placed_as, sorted(strange))
        if strange - found.keys():
            keys = self._context.keys
            for booking, last in await self._context.store.read(standings.all_placements):
                for placement in range(1, last + 1):
                    if (name := keys.name(booking, placement)) in strange:
                        found.setdefault(name, (booking, placement))
        return found

    async def _brake(self, key: str, standing: int, missing: int) -> Brake:
        def lately(tx: Tx) -> int:
            return doubts.noted_since(tx, "taken_out", key, tx.now() - A_DAY)

        return Brake(standing, missing, await self._context.store.look(lately))

    async def _restored(self) -> bool:
        return await self._context.store.look(doubts.is_doubted, "restored")


async def _asked(looking: Looking, one: Difference) -> Difference | None:
    """Ask for what is missing by its name; None where it is not."""
    if one.kind != "missing" or one.standing is None:
        return one
    return await looking.is_missing(one.standing)
