"""Counts of bookings, of which none tells whose they were: what is left of a booking when it is erased."""

from collections.abc import Sequence
from typing import NamedTuple

from durchwahl.store.rows import insert_all
from durchwahl.store.tx import Tx


class Cell(NamedTuple):
    """What bookings of one day have in common; empty texts where it does not say.

    `day` is the local date of the appointment (ISO). A cell says either service, channel and lead, or the language:
    service and language of one talk, side by side, might point at one person.
    """

    day: str
    department: str
    service: str
    channel: str
    language: str
    lead: str
    outcome: str
    needs_met: str


class Counted(NamedTuple):
    """A cell, and how many bookings it counts."""

    cell: Cell
    number: int


_KEY = ", ".join(Cell._fields)
_INTO = f"daily_cell ({_KEY}, count)"


def add_to_cells(tx: Tx, cells: Sequence[Cell]) -> None:
    """Count one booking more in each of the cells, of which no two are the same."""
    if cells:
        once_more = f"ON CONFLICT ({_KEY}) DO UPDATE SET count = daily_cell.count + 1"
        insert_all(tx, _INTO, [(*cell, 1) for cell in cells], otherwise=once_more)


def cells_between(tx: Tx, first: str, last: str) -> list[Counted]:
    """Return the cells of the days from `first` to `last`, both included, as ISO dates."""
    sql = f"SELECT {_KEY}, count FROM daily_cell WHERE day >= ? AND day <= ?"  # noqa: S608  # our own column names
    return [Counted(Cell(*row[:-1]), int(row[-1])) for row in tx.rows(sql, (first, last))]
