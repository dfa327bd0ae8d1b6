"""Which of our appointments stand where the journal has them, and what else bears our mark."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from durchwahl.store.journal import Booking
from durchwahl.store.places import Place


@dataclass(frozen=True)
class Standing:
    """A living appointment as the journal has it."""

    booking: Booking
    place: Place


@dataclass(frozen=True, order=True)
class Seen:
    """Something with our mark as a calendar has it: milliseconds since the epoch, buffers included."""

    name: str
    lane: str
    starts: int
    ends: int


@dataclass(frozen=True)
class Difference:
    """One thing that differs.

    `standing` is what the journal has, `seen` what the calendar has. `missing` has no `seen`; `left_over` and
    `unknown` have no `standing`; `placed` is booking and placement of what is left over.
    """

    kind: Literal["missing", "moved", "left_over", "unknown", "twice"]
    name: str
    standing: Standing | None = None
    seen: Seen | None = None
    placed: tuple[str, int] | None = None


def differences(
    standings: Sequence[Standing],
    entries: Sequence[Seen],
    placed: Callable[[str], tuple[str, int] | None],
    underway: Callable[[str], bool],
) -> list[Difference]:
    """Return what differs, by name.

    `placed` says which booking and placement a name was given to, None where the journal never gave it to any.
    `underway` says whether something is still to be done for a booking: then nothing differs yet.
    """
    by_name: Mapping[str, list[Seen]] = _grouped(entries)
    known = {one.place.name for one in standings}
    found = [*_of_standings(standings, by_name), *_of_others(by_name, known, placed)]
    return sorted(
        (one for one in found if (booking := _booking(one)) is None or not underway(booking)), key=lambda one: one.name
    )


def _of_standings(standings: Sequence[Standing], by_name: Mapping[str, list[Seen]]) -> Iterator[Difference]:
    for one in standings:
        entries = by_name.get(one.place.name, [])
        here = [entry for entry in entries if _is_there(entry, one.place)]
        if not entries:
            yield Difference("missing", one.place.name, one)
        elif not here:
            yield Difference("moved", one.place.name, one, entries[0])
        elif len(entries) > 1:
            yield Difference("twice", one.place.name, one, next((e for e in entries if e is not here[0]), None))


def _of_others(
    by_name: Mapping[str, list[Seen]], known: set[str], placed: Callable[[str], tuple[str, int] | None]
) -> Iterator[Difference]:
    for name, entries in by_name.items():
        if name not in known:
            given = placed(name)
            yield Difference("unknown" if given is None else "left_over", name, seen=entries[0], placed=given)


def _is_there(entry: Seen, place: Place) -> bool:
    return (entry.lane, entry.starts, entry.ends) == (place.lane, place.starts, place.ends)


def _booking(one: Difference) -> str | None:
    if one.standing is not None:
        return one.standing.booking.id
    return one.placed[0] if one.placed is not None else None


def _grouped(entries: Sequence[Seen]) -> dict[str, list[Seen]]:
    grouped: dict[str, list[Seen]] = defaultdict(list)
    for one in sorted(set(entries)):
        grouped[one.name].append(one)
    return grouped
