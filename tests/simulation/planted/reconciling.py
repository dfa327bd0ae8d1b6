"""Bugs of following what others do in the department's calendar."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from durchwahl.booking import in_calendars
from durchwahl.booking.reconcile import reconciler
from durchwahl.booking.reconcile.judging import Brake
from tests.simulation.planted.planting import planted


@planted
def no_brake() -> Iterator[None]:
    """Whatever is missing is cancelled, and be it all of it."""
    with patch.object(Brake, "holds", False):
        yield


@planted
def what_was_deleted_is_made_anew() -> Iterator[None]:
    """A correction writes an appointment again that a clerk has taken out."""

    async def refresh(self: Any, step: Any, place: Any, view: Any) -> None:
        booking = view.booking
        await self._put(step, place, view, starts=booking.starts, ends=booking.ends, sequence=booking.sequence)

    with patch.object(in_calendars.InCalendars, "refresh", refresh):
        yield


@planted
def nobody_looks_who_has_moved() -> Iterator[None]:
    """An appointment that a clerk has moved stays in the journal as it was booked."""
    real = reconciler.differences

    def differences(*given: Any) -> list[Any]:
        return [one for one in real(*given) if one.kind != "moved"]

    with patch.object(reconciler, "differences", differences):
        yield
