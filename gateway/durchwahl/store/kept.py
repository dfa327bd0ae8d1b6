"""Bookings that are over and still have their key: what is personal of them can be read until it is erased.

They are found by an index of their own, in runs of one offer table and state each: there are some dozens of these, and
in each the oldest comes first. So no question reads more rows than it returns.
"""

from typing import NamedTuple

from durchwahl.store.journal import COLUMNS, Booking
from durchwahl.store.tx import Tx

_KEPT = "key IS NOT NULL AND ended IS NOT NULL"
_UNASKED = "NOT EXISTS (SELECT 1 FROM step WHERE step.booking = booking.id AND kind = 'erase')"


class Run(NamedTuple):
    """Kept bookings of one offer table and state; the oldest of them is over since `ended` (milliseconds)."""

    offer: str
    state: str
    ended: int


def runs(tx: Tx) -> list[Run]:
    """Return all runs, one step of the index each."""
    found: list[Run] = []
    place = ("", "")
    sql = (
        f"SELECT offer, state, ended FROM booking WHERE {_KEPT} AND (offer, state) > (?, ?)"  # noqa: S608  # our own words
        " ORDER BY offer, state, ended LIMIT 1"
    )
    while (row := tx.row(sql, place)) is not None:
        found.append(Run(*row))
        place = (row[0], row[1])
    return found


def over_since(tx: Tx, offer: str, state: str, ended: int, limit: int) -> list[Booking]:
    """Return up to `limit` bookings of a run that are over since `ended`, the oldest first.

    Those that wait already until they can be erased are left out.
    """
    sql = (
        f"SELECT {COLUMNS} FROM booking WHERE {_KEPT} AND offer = ? AND state = ? AND ended <= ?"  # noqa: S608
        f" AND {_UNASKED} ORDER BY ended LIMIT ?"
    )
    return [Booking(*row) for row in tx.rows(sql, (offer, state, ended, limit))]


def kept_between(tx: Tx, first: str, last: str) -> list[Booking]:
    """Return all kept bookings whose talk was on a day from `first` to `last`, both included, as ISO dates."""
    sql = f"SELECT {COLUMNS} FROM booking WHERE {_KEPT} AND substr(wall_start, 1, 10) BETWEEN ? AND ?"  # noqa: S608
    return [Booking(*row) for row in tx.rows(sql, (first, last))]


def oldest_age(tx: Tx) -> int:
    """Return for how many milliseconds the oldest kept booking is over, 0 where there is none."""
    oldest = min((run.ended for run in runs(tx)), default=tx.now())
    return max(0, tx.now() - oldest)
