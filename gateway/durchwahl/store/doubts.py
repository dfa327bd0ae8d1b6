"""What staff have to look at, because the system that it concerns cannot be asked: kept until somebody has looked."""

from typing import Literal, NamedTuple

from durchwahl.store.places import Place
from durchwahl.store.tx import Tx

Kind = Literal["may_be_left", "unclear"]
"""An appointment of ours may stand in a system which finds nothing by name: one that nobody needs, or one that the
journal does not know to stand."""


class Doubt(NamedTuple):
    """One thing to look at. `starts` and `noted` are milliseconds since the epoch; `name` is the appointment's."""

    kind: str
    source: str
    name: str
    lane: str
    booking: str
    starts: int
    noted: int


def doubt(tx: Tx, kind: Kind, place: Place) -> None:
    """Note that somebody has to look at a place; what was noted before stays as it is."""
    tx.run(
        "INSERT INTO doubt (kind, source, name, lane, booking, starts, noted) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (kind, place.source, place.name, place.lane, place.booking, place.starts, tx.now()),
    )


def doubts(tx: Tx) -> list[Doubt]:
    """Return everything that somebody has to look at, the soonest first."""
    sql = f"SELECT {', '.join(Doubt._fields)} FROM doubt ORDER BY starts, name"  # noqa: S608  # our own column names
    return [Doubt(*row) for row in tx.rows(sql)]


def looked_at(tx: Tx, name: str) -> bool:
    """Forget what is noted under a name; False where nothing is."""
    return tx.run("DELETE FROM doubt WHERE name = ?", (name,)) > 0
