"""What staff have to look at, or will have to: kept until somebody has looked, or until it is no longer so."""

from collections.abc import Collection
from typing import Literal, NamedTuple

from durchwahl.store.places import Place
from durchwahl.store.tx import Tx

Kind = Literal["may_be_left", "unclear", "missing", "moved", "left_over", "unknown", "twice", "restored", "taken_out"]
"""What a doubt is about.

`may_be_left`, `unclear`: an appointment of ours may stand in a system which finds nothing by name: one that nobody
needs, or one that the journal does not know to stand. `missing`: a living appointment stands in its calendar no more;
`taken_out`: such a one was cancelled, and its citizen told. `moved`: it stands somewhere else. `left_over`: what the
journal has given up still stands. `unknown`: something bears our mark of which the journal has never heard. `twice`:
one appointment stands there more than once. `restored`: the whole journal was put back from a backup, and may have
forgotten what happened since.
"""


class Doubt(NamedTuple):
    """One thing to look at. Times are milliseconds since the epoch; `name` is the appointment's."""

    kind: str
    source: str
    name: str
    lane: str
    booking: str | None
    starts: int
    ends: int
    noted: int = 0
    looked: int | None = None
    """When somebody of the staff has looked; what still differs then is kept, and not said again."""


_COLUMNS = ", ".join(Doubt._fields)


def about(kind: Kind, place: Place) -> Doubt:
    """Return a doubt about a place."""
    return Doubt(kind, place.source, place.name, place.lane, place.booking, place.starts, place.ends)


def note(tx: Tx, doubt: Doubt) -> int:
    """Note a doubt, and return since when it is there: what was noted before stays as it is."""
    values = doubt._replace(noted=tx.now())
    marks = ", ".join("?" * len(values))
    tx.run(f"INSERT INTO doubt ({_COLUMNS}) VALUES ({marks}) ON CONFLICT DO NOTHING", values)  # noqa: S608  # our own
    row = tx.row("SELECT noted FROM doubt WHERE kind = ? AND source = ? AND name = ?", values[:3])
    return int(row[0]) if row else values.noted


def doubts(tx: Tx) -> list[Doubt]:
    """Return everything that somebody has to look at, the soonest first."""
    return [Doubt(*row) for row in tx.rows(f"SELECT {_COLUMNS} FROM doubt ORDER BY starts, name")]  # noqa: S608  # our own


def dispel(tx: Tx, kind: str, source: str, still: Collection[str]) -> list[str]:
    """Forget the doubts of a kind about a source that are no longer so, and return their names; `still` are so."""
    known = tx.rows("SELECT name FROM doubt WHERE kind = ? AND source = ?", (kind, source))
    gone = [str(name) for (name,) in known if name not in still]
    for name in gone:
        tx.run("DELETE FROM doubt WHERE kind = ? AND source = ? AND name = ?", (kind, source, name))
    return gone


def noted_since(tx: Tx, kind: Kind, source: str, since: int) -> int:
    """Count the doubts of a kind about a source that were noted after `since`."""
    sql = "SELECT count(*) FROM doubt WHERE kind = ? AND source = ? AND noted > ?"
    row = tx.row(sql, (kind, source, since))
    return int(row[0]) if row else 0


def is_doubted(tx: Tx, kind: Kind, source: str = "") -> bool:
    """Whether there is any doubt of a kind about a source."""
    return tx.row("SELECT 1 FROM doubt WHERE kind = ? AND source = ?", (kind, source)) is not None


def forget_before(tx: Tx, kind: Kind, stamp: int) -> int:
    """Forget the doubts of a kind that were noted before, and return how many those were."""
    return tx.run("DELETE FROM doubt WHERE kind = ? AND noted < ?", (kind, stamp))


def looked_at(tx: Tx, name: str) -> bool:
    """Say no more of what is noted under a name; False where nothing is."""
    return tx.run("UPDATE doubt SET looked = ? WHERE name = ?", (tx.now(), name)) > 0


def end_restore(tx: Tx) -> None:
    """Let what differs be acted on again: somebody has looked since the journal was put back."""
    tx.run("DELETE FROM doubt WHERE kind = 'restored'")
