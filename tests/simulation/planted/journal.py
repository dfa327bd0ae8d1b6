"""Bugs of the journal: who may write what, and when it counts."""

from collections.abc import Iterator
from copy import copy
from typing import Any
from unittest.mock import patch

from durchwahl.booking.context import milliseconds
from durchwahl.booking.transitions import confirm, lapse, late
from durchwahl.store import journal, places
from durchwahl.store import steps as outbox
from tests.simulation.disk import NodeStore
from tests.simulation.planted.planting import planted


@planted
def no_compare_and_swap() -> Iterator[None]:
    """A booking's row is written whatever it has become meanwhile."""

    def swap(tx: Any, booking: Any, columns: dict[str, Any]) -> Any:
        columns = {**columns, "version": booking.version + 1, "updated": tx.now()}
        assignments = ", ".join(f"{name} = ?" for name in columns)
        tx.run(f"UPDATE booking SET {assignments} WHERE id = ?", [*columns.values(), booking.id])
        return booking._replace(**columns)

    with patch.object(journal, "_swap", swap):
        yield


@planted
def acknowledged_before_commit() -> Iterator[None]:
    """A citizen hears of the booking before it is on disk; a crash then loses it."""
    from tests.simulation.disk import NodeStore

    honest = NodeStore.write

    async def write(self: Any, operation: Any, *args: Any, **kwargs: Any) -> Any:
        disk, world = self._disk, self._node.world
        if operation is not confirm.confirm_at_once or world.random.random() < 0.7:
            return await honest(self, operation, *args, **kwargs)
        disk._connection.execute("SAVEPOINT early")
        result = operation(disk.tx, *args, **kwargs)
        disk._connection.execute("ROLLBACK TO early")
        disk._connection.execute("RELEASE early")
        return result

    with patch.object(NodeStore, "write", write):
        yield


@planted
def no_fencing() -> Iterator[None]:
    """Whoever has lost a step finishes it all the same, and what he wrote meanwhile is nobody's."""

    def finish(tx: Any, step: Any) -> bool:
        tx.run("DELETE FROM step WHERE id = ?", (step.id,))
        return True

    with (
        patch.object(outbox, "finish_step", finish),
        patch.object(outbox, "lease_left", lambda tx, step: 60_000),
        patch.object(late, "_take_out", lambda *_: None),
    ):
        yield


@planted
def time_given_twice() -> Iterator[None]:
    """Two holds may have the same units."""

    def take_place(tx: Any, place: Any) -> bool:
        units = range(place.first_unit, place.last_unit)
        rows = [(place.source, place.lane, unit, place.booking, place.placement) for unit in units]
        places.insert_all(tx, places._INTO_UNITS, rows, otherwise="ON CONFLICT DO NOTHING")
        places.insert_all(tx, places._INTO, [places._VALUES(place)])
        return True

    with patch.object(places, "take_place", take_place):
        yield


@planted
def expired_whatever_has_become_of_it() -> Iterator[None]:
    """A hold's time is over, although it has become a booking meanwhile."""

    def expire_if_due(tx: Any, step: Any, booking: Any) -> None:
        outbox.finish_step(tx, step)
        tx.run("UPDATE booking SET state = 'expired' WHERE id = ?", (booking.id,))

    with (
        patch.object(lapse, "expire_if_due", expire_if_due),
        patch.object(confirm.steps, "drop_steps", lambda *_: None),
    ):
        yield


@planted
def a_step_is_repeated_for_ever() -> Iterator[None]:
    """What was done is done again and again."""

    def refreshed(tx: Any, step: Any, seen: Any) -> None:
        outbox.postpone_step(tx, step, tx.now() + 30_000)

    with patch.object(late, "refreshed", refreshed):
        yield


@planted
def each_node_has_its_own_time() -> Iterator[None]:
    """What has expired is decided by the clock of whoever looks, and not by the database's."""
    real = NodeStore._tx

    def by_its_clock(self: Any) -> Any:
        tx = copy(real(self))
        tx._clock = lambda: milliseconds(self._node.clock())
        return tx

    with patch.object(NodeStore, "_tx", by_its_clock):
        yield
