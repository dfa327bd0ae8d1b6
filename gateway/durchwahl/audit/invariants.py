"""What must hold of every history. Each yields what is wrong; none looks at how the gateway came to do it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter
from typing import TypeVar

from durchwahl.audit.history import Entry, Standing
from durchwahl.audit.timeline import CONFIRMED, LIVING, OVER, TAKES_A_PLACE, Look, Timeline

TRANSIENT = frozenset({"holding", "confirming", "rescheduling", "cancelling", "releasing", "undoing"})
KEPT = frozenset({"slot-taken", "slot-withdrawn", "hold-expired", "not-cancellable", "not-reschedulable"})
"""Refusals that a repeat hears again."""
CALLS_OFF = ("cancel", "erase")


@dataclass(frozen=True)
class Violation:
    """One thing that must not be. `invariant` is its number, `booking` the one concerned, where there is one."""

    invariant: str
    booking: str | None
    text: str

    def __str__(self) -> str:
        of = f" booking {self.booking}" if self.booking else ""
        return f"{self.invariant}{of}: {self.text}"


def one_at_a_time(timeline: Timeline) -> Iterator[Violation]:
    """I1: no two bookings have the same lane at the same time, neither in the journal nor in the calendar."""
    for look in timeline.looks:
        taken = [one for one in look.standings.values() if one.state in TAKES_A_PLACE and one.lane is not None]
        for first, second in _overlapping(taken):
            yield Violation("I1", first.booking, f"has the same lane at the same time as booking {second.booking}")
        living = {name for one in taken if one.state in LIVING for name in one.names}
        standing = [entry for entry in look.entries if entry.lane is not None and entry.name in living]
        for former, latter in _overlapping(standing):
            yield Violation("I1", None, f"{former.name} and {latter.name} overlap in {former.source}/{former.lane}")


def nobody_is_put_on_top_of_others(timeline: Timeline) -> Iterator[Violation]:
    """I1: where a clerk had entered something before us, there is no appointment of ours."""
    for look in timeline.quiet:
        for standing in look.standings.values():
            put = {change.name: change.at for change in timeline.changes[standing.booking] if change.stands}
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
            elif standing.state not in LIVING | OVER | {"cancelled"}:
                yield Violation("I2", booking, f"was confirmed and is {standing.state}")
        yield from _missing(look)


def _missing(look: Look) -> Iterator[Violation]:
    for standing in look.standings.values():
        if standing.state not in LIVING or standing.guards == "journal" or not look.was_read(standing.source):
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


def cancelled_stays_cancelled(timeline: Timeline) -> Iterator[Violation]:
    """I4: after a cancelling was answered there is no appointment, and nobody is told that there is one."""
    for booking, operations in timeline.by_booking.items():
        told = [one.returned or 0 for one in operations if one.asked in CALLS_OFF and one.outcome == "ok"]
        if not told:
            continue
        for one in operations:
            if one.outcome == "ok" and one.state == CONFIRMED and one.invoked > min(told):
                yield Violation("I4", booking, f"{one.asked} said confirmed after it was cancelled")
        for look in timeline.looks:
            standing = look.standings.get(booking)
            if look.looked.at > min(told) and standing is not None and standing.state in LIVING:
                yield Violation("I4", booking, f"is {standing.state} after it was cancelled")


def repeats_are_answered_alike(timeline: Timeline) -> Iterator[Violation]:
    """I5: one key has one effect and one answer; another request under the same key is refused."""
    for (_, key), operations in timeline.by_key.items():
        answered = [one for one in operations if one.outcome == "ok"]
        if len({one.request for one in answered}) > 1:
            yield Violation("I5", answered[0].booking, f"two requests under the key {key} were both fulfilled")
        elif len({one.booking for one in answered}) > 1:
            yield Violation("I5", answered[0].booking, f"the key {key} had two effects")
        elif len({one.answer for one in answered}) > 1:
            yield Violation("I5", answered[0].booking, f"a repeat under the key {key} was answered otherwise")
        refused = {one.request for one in operations if one.outcome == "fail" and one.code in KEPT}
        if refused & {one.request for one in answered}:
            yield Violation("I5", answered[0].booking, f"the key {key} was refused and fulfilled")


def refused_leaves_nothing(timeline: Timeline) -> Iterator[Violation]:
    """I6: a booking that nobody may think to have does not stand."""
    for look in timeline.quiet:
        for standing in look.standings.values():
            if standing.booking not in timeline.by_booking or timeline.asked(standing.booking, "book", "verify"):
                continue
            if standing.state in LIVING or look.entries_of(standing):
                yield Violation("I6", standing.booking, f"was refused and is {standing.state}")


def everything_ends(timeline: Timeline) -> Iterator[Violation]:
    """I7: once nothing goes wrong any more, every booking comes to rest."""
    for look in timeline.quiet:
        for standing in look.standings.values():
            if standing.state in TRANSIENT:
                yield Violation("I7", standing.booking, f"is still {standing.state}")
            elif standing.steps:
                yield Violation("I7", standing.booking, f"has still to do: {', '.join(sorted(standing.steps))}")


def each_letter_once(timeline: Timeline) -> Iterator[Violation]:
    """I8: one mail about each thing; who was confirmed is told so, and nobody is reminded of what was cancelled."""
    for booking, letters in timeline.letters.items():
        ids: dict[tuple[str, str, int | None], set[str]] = defaultdict(set)
        for one in letters:
            ids[one.letter, one.to, one.starts].add(one.id)
        for (letter, to, _), different in ids.items():
            if len(different) > 1 and letter in ("confirmation", "reminder", "cancellation") and to == "citizen":
                yield Violation("I8", booking, f"{len(different)} different mails of the kind {letter}")
        called_off = [o.returned or 0 for o in timeline.asked(booking, *CALLS_OFF, but="info") if o.outcome == "ok"]
        for one in letters:
            if one.letter == "reminder" and called_off and one.at > min(called_off):
                yield Violation("I8", booking, "was reminded of after it was cancelled")


def never_without_appointment(timeline: Timeline) -> Iterator[Violation]:
    """I9: from the confirmation until it is called off, at least one appointment stands at every moment."""
    for booking, changes in timeline.changes.items():
        acknowledged = timeline.acknowledged(booking)
        if acknowledged is None:
            continue
        until = min((one.invoked for one in timeline.by_booking[booking] if one.asked in CALLS_OFF), default=None)
        standing: set[tuple[str, str]] = set()
        for change in sorted(changes, key=lambda one: one.at):
            (standing.add if change.stands else standing.discard)((change.source, change.name))
            is_relied_on = change.at >= (acknowledged.returned or 0) and (until is None or change.at < until)
            if is_relied_on and not standing:
                yield Violation("I9", booking, f"had no appointment at {change.at}")


def times_agree(timeline: Timeline) -> Iterator[Violation]:
    """I14: journal, calendar and the last letter name the same instant, and the calendar shows the last correction."""
    for look in timeline.quiet:
        for standing in look.standings.values():
            if standing.state not in LIVING:
                continue
            for entry in look.entries_of(standing):
                if entry.starts is not None and (entry.starts, entry.ends) != (standing.starts, standing.ends):
                    yield Violation("I14", standing.booking, "stands at another time in the calendar")
                elif entry.sequence is not None and entry.sequence < standing.sequence:
                    yield Violation("I14", standing.booking, "shows something older in the calendar")
            told = [one for one in timeline.letters[standing.booking] if one.letter in ("confirmation", "change")]
            if told and told[-1].starts not in (None, standing.starts):
                yield Violation("I14", standing.booking, "the last letter names another time")


INVARIANTS: tuple[Callable[[Timeline], Iterator[Violation]], ...] = (
    one_at_a_time,
    nobody_is_put_on_top_of_others,
    nothing_acknowledged_is_lost,
    nothing_is_left_over,
    cancelled_stays_cancelled,
    repeats_are_answered_alike,
    refused_leaves_nothing,
    everything_ends,
    each_letter_once,
    never_without_appointment,
    times_agree,
)


def violations(timeline: Timeline) -> list[Violation]:
    """Return everything that is wrong with a history, each thing once, sorted."""
    return sorted({one for invariant in INVARIANTS for one in invariant(timeline)}, key=str)


T = TypeVar("T", Standing, Entry)


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
