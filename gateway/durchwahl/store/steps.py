"""The outbox: what still has to be done outside, each with the time when it is due.

A claim pushes the due time forward by the lease and raises the fencing number: who works longer than the lease finds
on writing back that the step is no longer his. An odd number is somebody's claim, an even one nobody's. A step that
somebody has claimed is never struck off by anybody else: he may be writing outside at this moment.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json, to_json

from durchwahl.store.journal import Superseded
from durchwahl.store.rows import insert_all
from durchwahl.store.tx import Tx

LEASE = 60_000
"""How long, in milliseconds, a claimed step is left to its worker: longer than a confirmation at the usual deadline of
8 s takes at worst. Who needs longer renews it."""

JOURNAL, CALENDARS, ROOMS, MAILS, DUTIES = range(5)
"""Steps of one pool wait for each other only: a mail server that hangs must not keep a hold from expiring."""
POOL_OF: Mapping[str, int] = {
    "expire": JOURNAL, "complete": JOURNAL, "resolve": JOURNAL, "erase": JOURNAL,
    "room": ROOMS, "close": ROOMS,
    "mail": MAILS, "remind": MAILS, "clerk": MAILS,
    "reconcile": DUTIES,
}  # fmt: skip
"""All other kinds concern calendars."""
POOLS = (JOURNAL, CALENDARS, ROOMS, MAILS, DUTIES)


@dataclass(frozen=True, slots=True)
class Step:
    """A claimed step. `detail` is JSON without anything personal. A duty names a source in place of a `booking`."""

    id: int
    booking: str
    kind: str
    fence: int
    attempts: int
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ahead:
    """A step that is to be done at `due` or soon after."""

    kind: str
    due: int
    detail: Mapping[str, Any] = field(default_factory=dict)


def pool_of(kind: str) -> int:
    """Return the pool that does steps of a kind."""
    return POOL_OF.get(kind, CALENDARS)


def add_steps(tx: Tx, booking: str, ahead: Sequence[Ahead]) -> None:
    """Write several steps."""
    rows = [(booking, one.kind, pool_of(one.kind), one.due, 0, 0, to_json(one.detail).decode()) for one in ahead]
    insert_all(tx, "step (booking, kind, pool, due, fence, attempts, detail)", rows)


def add_step(tx: Tx, booking: str, kind: str, due: int, detail: Mapping[str, Any] | None = None) -> None:
    """Write a step."""
    add_steps(tx, booking, [Ahead(kind, due, detail or {})])


def add_claimed_step(tx: Tx, booking: str, kind: str, detail: Mapping[str, Any] | None = None) -> Step:
    """Write a step that the writer itself does at once, so that nobody else starts it."""
    row = tx.row(
        "INSERT INTO step (booking, kind, pool, due, fence, attempts, detail) VALUES (?, ?, ?, ?, 1, 1, ?)"
        " RETURNING id",
        (booking, kind, pool_of(kind), tx.now() + LEASE, to_json(detail or {}).decode()),
    )
    assert row is not None  # noqa: S101  # RETURNING always returns
    return Step(int(row[0]), booking, kind, 1, 1, detail or {})


def claim_due(tx: Tx, limit: int, *pools: int) -> list[Step]:
    """Take up to `limit` steps that are due from each of the pools; from all where none is named."""
    now = tx.now()
    rows = [row for pool in pools or POOLS for row in _due(tx, pool, now, limit)]
    claimed = [Step(row[0], row[1], row[2], row[3] + 1 + row[3] % 2, row[4] + 1, from_json(row[5])) for row in rows]
    if claimed:
        ids = ", ".join("?" * len(claimed))
        sql = f"UPDATE step SET due = ?, fence = fence + 1 + fence % 2, attempts = attempts + 1 WHERE id IN ({ids})"  # noqa: S608  # only marks
        tx.run(sql, (now + LEASE, *(step.id for step in claimed)))
    return claimed


def next_due(tx: Tx, *pools: int) -> int | None:
    """Return when the next step of these pools, or of all, is due; None where there is none."""
    dues = [tx.row("SELECT min(due) FROM step WHERE pool = ?", (pool,)) for pool in pools or POOLS]
    return min((int(row[0]) for row in dues if row and row[0] is not None), default=None)


def due_in(tx: Tx, *pools: int) -> int | None:
    """Return in how many milliseconds the next step of these pools is due, 0 where one is; None where there is none."""
    due = next_due(tx, *pools)
    return None if due is None else max(0, due - tx.now())


def still_mine(tx: Tx, step: Step) -> bool:
    """Whether nobody else has claimed the step meanwhile."""
    return lease_left(tx, step) is not None


def lease_left(tx: Tx, step: Step) -> int | None:
    """Return for how many milliseconds the step is still ours, 0 or less where anybody may take it; None if not."""
    row = tx.row("SELECT due FROM step WHERE id = ? AND fence = ?", (step.id, step.fence))
    return int(row[0]) - tx.now() if row else None


def renew_step(tx: Tx, step: Step, lease: int) -> None:
    """Keep the step for so many milliseconds from now.

    Raises:
        Superseded: it is no longer ours.
    """
    if tx.run("UPDATE step SET due = ? WHERE id = ? AND fence = ?", (tx.now() + lease, step.id, step.fence)) != 1:
        raise Superseded(f"step {step.id} is no longer ours")


def finish_step(tx: Tx, step: Step) -> bool:
    """Strike the step off; False where it was no longer ours."""
    return tx.run("DELETE FROM step WHERE id = ? AND fence = ?", (step.id, step.fence)) == 1


def must_finish(tx: Tx, step: Step) -> None:
    """Strike the step off, before anything that follows from it is written.

    Raises:
        Superseded: it is no longer ours; somebody else writes what follows.
    """
    if not finish_step(tx, step):
        raise Superseded(f"step {step.id} is no longer ours")


def postpone_step(tx: Tx, step: Step, due: int) -> None:
    """Let the step be claimed again at `due`."""
    tx.run("UPDATE step SET due = ?, fence = fence + 1 WHERE id = ? AND fence = ?", (due, step.id, step.fence))


def pause_step(tx: Tx, step: Step, pause: int) -> None:
    """Let the step be claimed again after so many milliseconds."""
    postpone_step(tx, step, tx.now() + pause)


def move_steps(tx: Tx, booking: str, kind: str, due: int) -> None:
    """Give the booking's steps of a kind another due time, and take them from whoever has claimed them."""
    sql = "UPDATE step SET due = ?, fence = fence + 2 - fence % 2 WHERE booking = ? AND kind = ?"
    tx.run(sql, (due, booking, kind))


