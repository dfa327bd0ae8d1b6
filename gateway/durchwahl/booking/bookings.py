"""What a citizen asks of a booking: make it, see it, move it, correct it, cancel it."""

import json
from typing import Any

from durchwahl.booking import transitions
from durchwahl.booking.answers import Answer, Decided, keep_answer
from durchwahl.booking.context import Context
from durchwahl.booking.holds import authentic
from durchwahl.booking.particulars import Particulars, checked
from durchwahl.booking.placing import Chosen, alternatives, chosen, free_lanes
from durchwahl.booking.steps import Steps
from durchwahl.booking.transitions import Begun, LaneTaken
from durchwahl.booking.views import View, view_of
from durchwahl.errors import FieldError, Problem
from durchwahl.model.booking import Person
from durchwahl.model.states import LIVE, State
from durchwahl.store import journal
from durchwahl.store.idempotency import Claim
from durchwahl.store.journal import Booking, Superseded

PATIENCE = 4.0
"""How long a request waits for the department's system, in seconds; then it answers 202 and the work goes on."""
POLL = 2


class Bookings:
    """Everything that a citizen does with a booking; each call is authenticated by one of its links."""

    def __init__(self, context: Context, steps: Steps) -> None:
        self._context = context
        self._steps = steps

    async def book(self, hold: str, token: str, given: Particulars, lang: str, claim: Claim) -> Answer:
        """Make the hold a booking: 201 confirmed, 202 where the system takes longer or the citizen's mail is awaited.

        Raises:
            Problem: `not-found`, `invalid-body`, `already-booked`, `hold-expired`, `slot-taken`, `source-unavailable`.
        """
        booking = await self._context.store.read(authentic, hold, "hold", token)
        view = view_of(self._context, booking)
        if view.offer is None:
            raise Problem("slot-withdrawn", alternatives=[])
        given = view.particulars if given.is_empty else given
        particulars = checked(view.offer, booking.channel, given)
        personal = particulars.sealed(view.key)
        try:
            begun = await self._context.store.write(
                transitions.begin_confirming, hold, token, personal, lang, view.key, claim,
                verify=view.offer.table.verify_email,
            )  # fmt: skip
        except Problem as problem:
            if problem.code != "hold-expired":
                raise
            await self._context.store.write(transitions.keep_typed, hold, personal)
            raise Problem("hold-expired", alternatives=await self._nearby(view)) from problem
        self._context.wake.set()
        if isinstance(begun, Begun):
            await self._steps.run_within(begun.step, PATIENCE)
        return await self._settled(hold, claim, done=201)

    async def awaiting(self, booking_id: str, token: str) -> None:
        """Raise what `verify` would raise, and change nothing."""
        await self._context.store.read(transitions.awaiting, booking_id, token)

    async def verify(self, booking_id: str, token: str) -> Answer:
        """Go on with a booking whose mail address is now known to be right."""
        begun = await self._context.store.write(transitions.verified, booking_id, token)
        await self._steps.run_within(begun.step, PATIENCE)
        return await self._settled(booking_id, None, done=201)

    async def get(self, booking_id: str, token: str) -> View:
        """Return the booking; raises `not-found` alike for a wrong token and an unknown id."""
        return view_of(self._context, await self._context.store.read(authentic, booking_id, "manage", token))

    async def cancel(self, booking_id: str, token: str, claim: Claim | None) -> Answer:
        """Cancel: final from the moment of the answer, whatever the department's system does."""
        await self.get(booking_id, token)
        begun = await self._context.store.write(transitions.begin_cancelling, booking_id, claim)
        if isinstance(begun, Begun):
            await self._steps.run_within(begun.step, PATIENCE)
        return await self._settled(booking_id, claim, done=200)

    async def reschedule(self, booking_id: str, token: str, slot: str, claim: Claim) -> Answer:
        """Move the booking; where that fails the old time stays.

        Raises:
            Problem: `not-found`, `not-reschedulable`, `slot-…`, `invalid-body` where the slot is for something else.
        """
        view = await self.get(booking_id, token)
        wanted = chosen(self._context, slot)
        if (wanted.offer.id, wanted.channel, wanted.services) != (
            view.booking.offer,
            view.booking.channel,
            view.services,
        ):
            raise Problem("invalid-body", errors=[FieldError("/slot", "other_consultation")])
        if view.booking.state != State.CONFIRMED:
            raise Problem("not-reschedulable")
        lanes = list(await free_lanes(self._context, wanted))
        try:
            begun = await self._context.store.write(
                transitions.begin_moving, booking_id, wanted, lanes, claim, self._context
            )
        except LaneTaken as error:
            raise Problem("slot-taken", alternatives=await alternatives(self._context, wanted)) from error
        await self._steps.run_within(begun.step, PATIENCE)
        return await self._moved(booking_id, wanted, claim)

    async def correct(self, booking_id: str, token: str, person: Person) -> dict[str, Any]:
        """Replace mail address and phone number; a name stays, because bookings are not for sale."""
        while True:
            try:
                return await self._corrected(await self.get(booking_id, token), person)
            except Superseded:  # it moved on between reading and writing: what was corrected is put on top of that
                continue

    async def _corrected(self, view: View, person: Person) -> dict[str, Any]:
        if view.offer is None or view.booking.state not in LIVE:
            raise Problem("not-reschedulable")
        merged = view.particulars.person.model_copy(update=person.model_dump(exclude_unset=True, exclude={"name"}))
        corrected = checked(
            view.offer,
            view.booking.channel,
            Particulars(merged, view.particulars.needs, view.particulars.answers),
        )
        booking = await self._context.store.write(transitions.corrected, view.booking, corrected.sealed(view.key))
        self._context.wake.set()
        return view_of(self._context, booking).public()

    async def booked(self, booking_id: str) -> Answer:
        """Return the answer to a booking whose first answer was lost, from the booking's row."""
        return await self._settled(booking_id, None, done=201)

    async def cancelled(self, booking_id: str) -> Answer:
        """Return the answer to a cancelling whose first answer was lost."""
        return await self._settled(booking_id, None, done=200)

    async def moved(self, booking_id: str, slot: str) -> Answer:
        """Return the answer to a move whose first answer was lost; raises `slot-taken` where the old time stayed."""
        try:
            wanted = chosen(self._context, slot)
        except Problem:  # by now it could not be asked for any more: only the booking itself can tell
            wanted = None
        return await self._moved(booking_id, wanted, None)

    async def typed(self, hold: str, token: str) -> Particulars:
        """Return what was typed into a hold that was lost."""
        booking = await self._context.store.read(authentic, hold, "hold", token)
        if booking.state not in (State.HELD, State.EXPIRED, State.FAILED, State.RELEASED):
            raise Problem("not-found")
        return view_of(self._context, booking).particulars

    async def _settled(self, booking_id: str, claim: Claim | None, *, done: int) -> Answer:
        booking = await self._context.store.read(journal.booking_by_id, booking_id)
        if booking is None:
            raise Problem("not-found")
        view = view_of(self._context, booking)
        if booking.state in (State.FAILED, State.UNDOING):
            raise await self._failure(view)
        is_waiting = booking.state in (
            State.CONFIRMING,
            State.AWAITING_EMAIL,
            State.AWAITING_APPROVAL,
            State.UNRESOLVED,
        )
        status = 202 if is_waiting else done
        answer = Answer.of(status, view.public(), **(_location(booking) if status != 200 else {}))
        if claim is not None:
            await self._context.store.write(keep_answer, claim, answer, view.key)
        return answer

    async def _moved(self, booking_id: str, wanted: Chosen | None, claim: Claim | None) -> Answer:
        booking = await self._context.store.read(journal.booking_by_id, booking_id)
        if booking is None:
            raise Problem("not-found")
        view = view_of(self._context, booking)
        if wanted is not None and booking.state == State.CONFIRMED and booking.starts != wanted.starts:
            raise Decided("slot-taken", alternatives=await alternatives(self._context, wanted))
        is_moving = booking.state == State.RESCHEDULING
        headers = _location(booking) if is_moving else {}
        answer = Answer.of(202 if is_moving else 200, view.public(), **headers)
        if claim is not None:
            await self._context.store.write(keep_answer, claim, answer, view.key)
        return answer

    async def _failure(self, view: View) -> Problem:
        if view.booking.failure == "unavailable":
            return Decided("source-unavailable", retry_after=60)
        return Decided("slot-taken", alternatives=await self._nearby(view))

    async def _nearby(self, view: View) -> list[dict[str, Any]]:
        if view.offer is None:
            return []
        booking = view.booking
        unit = booking.starts // 300_000
        services = tuple((service, count) for service, count in json.loads(booking.services))
        talk = (booking.ends - booking.starts) // 300_000
        wanted = Chosen(view.offer, booking.channel, services, booking.language, unit, talk)
        return await alternatives(self._context, wanted)


def _location(booking: Booking) -> dict[str, Any]:
    headers: dict[str, Any] = {"location": f"v1/bookings/{booking.id}"}
    if booking.state not in LIVE or booking.state == State.RESCHEDULING:
        headers["retry_after"] = POLL
    return headers
