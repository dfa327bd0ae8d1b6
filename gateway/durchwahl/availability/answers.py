"""What is asked of free times, and what is answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from durchwahl.availability.busy import SourceState
from durchwahl.availability.reasons import Emptiness
from durchwahl.availability.units import unit_after
from durchwahl.catalogue.offers import Offer
from durchwahl.model.text import is_signed

CHANNEL_ORDER = {"video": 0, "phone": 1, "in_person": 2}


@dataclass(frozen=True)
class Wish:
    """What a citizen looks for. `window` is in units since the epoch, half-open; empty tuples mean any."""

    services: tuple[tuple[str, int], ...]
    window: tuple[int, int]
    channels: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


@dataclass(frozen=True)
class FreeSlot:
    """A start with a place left. `start` and `end` are units since the epoch; `language` is what was asked for."""

    start: int
    end: int
    offer: Offer
    channel: str
    services: tuple[tuple[str, int], ...]
    remaining: int
    languages: tuple[str, ...]
    language: str | None


@dataclass(frozen=True)
class Availability:
    """The answer: slots in ascending order, how complete it is, and why it is empty where it is.

    `next_from` is where the next window begins; it comes with the last slots of this one, so that paging by offset to
    the window's end and going on from there gives every slot once.
    """

    slots: tuple[FreeSlot, ...]
    states: Mapping[str, SourceState]
    complete: bool
    empty_reason: str | None = None
    next_release_at: datetime | None = None
    next_from: datetime | None = None
    total: int = 0


@dataclass(frozen=True)
class FirstSlots:
    """The first slot per (service, channel); `emptiness` is what is known of each offer that was looked at."""

    slots: Mapping[tuple[str, str], FreeSlot]
    states: Mapping[str, SourceState]
    complete: bool
    emptiness: Sequence[Emptiness]
    next_release_at: datetime | None


def can_be_spoken(channel: str, languages: Sequence[str]) -> bool:
    """Whether one of the languages, where any are wanted, can be used on the channel: nobody signs on the phone."""
    return channel != "phone" or not languages or not all(is_signed(tag) for tag in languages)


def unit_window(start: datetime, end: datetime) -> tuple[int, int]:
    """Return the units that begin in the half-open time from `start` to `end`."""
    first = unit_after(start)
    return first, max(unit_after(end), first)
