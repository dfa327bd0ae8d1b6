"""Many bookings moved or cancelled by the office: one row for each, so that whoever is stopped half way goes on."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from pydantic_core import from_json, to_json

from durchwahl.store.journal import Superseded
from durchwahl.store.rows import insert_all
from durchwahl.store.tx import Tx

BatchKind = Literal["move", "cancel"]
ItemState = Literal["open", "moved", "cancelled", "left", "gone"]
"""`left`: nothing could be done for it. `gone`: nothing has to be done any more."""


class Batch(NamedTuple):
    """A batch. `filters` is JSON; times are milliseconds since the epoch, UTC.

    `reason` is sealed with the installation's key, and empty once the batch has ended.
    """

    id: str
    kind: str
    filters: str
    reason: bytes
    created: int
    ended: int | None = None


class Item(NamedTuple):
    """One booking of a batch; `detail` says what was done with it, or why nothing was."""

    batch: str
    booking: str
    state: ItemState
    detail: Mapping[str, Any]


AT_ONCE = 1_000
"""Rows of one statement: each has four values, and a statement at most some thirty thousand."""

_COLUMNS = ", ".join(Batch._fields)


def insert_batch(tx: Tx, batch: Batch, items: Sequence[Item]) -> None:
    """Write a batch with its items."""
    insert_all(tx, f"batch ({_COLUMNS})", [batch])
    rows = [(batch.id, item.booking, item.state, to_json(item.detail).decode()) for item in items]
    for first in range(0, len(rows), AT_ONCE):
        insert_all(tx, "batch_item (batch, booking, state, detail)", rows[first : first + AT_ONCE])


def unfinished(tx: Tx) -> list[Batch]:
    """Return the batches that were begun and not ended, the oldest first."""
    rows = tx.rows(f"SELECT {_COLUMNS} FROM batch WHERE ended IS NULL ORDER BY created, id")  # noqa: S608  # our own
    return [Batch(*row) for row in rows]


def batch_by_id(tx: Tx, batch_id: str) -> Batch | None:
    """Return the batch, None where there is none."""
    row = tx.row(f"SELECT {_COLUMNS} FROM batch WHERE id = ?", (batch_id,))  # noqa: S608  # our own column names
    return Batch(*row) if row else None


def items_of(tx: Tx, batch_id: str) -> list[Item]:
    """Return a batch's items in the order of their bookings' times."""
    rows = tx.rows(
        "SELECT i.batch, i.booking, i.state, i.detail FROM batch_item i JOIN booking b ON b.id = i.booking"
        " WHERE i.batch = ? ORDER BY b.starts, b.reference",
        (batch_id,),
    )
    return [Item(row[0], row[1], row[2], from_json(row[3])) for row in rows]


def settle(tx: Tx, item: Item, state: ItemState, **detail: Any) -> None:
    """Let an item be in another state, in the transaction that does what it says.

    Raises:
        Superseded: somebody else has settled it first.
    """
    touched = tx.run(
        "UPDATE batch_item SET state = ?, detail = ? WHERE batch = ? AND booking = ? AND state = ?",
        (state, to_json({**item.detail, **detail}).decode(), item.batch, item.booking, item.state),
    )
    if touched != 1:
        raise Superseded(f"the batch's booking {item.booking} is no longer {item.state}")


def end_batch(tx: Tx, batch_id: str) -> bool:
    """End a batch, and forget its reason; False, and nothing written, where an item is open."""
    ended = tx.run(
        "UPDATE batch SET ended = ?, reason = ? WHERE id = ? AND ended IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM batch_item WHERE batch = batch.id AND state = 'open')",
        (tx.now(), b"", batch_id),
    )
    return ended == 1
