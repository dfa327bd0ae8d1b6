"""What is known of the first free times of consultations."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal

from durchwahl.availability.earliest import Earliest
from durchwahl.availability.units import instant_of
from durchwahl.model.catalogue import Service

Consultation = tuple[str, str]
"""A service's id and a channel."""


@dataclass(frozen=True)
class FirstTime:
    """What is known of one consultation; `start` is aware, and None where the state is not `free`.

    `none`: everything is taken, closed or not open yet. `unavailable`: its calendar does not answer, so there may well
    be times. `pending`: nobody has asked yet, or the answer is still on its way.
    """

    state: Literal["free", "none", "unavailable", "pending"]
    start: datetime | None = None


PENDING = FirstTime("pending")
_RANK = {"free": 0, "unavailable": 1, "pending": 2, "none": 3}


@dataclass(frozen=True)
class FirstTimes:
    """The table. `is_settled`: everything is known and nothing of it is being read anew at this moment."""

    known: Mapping[Consultation, FirstTime]
    is_settled: bool

    def of(self, service: str, channel: str) -> FirstTime:
        """Return what is known of a consultation."""
        return self.known.get((service, channel), PENDING)

    @cached_property
    def version(self) -> str:
        """A digest of what the table says."""
        return hashlib.sha256(repr(sorted(self.known.items(), key=lambda item: item[0])).encode()).hexdigest()[:16]


def known_of(services: Iterable[Service], found: Earliest) -> dict[Consultation, FirstTime]:
    """Return what an answer says of each bookable consultation of these services."""
    starts = {(slot.services[0][0], slot.channel): instant_of(slot.start) for slot in found.slots}
    without = FirstTime("none" if found.complete else "unavailable")
    return {
        (one.id, str(channel.type)): FirstTime("free", start)
        if (start := starts.get((one.id, channel.type))) is not None
        else without
        for one in services
        for channel in one.visible_channels
        if channel.bookable
    }


def earlier_of(one: FirstTime, other: FirstTime) -> FirstTime:
    """Return what is said of a consultation that two offers have."""
    return min(one, other, key=_place)


def _place(one: FirstTime) -> tuple[int, float]:
    return _RANK[one.state], one.start.timestamp() if one.start is not None else 0.0
