"""Bugs of writing into calendars."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from durchwahl.booking import calendars, confirming, in_calendars, keys, moving
from durchwahl.booking.transitions import confirm, late
from durchwahl.store import places
from tests.simulation.planted.planting import planted


@planted
def random_names() -> Iterator[None]:
    """An appointment's name is another one at each try, so that a repeat does not find its own."""

    async def ensure(self: Any, appointment: Any, ref: Any) -> Any:
        name = "dw-" + keys.secrets.token_hex(16)
        return await self.source.supervisor.write(lambda: self.calendar.ensure(name, appointment, ref))

    with patch.object(calendars.PlaceInCalendar, "ensure", ensure):
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
def one_name_for_all_placements() -> Iterator[None]:
    """A moved appointment has the name of the old one, which is taken out after the move."""
    real = keys.KeyRing.name

    def name(self: Any, booking: str, placement: int, *, purpose: str = "appointment") -> str:
        return real(self, booking, min(placement, 1), purpose=purpose)

    with patch.object(keys.KeyRing, "name", name):
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
def refs_are_not_kept() -> Iterator[None]:
    """The number under which a system knows the appointment is forgotten."""
    with patch.object(places, "remember_ref", lambda *_: True):
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
def late_writes_stay() -> Iterator[None]:
    """Nobody notes that a request without an answer may still arrive."""

    def remembered_only(tx: Any, step: Any, place: Any, **_: Any) -> None:
        if places.place_of(tx, place.booking, place.placement) is None:
            late._clear(tx, place)

    with patch.object(late, "may_arrive", remembered_only):
        yield


@planted
def not_looked_for_again() -> Iterator[None]:
    """What is removed is removed once, although an earlier request may still arrive."""

    async def nothing(*_: Any) -> None:
        return None

    with patch.object(in_calendars.InCalendars, "_must_be_empty", nothing):
        yield
