"""What a table is made of, and how much of it is read."""

from collections.abc import Mapping
from dataclasses import dataclass

LARGEST_FILE = 5 * 1024 * 1024
LARGEST_UNPACKED = 50 * 1024 * 1024
MOST_ROWS = 20_000
MOST_COLUMNS = 100
LONGEST_CELL = 20_000
MOST_PROBLEMS = 500


class SheetError(Exception):
    """The file is no table that can be read; `remedy` says what its owner can do."""

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(f"{reason} {remedy}".strip())
        self.reason = reason
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class CellProblem:
    """One wrong place: `line` counts from 1; `column` is its heading, empty where the whole line is wrong."""

    line: int
    column: str
    reason: str
    remedy: str = ""

    def __str__(self) -> str:
        place = f"line {self.line}" + (f", column {self.column}" if self.column else "")
        return f"{place}: {self.reason} {self.remedy}".strip()


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row: `line` is where it begins; `cells` has a text for every column, stripped, maybe empty."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """The headings in their order, the rows that could be read, and what is wrong with the others."""

    columns: tuple[str, ...]
    rows: tuple[SheetRow, ...]
    problems: tuple[CellProblem, ...]


@dataclass(frozen=True, slots=True)
class RawRow:
    """A line as the format gives it: texts, and a reason for each cell that has none."""

    line: int
    texts: tuple[str, ...]
    faults: tuple[tuple[int, str, str], ...] = ()
    """Index of the cell (-1 for the whole line), reason and remedy."""
