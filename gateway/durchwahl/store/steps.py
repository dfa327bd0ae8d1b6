"""The outbox: what still has to be done outside, each with the time when it is due.

A claim pushes the due time forward by the lease and raises the fencing number: who works longer than the lease finds
on writing back that the step is no longer his.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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


def add_step(tx: Tx, booking: str, kind: str, due: int, detail: Mapping[str, Any] | None = None) -> None:
    """Write a step, to be done at `due` or soon after."""
    tx.run(
        "INSERT INTO step (booking, kind, due, fence, attempts, detail) VALUES (?, ?, ?, 0, 0, ?)",
        (booking, kind, due, json.dumps(detail) if detail else "{}"),
    )


def add_claimed_step(tx: Tx, booking: str, kind: str, detail: Mapping[str, Any] | None = None) -> Step:
    """Write a step that the writer itself does at once, so that nobody else starts it."""
    row = tx.row(
        "INSERT INTO step (booking, kind, due, fence, attempts, detail) VALUES (?, ?, ?, 1, 1, ?) RETURNING id",
        (booking, kind, tx.now() + LEASE, json.dumps(detail) if detail else "{}"),
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
    return [Step(row[0], row[1], row[2], row[3] + 1, row[4] + 1, json.loads(row[5])) for row in rows]


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
    for kind in kinds:
        tx.run("DELETE FROM step WHERE booking = ? AND kind = ?", (booking, kind))
