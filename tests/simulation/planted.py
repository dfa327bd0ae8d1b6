"""Bugs that others have had, planted at run time: what the checker is worth shows by finding them.

Each is a context manager; nothing of it is in the code that is delivered.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest.mock import patch

from durchwahl.booking import calendars, confirming, in_calendars, keys, moving, once, steps
from durchwahl.booking.transitions import change, confirm, lapse
from durchwahl.model import states
from durchwahl.store import idempotency, journal, places
from durchwahl.store import steps as outbox

Planted = Callable[[], AbstractContextManager[Any]]
PLANTED: dict[str, Planted] = {}


def planted(function: Callable[[], Iterator[None]]) -> Planted:
    """Register a bug under its function's name."""
    PLANTED[function.__name__.replace("_", "-")] = plant = contextmanager(function)
    return plant


@planted
def random_names() -> Iterator[None]:
    """An appointment's name is another one at each try, so that a repeat does not find its own."""

    async def ensure(self: Any, appointment: Any, ref: Any) -> Any:
        name = "dw-" + keys.secrets.token_hex(16)
        return await self.source.supervisor.write(lambda: self.calendar.ensure(name, appointment, ref))

    with patch.object(calendars.PlaceInCalendar, "ensure", ensure):
        yield


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
        result = operation(disk._tx, *args, **kwargs)
        disk._connection.execute("ROLLBACK TO early")
        disk._connection.execute("RELEASE early")
        return result

    with patch.object(NodeStore, "write", write):
        yield


@planted
def no_fencing() -> Iterator[None]:
    """Whoever has lost a step finishes it all the same."""

    def finish(tx: Any, step: Any) -> bool:
        tx.run("DELETE FROM step WHERE id = ?", (step.id,))
        return True

    with patch.object(outbox, "finish_step", finish), patch.object(outbox, "lease_left", lambda tx, step: 60_000):
        yield


@planted
def cancelled_without_removing() -> Iterator[None]:
    """A cancelled booking frees its time, and its appointment stays in the calendar."""

    async def withdraw(self: Any, step: Any, booking: Any) -> None:
        known = await self._context.store.look(places.places_of, booking.id)
        await self._context.store.write(change.cancelled, booking, step, known)

    with patch.object(steps.Steps, "_withdraw", withdraw):
        yield


@planted
def repeat_without_looking() -> Iterator[None]:
    """A write whose answer was lost is written once more, without looking for it first."""

    async def known(self: Any, step: Any, place: Any, view: Any) -> Any:
        return in_calendars.opened_ref(view.key, place.place)

    with patch.object(in_calendars.InCalendars, "_known", known):
        yield


@planted
def calendar_not_read_again() -> Iterator[None]:
    """What a clerk enters between looking and writing is not seen."""

    async def is_taken(self: Any, own: Any) -> bool:
        return False

    with patch.object(calendars.PlaceInCalendar, "is_taken", is_taken):
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
def keys_are_not_looked_at() -> Iterator[None]:
    """A request under a known idempotency key is done once more."""
    with (
        patch.object(idempotency, "begin", lambda *_, **__: None),
        patch.object(idempotency, "earlier", lambda *_: None),
    ):
        yield


@planted
def answers_are_not_kept() -> Iterator[None]:
    """A repeat is answered by what is true now, and not by what was said."""
    with (
        patch.object(idempotency, "answer", lambda *_: None),
        patch.object(idempotency, "LEASE", 0),
        patch.object(
            confirm, "begin_once", lambda tx, claim, booking, sealed=None: once.begin_once(tx, claim, booking)
        ),
    ):
        yield


@planted
def one_name_for_all_placements() -> Iterator[None]:
    """A moved appointment has the name of the old one, which is taken out after the move."""
    real = keys.KeyRing.name

    def name(self: Any, booking: str, placement: int, *, purpose: str = "appointment") -> str:
        return real(self, booking, min(placement, 1), purpose=purpose)

    with patch.object(keys.KeyRing, "name", name):
        yield


@planted
def mails_are_new_at_each_try() -> Iterator[None]:
    """A mail that is sent once more has another Message-ID."""

    def message_id(booking: str, kind: str, version: int, host: str) -> str:
        return f"<{booking}.{kind}.{keys.secrets.token_hex(4)}@{host}>"

    from durchwahl.notify import clerk_letters, letters

    with patch.object(letters, "message_id", message_id), patch.object(clerk_letters, "message_id", message_id):
        yield


@planted
def failed_without_undoing() -> Iterator[None]:
    """A booking that has failed leaves in the calendar what was written before."""

    async def undo(self: Any, step: Any, booking: Any) -> None:
        await self._context.store.write(confirm.undone, booking, step, None)

    with patch.object(confirming.Confirming, "undo", undo):
        yield


@planted
def confirmed_without_writing() -> Iterator[None]:
    """A booking counts although nobody has told the calendar."""

    async def why_not(self: Any, step: Any, booking: Any) -> None:
        return None

    with patch.object(confirming.Confirming, "_why_not", why_not):
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
def refs_are_not_kept() -> Iterator[None]:
    """The number under which a system knows the appointment is forgotten."""
    with patch.object(places, "remember_ref", lambda *_: True):
        yield


@planted
def rooms_stay_open() -> Iterator[None]:
    """A cancelled talk's room is not ended."""

    async def nothing(*_: Any) -> None:
        return None

    with patch.object(steps, "end_room", nothing):
        yield


@planted
def old_time_cleared_first() -> Iterator[None]:
    """A move takes the old appointment out before the new one stands."""
    real = moving.Moving._stands

    async def stands(self: Any, step: Any, booking: Any) -> bool:
        await self._calendars.remove(step, booking, booking.placement)
        return await real(self, step, booking)

    with patch.object(moving.Moving, "_stands", stands):
        yield


@planted
def only_the_present_place_is_cancelled() -> Iterator[None]:
    """Cancelling while a move is under way forgets the new place."""
    real = change.cancelled

    async def withdraw(self: Any, step: Any, booking: Any) -> None:
        if booking.state != states.State.CANCELLING:
            await self._drop(step)
            return
        removed = await self._calendars.remove(step, booking, booking.placement)
        del removed
        known = await self._context.store.look(places.places_of, booking.id)
        await self._context.store.write(real, booking, step, known)

    with patch.object(steps.Steps, "_withdraw", withdraw):
        yield


@planted
def reminded_whatever_has_become_of_it() -> Iterator[None]:
    """A reminder goes out although the appointment was cancelled."""
    from durchwahl.booking import correspondence

    everything = {kind: frozenset(states.State) for kind in correspondence.STILL_TRUE}
    real = outbox.drop_steps

    def drop_steps(tx: Any, booking: str, *kinds: str) -> None:
        real(tx, booking, *(kind for kind in kinds if kind != "remind"))

    with patch.object(correspondence, "STILL_TRUE", everything), patch.object(outbox, "drop_steps", drop_steps):
        yield
