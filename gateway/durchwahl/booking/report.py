"""How much was asked for, in numbers behind which nobody stands: what is under five is not told.

A *part* is the smallest thing that a report counts: how often the appointments of one department for one service on
one channel (or in one language) ended in one way. A part of 1 to 4 is hidden. Every sum is made of the other parts
only, and says so where some are left out; so nothing hidden can be computed from anything that the report says.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from durchwahl.booking.counting import LEADS, OUTCOMES, cells_of
from durchwahl.store import cells, kept
from durchwahl.store.cells import Cell, Counted
from durchwahl.store.tx import Tx

FEWEST = 5
"""A smaller number may point at somebody."""

DIVISIONS: Mapping[str, tuple[str, ...]] = {
    "department": ("department",),
    "service": ("department", "service", "channel"),
    "channel": ("channel",),
    "language": ("language",),
    "month": ("month",),
}
"""What a report may be divided by, and by what each row is known then."""


@dataclass(frozen=True)
class Figure:
    """A number: the sum of the parts that may be told, and how many were left out because they are 1 to 4 each."""

    told: int = 0
    hidden: int = 0

    @property
    def is_exact(self) -> bool:
        """Whether nothing was left out."""
        return not self.hidden

    def __str__(self) -> str:
        if self.is_exact:
            return str(self.told)
        return f"<{FEWEST}" if (self.told, self.hidden) == (0, 1) else f"≥{self.told + self.hidden}"


@dataclass(frozen=True)
class Row:
    """One row: what it is known by, a figure for each of `OUTCOMES`, and how early most had booked.

    `lead` is the class of the median, None where too few are told or the report does not say.
    """

    key: tuple[str, ...]
    figures: Mapping[str, Figure]
    lead: str | None


def gather(tx: Tx, first: str, last: str) -> list[Counted]:
    """Return what is counted of the days from `first` to `last` (ISO dates, both included), as of one moment.

    What is erased stands in cells; what is not is counted from the journal. Nothing is both.
    """
    live = Counter(cell for booking in kept.kept_between(tx, first, last) for cell in cells_of(booking))
    return [*cells.cells_between(tx, first, last), *(Counted(cell, number) for cell, number in live.items())]


def report(counted: Iterable[Counted], by: str) -> list[Row]:
    """Return the rows of a report, divided by one of `DIVISIONS`, in the order of their keys."""
    key = _key_of(by)
    parts: dict[tuple[str, ...], dict[str, Counter[tuple[str, ...]]]] = {}
    leads: dict[tuple[str, ...], Counter[str]] = {}
    for cell, number in counted:
        if bool(cell.service) == (by == "language"):
            continue
        row = parts.setdefault(key(cell), {outcome: Counter() for outcome in OUTCOMES})
        row[cell.outcome][cell.department, cell.service, cell.channel] += number
        leads.setdefault(key(cell), Counter())[cell.lead] += number
    return [_row(one, parts[one], leads[one]) for one in sorted(parts)]


def twelve_months_before(today: date) -> tuple[str, str]:
    """Return the first and the last day, as ISO dates, of the twelve whole months before the present one."""
    last = today.replace(day=1) - timedelta(days=1)
    return today.replace(year=today.year - 1, day=1).isoformat(), last.isoformat()


def _key_of(by: str) -> Callable[[Cell], tuple[str, ...]]:
    if by == "month":
        return lambda cell: (cell.day[:7],)
    columns = DIVISIONS[by]
    return lambda cell: tuple(getattr(cell, column) for column in columns)


def _row(key: tuple[str, ...], parts: Mapping[str, Counter[tuple[str, ...]]], leads: Counter[str]) -> Row:
    figures = {outcome: _figure(numbers.values()) for outcome, numbers in parts.items()}
    is_told = sum(figure.told for figure in figures.values()) >= FEWEST
    return Row(key, figures, _median(leads) if is_told else None)


def _figure(parts: Iterable[int]) -> Figure:
    numbers = list(parts)
    told = [number for number in numbers if number >= FEWEST]
    return Figure(sum(told), len(numbers) - len(told))


def _median(leads: Counter[str]) -> str | None:
    """Return the class in which the middle one is; the earlier one where that is between two."""
    so_far, half = 0, leads.total() / 2
    for lead in LEADS:
        so_far += leads[lead]
        if so_far and so_far >= half:
            return lead
    return None
