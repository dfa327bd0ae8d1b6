"""What a request about a booking is answered, from where the booking stands."""

from typing import Any

from durchwahl.availability.units import UNIT_MS
from durchwahl.booking.answers import Answer, Decided, keep_answer
from durchwahl.booking.context import Context
from durchwahl.booking.placing import Chosen, alternatives
from durchwahl.booking.views import View, view_of
from durchwahl.errors import Problem
from durchwahl.model.states import LIVE, State
from durchwahl.store import journal
from durchwahl.store.idempotency import Claim
from durchwahl.store.journal import Booking

POLL = 2
POLL_STAFF = 600
"""People take longer than systems, in seconds."""
WAITING = frozenset({State.CONFIRMING, State.AWAITING_EMAIL, State.AWAITING_APPROVAL, State.UNRESOLVED})


def told(view: View, *, done: int) -> Answer:
    """Return the answer about a booking: `done`, or 202 where it still waits for something."""
    status = 202 if view.booking.state in WAITING else done
    return Answer.of(status, view.public(), **(_location(view.booking) if status != 200 else {}))


class Outcomes:
    """Answers requests that have had their effect, and keeps the answers."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def settled(self, booking_id: str, claim: Claim | None, *, done: int) -> Answer:
        """Answer a booking or a cancelling.

        Raises:
            Decided: `slot-taken` or `source-unavailable`: it has failed.
        """
        view = await self._view(booking_id)
        if view.booking.state in (State.FAILED, State.UNDOING):
            raise await self._failure(view)
        return await self._kept(told(view, done=done), view, claim)

    async def moved(self, booking_id: str, wanted: Chosen | None, placement: int | None, claim: Claim | None) -> Answer:
        """Answer a move that was to bring this `placement`; `wanted` is None where nobody knows the time any more.

        Raises:
            Decided: `slot-taken`: the old time stayed.
        """
        view = await self._view(booking_id)
        booking = view.booking
        is_moving = booking.state == State.RESCHEDULING and booking.last_placement == placement
        if placement is not None and booking.placement < placement and booking.state in LIVE and not is_moving:
            others = await (self.nearby(view) if wanted is None else alternatives(self._context, wanted))
            raise Decided("slot-taken", alternatives=others)
        answer = Answer.of(202 if is_moving else 200, view.public(), **(_location(booking) if is_moving else {}))
        return await self._kept(answer, view, claim)

    async def nearby(self, view: View) -> list[dict[str, Any]]:
        """Return free slots like the booking's own, the nearest ones."""
        if view.offer is None:
            return []
        booking = view.booking
        talk = (booking.ends - booking.starts) // UNIT_MS
        wanted = Chosen(
            view.offer, booking.channel, view.services, booking.language, booking.starts // UNIT_MS, talk
        )  # fmt: skip
        return await alternatives(self._context, wanted)

    async def _view(self, booking_id: str) -> View:
        booking = await self._context.store.look(journal.booking_by_id, booking_id)
        if booking is None:
            raise Problem("not-found")
        return view_of(self._context, booking)

    async def _kept(self, answer: Answer, view: View, claim: Claim | None) -> Answer:
        if claim is not None:
            return await keep_answer(self._context, claim, answer, view.key)
        return answer

    async def _failure(self, view: View) -> Problem:
        if view.booking.failure == "unavailable":
            return Decided("source-unavailable", retry_after=60)
        return Decided("slot-taken", alternatives=await self.nearby(view))


def _location(booking: Booking) -> dict[str, Any]:
    headers: dict[str, Any] = {"location": f"v1/bookings/{booking.id}"}
    if booking.state not in LIVE or booking.state == State.RESCHEDULING:
        headers["retry_after"] = POLL_STAFF if booking.state == State.AWAITING_APPROVAL else POLL
    return headers
