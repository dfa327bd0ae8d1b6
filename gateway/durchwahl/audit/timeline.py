"""A history in the order in which the invariants ask for it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from durchwahl.audit.history import Change, Entry, Letter, Line, Looked, Operation, Standing, Unreadable

LIVING = frozenset({"confirmed", "rescheduling"})
"""There is an appointment that the citizen relies on."""
OVER = frozenset({"completed", "no_show"})
TAKES_A_PLACE = LIVING | {"holding", "held", "awaiting_email", "awaiting_approval", "confirming"}
CALLS_OFF = ("cancel", "erase")
CONFIRMED = "confirmed"
"""What an answer says of an appointment that counts."""


@dataclass
class Look:
    """How things stood at one moment: `looked` says when, and which systems were read to the end."""

    looked: Looked
    standings: dict[str, Standing] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether everything that was seen is written; a crash may have cut it off."""
        return self.looked.lines in (None, len(self.standings) + len(self.entries))

    def add(self, line: Standing | Entry) -> None:
        """Take up what was seen."""
        if isinstance(line, Entry):
            self.entries.append(line)
        else:
            self.standings[line.booking] = line

    @cached_property
    def by_name(self) -> dict[str, list[Entry]]:
        """The entries by name: a calendar that overwrites nothing may have one twice."""
        found: dict[str, list[Entry]] = defaultdict(list)
        for entry in self.entries:
            if entry.name is not None:
                found[entry.name].append(entry)
        return found

    @property
    def foreign(self) -> list[Entry]:
        """The entries of others."""
        return [entry for entry in self.entries if entry.name is None]

    def entries_of(self, standing: Standing) -> list[Entry]:
        """Return the appointments that stand for a booking; what the operator was told of is none."""
        names = set(standing.names).difference(self.looked.reported)
        return [entry for name in sorted(names) for entry in self.by_name.get(name, ()) if entry.lane is not None]

    def is_told(self, standing: Standing) -> bool:
        """Whether staff were told that something is not as it should be with what a booking has in a calendar."""
        return not set(standing.names).isdisjoint(self.looked.reported)

    def was_read(self, source: str | None) -> bool:
        """Whether a system was read to the end, so that what is missing is missing there."""
        return source is not None and source in self.looked.complete


@dataclass
class Timeline:
    """The history, grouped."""

    operations: list[Operation] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    cut_off: int = 0
    """How many looks were not written to their end; they are left out."""
    changes: dict[str, list[Change]] = field(default_factory=lambda: defaultdict(list))
    letters: dict[str, list[Letter]] = field(default_factory=lambda: defaultdict(list))

    @cached_property
    def by_booking(self) -> dict[str, list[Operation]]:
        """The operations of each booking, by when they were asked."""
        found: dict[str, list[Operation]] = defaultdict(list)
        for one in sorted(self.operations, key=lambda operation: operation.invoked):
            if one.booking is not None:
                found[one.booking].append(one)
        return found

    @cached_property
    def by_key(self) -> dict[tuple[str, str], list[Operation]]:
        """The operations under each idempotency key."""
        found: dict[tuple[str, str], list[Operation]] = defaultdict(list)
        for one in self.operations:
            if one.key is not None:
                found[one.asked, one.key].append(one)
        return found

    @property
    def quiet(self) -> Iterator[Look]:
        """The moments at which everything should be in order."""
        return (look for look in self.looks if look.looked.is_quiet)

    def acknowledged(self, booking: str) -> Operation | None:
        """Return the first answer that said that the appointment counts."""
        told = [one for one in self.by_booking.get(booking, ()) if one.outcome == "ok" and one.state == CONFIRMED]
        return min(told, key=lambda one: one.returned or 0, default=None)

    def asked(self, booking: str, *what: str) -> list[Operation]:
        """Return what was asked of a booking and not refused: what may have happened."""
        return [one for one in self.by_booking.get(booking, ()) if one.asked in what and one.outcome != "fail"]

    def was_taken_out(self, booking: str) -> bool:
        """Whether somebody else took its appointment out of the calendar."""
        return any(one.by and not one.stands for one in self.changes.get(booking, ()))

    def called_off(self, booking: str) -> int | None:
        """Return when its citizen was first told that it is called off."""
        told = [one.returned or 0 for one in self.asked(booking, *CALLS_OFF) if one.outcome == "ok"]
        return min(told, default=None)


def timeline_of(lines: Iterable[Line]) -> Timeline:
    """Group a history's lines.

    Raises:
        Unreadable: it says how something stands before it has said when that was looked at.
    """
    timeline = Timeline()
    for line in lines:
        match line:
            case Operation():
                timeline.operations.append(line)
            case Looked():
                timeline.looks.append(Look(line))
            case Standing() | Entry():
                _look_of(timeline).add(line)
            case Change():
                timeline.changes[line.booking].append(line)
            case Letter():
                timeline.letters[line.booking].append(line)
    whole = [one for one in timeline.looks if one.is_whole]
    timeline.cut_off, timeline.looks = len(timeline.looks) - len(whole), whole
    return timeline


def _look_of(timeline: Timeline) -> Look:
    if not timeline.looks:
        raise Unreadable("there is a line that says how something stands before the first that says when")
    return timeline.looks[-1]
