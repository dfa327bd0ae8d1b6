"""The first free slot of every consultation, across all departments."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from durchwahl.availability.answers import CHANNEL_ORDER, FreeSlot
from durchwahl.availability.busy import BLOCK, SourceState
from durchwahl.availability.reasons import Emptiness, reason_for
from durchwahl.availability.slots import Slots
from durchwahl.availability.units import PER_DAY, unit_after
from durchwahl.model.catalogue import Service

FARTHEST = 3 * BLOCK


@dataclass(frozen=True)
class Earliest:
    """The first slots, ascending; `states` are those of all calendars that were asked.

    `empty_reason` says why there is none, as for slots; `next_release_at` when a further day is opened, if known.
    """

    slots: tuple[FreeSlot, ...]
    states: dict[str, SourceState]
    complete: bool
    empty_reason: str | None = None
    next_release_at: datetime | None = None


async def earliest(
    slots: Slots,
    services: Iterable[Service],
    now: datetime,
    channels: Sequence[str],
    languages: Sequence[str],
) -> Earliest:
    """Return the first slot of each service on each of its bookable channels; `channels` and `languages` narrow."""
    found: dict[tuple[str, str], FreeSlot] = {}
    states: dict[str, SourceState] = {}
    emptiness: list[Emptiness] = []
    releases: list[datetime] = []
    complete = True
    open_questions = set(_consultations(services, channels))
    for window in _windows(now):
        wanted = open_questions - found.keys()
        if not wanted:
            break
        answer = await slots.first_of_each(wanted, window, tuple(languages))
        found.update(answer.slots)
        states.update(answer.states)
        emptiness.extend(answer.emptiness)
        releases.extend([answer.next_release_at] if answer.next_release_at else [])
        complete = complete and answer.complete
    ordered = sorted(found.values(), key=lambda s: (s.start, CHANNEL_ORDER.get(s.channel, 9), s.services[0][0]))
    reason = None if ordered else reason_for(emptiness)
    return Earliest(tuple(ordered), states, complete, reason, min(releases, default=None))


def _consultations(services: Iterable[Service], channels: Sequence[str]) -> Iterator[tuple[str, str]]:
    for service in services:
        for channel in service.visible_channels:
            if channel.bookable and (not channels or channel.type in channels):
                yield service.id, str(channel.type)


def _windows(now: datetime) -> Iterator[tuple[int, int]]:
    """Yield what is looked through, near days first: most consultations have a time in the first week."""
    first = unit_after(now)
    edges = (first, first + 7 * PER_DAY, first + BLOCK, first + FARTHEST)
    yield from pairwise(edges)