def drop_steps(tx: Tx, booking: str, *kinds: str) -> None:
    """Strike off the booking's steps of these kinds; what somebody has claimed stays his."""
    sql = f"DELETE FROM step WHERE booking = ? AND fence % 2 = 0 AND kind IN ({_marks(kinds)})"  # noqa: S608  # only marks
    tx.run(sql, (booking, *kinds))


def waiting(tx: Tx, booking: str, *kinds: str) -> list[Mapping[str, Any]]:
    """Return the details of the booking's steps of these kinds that nobody has begun."""
    sql = f"SELECT detail FROM step WHERE booking = ? AND fence % 2 = 0 AND kind IN ({_marks(kinds)})"  # noqa: S608
    return [from_json(row[0]) for row in tx.rows(sql, (booking, *kinds))]


def is_there(tx: Tx, booking: str, kind: str) -> bool:
    """Whether the booking has a step of this kind, begun or not."""
    return tx.row("SELECT 1 FROM step WHERE booking = ? AND kind = ?", (booking, kind)) is not None


def any_but(tx: Tx, booking: str, *kinds: str) -> bool:
    """Whether the booking has a step of any other kind, begun or not."""
    sql = f"SELECT 1 FROM step WHERE booking = ? AND kind NOT IN ({_marks(kinds)})"  # noqa: S608  # only marks
    return tx.row(sql, (booking, *kinds)) is not None


def claimed_until(tx: Tx, booking: str, *kinds: str) -> int | None:
    """Return when the last claim of the booking's steps of these kinds ends, None where none is claimed."""
    sql = f"SELECT max(due) FROM step WHERE booking = ? AND fence % 2 = 1 AND kind IN ({_marks(kinds)})"  # noqa: S608
    row = tx.row(sql, (booking, *kinds))
    return int(row[0]) if row and row[0] is not None else None


def wait_for(tx: Tx, step: Step, *kinds: str) -> bool:
    """Whether others of the booking's steps are being done; then this one is put off until their claims end."""
    until = claimed_until(tx, step.booking, *kinds)
    if until is not None:
        postpone_step(tx, step, max(until, tx.now()))
    return until is not None


def hasten(tx: Tx, booking: str, *kinds: str) -> int:
    """Make the booking's steps of these kinds due now; those that somebody does already are left to him."""
    sql = f"UPDATE step SET due = ? WHERE booking = ? AND due > ? AND fence % 2 = 0 AND kind IN ({_marks(kinds)})"  # noqa: S608
    now = tx.now()
    return tx.run(sql, (now, booking, now, *kinds))


def _due(tx: Tx, pool: int, now: int, limit: int) -> list[Any]:
    return tx.claim(
        "SELECT id, booking, kind, fence, attempts, detail FROM step WHERE pool = ? AND due <= ? ORDER BY due LIMIT ?",
        (pool, now, limit),
    )


def _marks(kinds: Sequence[str]) -> str:
    return ", ".join("?" * len(kinds))
