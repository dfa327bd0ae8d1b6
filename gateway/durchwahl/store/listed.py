"""Bookings as an office looks for them: by department, lane, time, state or reference."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from durchwahl.store.journal import Booking
from durchwahl.store.places import Place
from durchwahl.store.tx import Tx


class Listed(NamedTuple):
    """A booking with the place that it takes now; None where it takes none any more."""

    booking: Booking
    place: Place | None


@dataclass(frozen=True)
class Which:
    """Which bookings are meant; what is None or empty narrows nothing. Times are milliseconds since the epoch, UTC.

    `source` is a source's key. A talk is in the time from `begins` to `ends` (half-open) that touches it.
    """

    department: str | None = None
    source: str | None = None
    lane: str | None = None
    begins: int | None = None
    ends: int | None = None
    states: tuple[str, ...] = ()
    references: tuple[str, ...] = ()

    def holds(self, one: Listed) -> bool:
        """Whether the booking is among those that are meant."""
        booking, place = one
        is_there = self.lane is None or (place is not None and place.lane == self.lane)
        return (
            (self.department is None or booking.offer.split("/")[0] == self.department)
            and (self.source is None or (place is not None and place.source == self.source))
            and is_there
            and (self.begins is None or booking.ends > self.begins)
            and (self.ends is None or booking.starts < self.ends)
            and (not self.states or booking.state in self.states)
            and (not self.references or booking.reference in self.references)
        )


_PLACE = ", ".join(f"p.{name}" for name in Place.__slots__)
_BOOKING = ", ".join(f"b.{name}" for name in Booking._fields)
_FROM = (
    f"SELECT {_BOOKING}, {_PLACE} FROM booking b"  # noqa: S608  # our own column names
    " LEFT JOIN placement p ON p.booking = b.id AND p.placement = b.placement"
)


def listed(tx: Tx, which: Which) -> list[Listed]:
    """Return the bookings in the order of their times; holds are among them only where `states` names them."""
    terms, values = _narrowing(which)
    where = f" WHERE {' AND '.join(terms)}" if terms else ""
    return [_listed(row) for row in tx.rows(f"{_FROM}{where} ORDER BY b.starts, b.reference", values)]


def listed_by_id(tx: Tx, booking_id: str) -> Listed | None:
    """Return one booking with its place, None where there is none."""
    row = tx.row(f"{_FROM} WHERE b.id = ?", (booking_id,))
    return _listed(row) if row else None


def _narrowing(which: Which) -> tuple[list[str], list[Any]]:
    """Return the conditions and their values."""
    prefix = f"{which.department}/"
    narrowing: list[tuple[str, Sequence[Any], bool]] = [
        ("substr(b.offer, 1, ?) = ?", (len(prefix), prefix), which.department is not None),
        ("p.source = ?", (which.source,), which.source is not None),
        ("p.lane = ?", (which.lane,), which.lane is not None),
        ("b.ends > ?", (which.begins,), which.begins is not None),
        ("b.starts < ?", (which.ends,), which.ends is not None),
        (f"b.state IN ({_marks(which.states)})", which.states, bool(which.states)),
        (f"b.reference IN ({_marks(which.references)})", which.references, bool(which.references)),
    ]
    terms = [term for term, _, counts in narrowing if counts]
    return terms, [value for _, values, counts in narrowing if counts for value in values]


def _listed(row: Sequence[Any]) -> Listed:
    width = len(Booking._fields)
    return Listed(Booking(*row[:width]), Place(*row[width:]) if row[width] is not None else None)


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))
