"""What must hold of every history. Each yields what is wrong; none looks at how the gateway came to do it."""

from collections.abc import Callable, Iterator

from durchwahl.audit import endings, places, words
from durchwahl.audit.timeline import Timeline
from durchwahl.audit.violation import Violation

INVARIANTS: tuple[Callable[[Timeline], Iterator[Violation]], ...] = (
    places.one_at_a_time,
    places.nobody_is_put_on_top_of_others,
    places.nothing_acknowledged_is_lost,
    places.nothing_is_left_over,
    places.never_without_appointment,
    endings.cancelled_stays_cancelled,
    endings.refused_leaves_nothing,
    endings.a_loss_cancels_nobody,
    endings.held_until_it_expires,
    endings.everything_ends,
    words.repeats_are_answered_alike,
    words.each_letter_once,
    words.letters_are_true,
    words.times_agree,
)


def violations(timeline: Timeline) -> list[Violation]:
    """Return everything that is wrong with a history, each thing once, sorted."""
    return sorted({one for invariant in INVARIANTS for one in invariant(timeline)}, key=str)
