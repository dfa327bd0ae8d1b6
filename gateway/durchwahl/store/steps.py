"""The outbox: what still has to be done outside, each with the time when it is due.

A claim pushes the due time forward by the lease and raises the fencing number: who works longer than the lease finds
on writing back that the step is no longer his.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json, to_json

from durchwahl.store.rows import insert_all
from durchwahl.store.tx import Tx

LEASE = 30_000
"""How long, in milliseconds, a claimed step is left to its worker."""


@dataclass(frozen=True, slots=True)
class Step:
    """A claimed step. `detail` is JSON without anything personal."""

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


def add_steps(tx: Tx, booking: str, ahead: Sequence[Ahead]) -> None:
    """Write several steps."""
    rows = [(booking, one.kind, one.due, 0, 0, to_json(one.detail).decode()) for one in ahead]
    insert_all(tx, "step (booking, kind, due, fence, attempts, detail)", rows)


def add_step(tx: Tx, booking: str, kind: str, due: int, detail: Mapping[str, Any] | None = None) -> None:
    """Write a step."""
    add_steps(tx, booking, [Ahead(kind, due, detail or {})])


def add_claimed_step(tx: Tx, booking: str, kind: str, detail: Mapping[str, Any] | None = None) -> Step:
    """Write a step that the writer itself does at once, so that nobody else starts it."""
    row = tx.row(
        "INSERT INTO step (booking, kind, due, fence, attempts, detail) VALUES (?, ?, ?, 1, 1, ?) RETURNING id",
        (booking, kind, tx.now() + LEASE, to_json(detail or {}).decode()),
    )
    assert row is not None  # noqa: S101  # RETURNING always returns
    return Step(int(row[0]), booking, kind, 1, 1, detail or {})


def claim_due(tx: Tx, limit: int) -> list[Step]:
    """Take up to `limit` steps that are due."""
    now = tx.now()
    rows = tx.rows(
        "SELECT id, booking, kind, fence, attempts, detail FROM step WHERE due <= ? ORDER BY due LIMIT ?",
        (now, limit),
    )
    tx.many(
        "UPDATE step SET due = ?, fence = fence + 1, attempts = attempts + 1 WHERE id = ?",
        [(now + LEASE, row[0]) for row in rows],
    )
    return [Step(row[0], row[1], row[2], row[3] + 1, row[4] + 1, from_json(row[5])) for row in rows]


def next_due(tx: Tx) -> int | None:
    """Return when the next step is due, None where there is none."""
    row = tx.row("SELECT min(due) FROM step")
    return int(row[0]) if row and row[0] is not None else None


def still_mine(tx: Tx, step: Step) -> bool:
    """Whether nobody else has claimed the step meanwhile."""
    return tx.row("SELECT 1 FROM step WHERE id = ? AND fence = ?", (step.id, step.fence)) is not None


def finish_step(tx: Tx, step: Step) -> bool:
    """Strike the step off; False where it was no longer ours."""
    return tx.run("DELETE FROM step WHERE id = ? AND fence = ?", (step.id, step.fence)) == 1


def postpone_step(tx: Tx, step: Step, due: int) -> None:
    """Let the step be claimed again at `due`."""
    tx.run("UPDATE step SET due = ? WHERE id = ? AND fence = ?", (due, step.id, step.fence))


def move_steps(tx: Tx, booking: str, kind: str, due: int) -> None:
    """Give the booking's steps of a kind another due time."""
    tx.run("UPDATE step SET due = ?, fence = fence + 1 WHERE booking = ? AND kind = ?", (due, booking, kind))


def drop_steps(tx: Tx, booking: str, *kinds: str) -> None:
    """Strike off the booking's steps of these kinds, done or not."""
    marks = ", ".join("?" * len(kinds))
    tx.run(f"DELETE FROM step WHERE booking = ? AND kind IN ({marks})", (booking, *kinds))  # noqa: S608  # only marks
