"""What must hold of words: what citizens are answered and written."""

from collections import defaultdict
from collections.abc import Iterator

from durchwahl.audit.history import Letter
from durchwahl.audit.timeline import LIVING, Timeline
from durchwahl.audit.violation import Violation

KEPT = frozenset({"slot-taken", "slot-withdrawn", "hold-expired", "not-cancellable", "not-reschedulable"})
"""Refusals that a repeat hears again."""
LATE_MAIL = 300_000
"""So many milliseconds after a cancelling a mail may still go out that was under way."""
TELLS_OF_A_TIME = ("confirmation", "change", "moved_by_office")


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
        refused = [one for one in operations if one.outcome == "fail" and one.code in KEPT]
        if {one.request for one in refused} & {one.request for one in answered}:
            yield Violation("I5", answered[0].booking, f"the key {key} was refused and fulfilled")
        if len({(one.request, one.answer) for one in refused}) > len({one.request for one in refused}):
            yield Violation("I5", refused[0].booking, f"a repeat under the key {key} was refused otherwise")


def each_letter_once(timeline: Timeline) -> Iterator[Violation]:
    """I8: one mail about each thing."""
    for booking, letters in timeline.letters.items():
        ids: dict[tuple[str, str, int | None], set[str]] = defaultdict(set)
        for one in letters:
            ids[one.letter, one.to, one.starts].add(one.id)
        for (letter, to, _), different in ids.items():
            if len(different) > 1 and letter in ("confirmation", "reminder", "cancellation") and to == "citizen":
                yield Violation("I8", booking, f"{len(different)} different mails of the kind {letter}")


def letters_are_true(timeline: Timeline) -> Iterator[Violation]:
    """I8: who has an appointment was told so, and nobody is told of one that was called off."""
    for booking, letters in timeline.letters.items():
        called_off = timeline.called_off(booking)
        for one in letters:
            is_late = called_off is not None and one.at > called_off + LATE_MAIL
            if is_late and one.letter in (*TELLS_OF_A_TIME, "reminder"):
                yield Violation("I8", booking, f"was written a {one.letter} after it was cancelled")
    for look in timeline.quiet:
        for standing in look.standings.values():
            told = _naming_a_time(timeline, standing.booking)
            if standing.state in LIVING and standing.has_mail and not told:
                yield Violation("I8", standing.booking, "has an appointment and was never told so")


def times_agree(timeline: Timeline) -> Iterator[Violation]:
    """I14: journal, calendar and the last letter name the same instant, and the calendar shows the last correction."""
    for look in timeline.quiet:
        for standing in look.standings.values():
            if standing.state not in LIVING:
                continue
            for entry in () if look.is_told(standing) else look.entries_of(standing):
                if entry.starts is not None and (entry.starts, entry.ends) != (standing.starts, standing.ends):
                    yield Violation("I14", standing.booking, "stands at another time in the calendar")
                elif entry.sequence is not None and entry.sequence < standing.sequence:
                    yield Violation("I14", standing.booking, "shows something older in the calendar")
            letters = [one for one in _naming_a_time(timeline, standing.booking) if one.at <= look.looked.at]
            told = max(letters, key=lambda one: one.version, default=None)
            if told is not None and told.starts != standing.starts:
                yield Violation("I14", standing.booking, "the last letter names another time")


def _naming_a_time(timeline: Timeline, booking: str) -> list[Letter]:
    letters = timeline.letters[booking]
    return [one for one in letters if one.letter in TELLS_OF_A_TIME and one.to == "citizen" and one.starts is not None]
