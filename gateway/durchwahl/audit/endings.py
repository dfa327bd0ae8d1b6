"""What must hold of endings: what is called off stays so, what was refused is nothing, and all comes to rest."""

from collections import defaultdict
from collections.abc import Iterator

from durchwahl.audit.timeline import CALLS_OFF, CONFIRMED, LIVING, Timeline
from durchwahl.audit.violation import Violation

FEWEST = 2
"""So many may be lost at once and be taken for a clerk's doing."""
TRANSIENT = frozenset({"holding", "confirming", "rescheduling", "cancelling", "releasing", "undoing"})


def cancelled_stays_cancelled(timeline: Timeline) -> Iterator[Violation]:
    """I4: after a cancelling was answered there is no appointment, and nobody is told that there is one."""
    for booking, operations in timeline.by_booking.items():
        told = timeline.called_off(booking)
        if told is None:
            continue
        earlier = {(one.asked, one.key) for one in operations if one.key is not None and one.invoked <= told}
        for one in operations:
            is_new = one.invoked > told and (one.asked, one.key) not in earlier
            if one.outcome == "ok" and one.state == CONFIRMED and is_new:
                yield Violation("I4", booking, f"{one.asked} said confirmed after it was cancelled")
        for look in timeline.looks:
            standing = look.standings.get(booking)
            if look.looked.at > told and standing is not None and standing.state in LIVING:
                yield Violation("I4", booking, f"is {standing.state} after it was cancelled")


def refused_leaves_nothing(timeline: Timeline) -> Iterator[Violation]:
    """I6: a booking that nobody may think to have does not stand."""
    for look in timeline.quiet:
        for standing in look.standings.values():
            if standing.booking not in timeline.by_booking or timeline.asked(standing.booking, "book", "verify"):
                continue
            if standing.state in LIVING or look.entries_of(standing):
                yield Violation("I6", standing.booking, f"was refused and is {standing.state}")


def a_loss_cancels_nobody(timeline: Timeline) -> Iterator[Violation]:
    """F17: what a calendar has lost at once is not taken for the doing of a clerk."""
    for look in timeline.quiet:
        lost: dict[int, list[str]] = defaultdict(list)
        for booking, changes in timeline.changes.items():
            standing = look.standings.get(booking)
            if standing is None or standing.state != "cancelled" or timeline.asked(booking, *CALLS_OFF):
                continue
            if not any(one.by == "clerk" and not one.stands for one in changes):
                for at in {one.at for one in changes if one.by == "loss"}:
                    lost[at].append(booking)
        for cancelled in lost.values():
            if len(cancelled) > FEWEST:
                yield Violation("F17", cancelled[0], f"and {len(cancelled) - 1} more were cancelled by a loss")


def held_until_it_expires(timeline: Timeline) -> Iterator[Violation]:
    """I13: what was held for somebody is his until the moment that he was told, whatever clock anybody has."""
    for booking, operations in timeline.by_booking.items():
        book = next((one for one in operations if one.asked == "book"), None)
        if book is None or book.code != "hold-expired" or book.returned is None:
            continue
        before = [one for one in operations if one.invoked < book.returned]
        promised = max((one.until for one in before if one.until is not None), default=None)
        if promised is not None and book.returned < promised and not any(one.asked == "release" for one in before):
            yield Violation("I13", booking, f"was said to have expired {promised - book.returned} ms too early")


def everything_ends(timeline: Timeline) -> Iterator[Violation]:
    """I7: once nothing goes wrong any more, every booking comes to rest."""
    for look in timeline.quiet:
        for standing in look.standings.values():
            if standing.state in TRANSIENT:
                yield Violation("I7", standing.booking, f"is still {standing.state}")
            elif standing.steps:
                yield Violation("I7", standing.booking, f"has still to do: {', '.join(sorted(standing.steps))}")
