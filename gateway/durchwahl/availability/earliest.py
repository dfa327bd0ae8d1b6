"""The first free slot of every consultation, across all departments."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from durchwahl.availability.busy import BLOCK, SourceState
from durchwahl.availability.slots import CHANNEL_ORDER, FreeSlot, Slots
from durchwahl.availability.units import PER_DAY, unit_after
from durchwahl.model.catalogue import Service

FARTHEST = 3 * BLOCK


@dataclass(frozen=True)
class Earliest:
    """The first slots, ascending; `sources` are the states of all calendars that were asked."""

    slots: tuple[FreeSlot, ...]
    states: dict[str, SourceState]
    complete: bool


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
    open_questions = {
        (service.id, str(channel.type))
        for service in services
        for channel in service.visible_channels
        if channel.bookable and (not channels or channel.type in channels)
    }
    complete = True
    first = unit_after(now)
    near = 7 * PER_DAY
    for low, high in (
        (first, first + near),
        (first + near, first + BLOCK),
        (first + BLOCK, first + FARTHEST),
    ):
        wanted = open_questions - found.keys()
        if not wanted:
            break
        answer = await slots.first_of_each(wanted, (low, high), tuple(languages))
        found.update(answer.slots)
        states.update(answer.states)
        complete = complete and answer.complete
    ordered = sorted(found.values(), key=lambda s: (s.start, CHANNEL_ORDER.get(s.channel, 9), s.services[0][0]))
    return Earliest(tuple(ordered), states, complete)
