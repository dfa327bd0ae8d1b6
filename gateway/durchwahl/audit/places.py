"""What must hold of places: who has which lane when, and what stands in which system."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from operator import itemgetter
from typing import TypeVar

from durchwahl.audit.history import Entry, Standing
from durchwahl.audit.timeline import CALLS_OFF, LIVING, OVER, TAKES_A_PLACE, Look, Timeline
from durchwahl.audit.violation import Violation

T = TypeVar("T", Standing, Entry)


def one_at_a_time(timeline: Timeline) -> Iterator[Violation]:
    """I1: no two bookings have the same lane at the same time, neither in the journal nor in the calendar."""
    for look in timeline.looks:
        taken = [one for one in look.standings.values() if one.state in TAKES_A_PLACE and one.lane is not None]
        for first, second in _overlapping(taken):
            yield Violation("I1", first.booking, f"has the same lane at the same time as booking {second.booking}")
        living = {name for one in taken if one.state in LIVING for name in one.names}
        told = set(look.looked.reported)
        standing = [entry for entry in look.entries if entry.lane is not None and entry.name in living - told]
        for former, latter in _overlapping(standing):
            yield Violation("I1", None, f"{former.name} and {latter.name} overlap in {former.source}/{former.lane}")


def nobody_is_put_on_top_of_others(timeline: Timeline) -> Iterator[Violation]:
    """I1: where a clerk had entered something before us, there is no appointment of ours."""
    for look in timeline.quiet:
        for standing in look.standings.values():
            changes = timeline.changes[standing.booking]
            put = {change.name: change.at for change in changes if change.stands}
            put.update({change.name: 0 for change in changes if change.stands and change.by})  # a clerk's own doing
            for ours in look.entries_of(standing) if standing.state in LIVING else ():
                for other in look.foreign:
                    if _overlap(ours, other) and (other.since or 0) < put.get(ours.name or "", 0):
                        yield Violation("I1", standing.booking, f"was put on top of somebody's entry in {ours.lane}")


def nothing_acknowledged_is_lost(timeline: Timeline) -> Iterator[Violation]:
    """I2: what was confirmed to a citizen stands in the journal and in the calendar, unless it was called off."""
    for look in timeline.quiet:
        for booking in timeline.by_booking:
            if timeline.acknowledged(booking) is None or timeline.asked(booking, *CALLS_OFF):
                continue
            standing = look.standings.get(booking)
            if standing is None:
                yield Violation("I2", booking, "was confirmed and is not in the journal")
            elif standing.state == "cancelled" and timeline.was_taken_out(booking):
                continue
            elif standing.state not in LIVING | OVER:
                yield Violation("I2", booking, f"was confirmed and is {standing.state}")
        yield from _missing(look)


def _missing(look: Look) -> Iterator[Violation]:
    for standing in look.standings.values():
        if standing.state not in LIVING or standing.guards == "journal" or not look.was_read(standing.source):
            continue
        if look.is_told(standing):
            continue
        entries = look.entries_of(standing)
        if len(entries) != 1:
            yield Violation("I2", standing.booking, f"stands {len(entries)} times in {standing.source}")


def nothing_is_left_over(timeline: Timeline) -> Iterator[Violation]:
    """I3: whatever carries our mark belongs to a living booking, or the operator was told of it."""
    for look in timeline.quiet:
        living = [one for one in look.standings.values() if one.state in LIVING | OVER]
        wanted = {name for one in living for name in (*one.names, one.room)} | set(look.looked.reported)
        for entry in look.entries:
            if entry.name is not None and entry.name not in wanted:
                yield Violation("I3", None, f"{entry.name} in {entry.source} belongs to no living booking")


def never_without_appointment(timeline: Timeline) -> Iterator[Violation]:
    """I9: from the confirmation until it is called off, at least one appointment stands at every moment."""
    for booking, changes in timeline.changes.items():
        acknowledged = timeline.acknowledged(booking)
        if acknowledged is None:
            continue
        until = min((one.invoked for one in timeline.asked(booking, *CALLS_OFF)), default=None)
        standing: set[tuple[str, str]] = set()
        by_others = [one.at for one in changes if one.by]
        until = min(until or by_others[0], *by_others) if by_others else until
        for change in sorted(changes, key=lambda one: one.at):
            (standing.add if change.stands else standing.discard)((change.source, change.name))
            is_relied_on = change.at >= (acknowledged.returned or 0) and (until is None or change.at < until)
            if is_relied_on and not standing:
                yield Violation("I9", booking, f"had no appointment at {change.at}")


def _overlap(one: Entry, other: Entry) -> bool:
    if (one.source, one.lane) != (other.source, other.lane):
        return False
    if one.first is None or one.last is None or other.first is None or other.last is None:
        return False
    return one.first < other.last and other.first < one.last


def _overlapping(placed: Iterable[T]) -> Iterator[tuple[T, T]]:
    """Yield each two that follow one another in a lane before the first is over."""
    lanes: dict[tuple[str | None, str | None], list[tuple[int, int, T]]] = defaultdict(list)
    for one in placed:
        if one.first is not None and one.last is not None:
            lanes[one.source, one.lane].append((one.first, one.last, one))
    for lane in lanes.values():
        for former, latter in pairwise(sorted(lane, key=itemgetter(0, 1))):
            if latter[0] < former[1]:
                yield former[2], latter[2]
