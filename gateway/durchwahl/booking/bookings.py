"""What a citizen asks of a booking: make it, see it, move it, correct it, cancel it."""

from typing import Any

from durchwahl.booking.access import authentic
from durchwahl.booking.answers import Answer
from durchwahl.booking.calendars import is_the_journal
from durchwahl.booking.contacts import proved
from durchwahl.booking.context import Context, in_ms
from durchwahl.booking.once import begin_once
from durchwahl.booking.outcomes import Outcomes
from durchwahl.booking.particulars import Particulars, checked
from durchwahl.booking.placing import LaneTaken, alternatives, chosen, free_lanes, in_its_language
from durchwahl.booking.refusals import not_to_be_corrected
from durchwahl.booking.steps import Steps
from durchwahl.booking.transitions import approval, change, confirm
from durchwahl.booking.transitions.confirm import Begun, Wanted
from durchwahl.booking.views import View, view_of
from durchwahl.catalogue.offers import Offer
from durchwahl.errors import FieldError, Problem
from durchwahl.model.booking import Person
from durchwahl.model.states import LIVE, State
from durchwahl.store import idempotency, journal
from durchwahl.store.idempotency import Claim
from durchwahl.store.journal import Superseded

PATIENCE = 4.0
"""How long a request waits for the department's system, in seconds; then it answers 202 and the work goes on."""


class Bookings:
    """Everything that a citizen does with a booking; each call is authenticated by one of its links."""

    def __init__(self, context: Context, steps: Steps) -> None:
        self._context = context
        self._steps = steps
        self._outcomes = Outcomes(context)

    async def book(self, hold: str, token: str, given: Particulars, lang: str, claim: Claim) -> Answer:
        """Make the hold a booking: 201 confirmed; 202 where the system takes longer, or mail or approval is awaited.

        Raises:
            Problem: `not-found`, `invalid-body`, `already-booked`, `booking-cancelled`, `hold-expired`, `slot-taken`,
                `source-unavailable`.
        """
        while True:
            view = await self._linked(hold, "hold", token)
            if view.offer is None:
                raise Problem("slot-withdrawn", alternatives=[])
            typed = view.particulars if given.is_empty else given
            wanted = Wanted(view, checked(view.offer, view.booking.channel, typed).sealed(view.key), lang)
            try:
                return await self._booked(wanted, view.offer, claim)
            except Superseded:  # it moved on between looking and writing: what is true now is the answer
                continue
            except Problem as problem:
                if problem.code != "hold-expired":
                    raise
                await self._context.store.write(confirm.keep_typed, hold, wanted.personal)
                raise Problem("hold-expired", alternatives=await self._outcomes.nearby(view)) from problem

    async def awaiting(self, booking_id: str, token: str) -> None:
        """Raise what `verify` would raise, and change nothing."""
        await self._context.store.look(confirm.awaiting, booking_id, token)

    async def verify(self, booking_id: str, token: str) -> Answer:
        """Go on with a booking whose mail address is now known to be right; it may have to be approved first.

        Raises:
            Problem: as `contacts.proved`.
        """
        begun = await proved(self._context, booking_id, token)
        if isinstance(begun, Begun):
            await self._steps.run_within(begun.step, PATIENCE)
        self._context.wake.set()
        return await self._outcomes.settled(booking_id, None, done=201)

    async def get(self, booking_id: str, token: str) -> View:
        """Return the booking; raises `not-found` alike for a wrong token and an unknown id."""
        return await self._linked(booking_id, "manage", token)

    async def shown(self, booking_id: str, token: str) -> dict[str, Any]:
        """Return the booking as the interface shows it; one that has failed with the nearest free slots.

        Who was answered 202 hears here what would have been in a 409.
        """
        view = await self.get(booking_id, token)
        has_failed = view.booking.state in (State.UNDOING, State.FAILED)
        return view.public(await self._outcomes.nearby(view) if has_failed else ())

    async def nearby(self, view: View) -> list[dict[str, Any]]:
        """Return free slots like the booking's own, the nearest ones, as the interface shows them."""
        return await self._outcomes.nearby(view)

    async def cancel(self, booking_id: str, token: str, claim: Claim | None) -> Answer:
        """Cancel: final from the moment of the answer, whatever the department's system does."""
        await self.get(booking_id, token)
        begun = await self._context.store.write(change.begin_cancelling, booking_id, claim)
        if isinstance(begun, Begun):
            await self._steps.run_within(begun.step, PATIENCE)
        return await self._outcomes.settled(booking_id, claim, done=200)

    async def reschedule(self, booking_id: str, token: str, slot: str, claim: Claim) -> Answer:
        """Move the booking, to a lane where its language is spoken; where that fails the old time stays.

        The booking's own time is no move: nothing changes.

        Raises:
            Problem: `not-found`, `not-reschedulable`, `slot-…`, `invalid-body` where the slot is for something else.
        """
        view = await self.get(booking_id, token)
        booking = view.booking
        wanted = in_its_language(chosen(self._context, slot), booking)
        if (wanted.offer.id, wanted.channel, wanted.services) != (booking.offer, booking.channel, view.services):
            raise Problem("invalid-body", errors=[FieldError("/slot", "other_consultation")])
        if booking.state != State.CONFIRMED:
            raise Problem("not-reschedulable")
        if wanted.starts == booking.starts:
            return await self._unmoved(view, claim)
        lanes = list(await free_lanes(self._context, wanted))
        try:
            begun = await self._context.store.write(
                change.begin_moving, booking_id, wanted, lanes, claim, self._context
            )
        except LaneTaken as error:
            raise Problem("slot-taken", alternatives=await alternatives(self._context, wanted)) from error
        await self._steps.run_within(begun.step, PATIENCE)
        return await self._outcomes.moved(booking_id, wanted, begun.booking.last_placement, claim)

    async def correct(self, booking_id: str, token: str, person: Person) -> dict[str, Any]:
        """Replace mail address and phone number; a name stays, because bookings are not for sale.

        Raises:
            Problem: `not-found`, `booking-cancelled`, `not-reschedulable` where it is over, `invalid-body`.
        """
        while True:
            try:
                return await self._corrected(await self.get(booking_id, token), person)
            except Superseded:  # it moved on between reading and writing: what was corrected is put on top of that
                continue

    async def booked(self, booking_id: str) -> Answer:
        """Return the answer to a booking whose first answer was lost, from the booking's row."""
        return await self._outcomes.settled(booking_id, None, done=201)

    async def cancelled(self, booking_id: str) -> Answer:
        """Return the answer to a cancelling whose first answer was lost."""
        return await self._outcomes.settled(booking_id, None, done=200)

    async def moved(self, booking_id: str, slot: str, claim: Claim) -> Answer:
        """Return the answer to a move whose first answer was lost; raises `slot-taken` where the old time stayed."""
        begun = await self._context.store.look(idempotency.earlier, claim)
        booking = await self._context.store.look(journal.booking_by_id, booking_id)
        try:
            wanted = in_its_language(chosen(self._context, slot), booking) if booking else None
        except Problem:  # by now it could not be asked for any more: only the booking itself can tell
            wanted = None
        return await self._outcomes.moved(booking_id, wanted, begun.placement if begun else None, None)

    async def typed(self, hold: str, token: str) -> Particulars:
        """Return what was typed into a hold that was lost."""
        view = await self._linked(hold, "hold", token)
        if view.booking.state not in (State.HELD, State.EXPIRED, State.FAILED, State.RELEASED):
            raise Problem("not-found")
        return view.particulars

    async def _unmoved(self, view: View, claim: Claim) -> Answer:
        """Answer a move to the booking's own time: nothing changes, and nobody is written to."""
        answer = Answer.of(200, view.public())
        await self._context.store.write(begin_once, claim, view.booking.id, answer.sealed(view.key, claim))
        return answer

    async def _linked(self, booking_id: str, purpose: str, token: str) -> View:
        return view_of(self._context, await self._context.store.look(authentic, booking_id, purpose, token))

    async def _booked(self, wanted: Wanted, offer: Offer, claim: Claim) -> Answer:
        store, hold = self._context.store, wanted.view.booking.id
        if offer.table.verify_email:
            waiting = await store.write(confirm.await_mail, wanted, claim)
            self._context.wake.set()
            return await self._outcomes.settled(waiting.id, claim, done=201)
        if offer.table.approval:
            answer = await store.write(approval.await_approval, wanted, claim, in_ms(offer.table.approval_within))
            self._context.wake.set()
            return answer
        if is_the_journal(self._context, offer.calendar):
            answer = await store.write(confirm.confirm_at_once, wanted, claim)
            self._context.wake.set()
            return answer
        begun = await store.write(confirm.begin_confirming, wanted, claim)
        await self._steps.run_within(begun.step, PATIENCE)
        return await self._outcomes.settled(hold, claim, done=201)

    async def _corrected(self, view: View, person: Person) -> dict[str, Any]:
        if view.offer is None or view.booking.state not in LIVE:
            raise not_to_be_corrected(view.booking.state)
        merged = view.particulars.person.model_copy(update=person.model_dump(exclude_unset=True, exclude={"name"}))
        given = Particulars(merged, view.particulars.needs, view.particulars.answers)
        given = checked(view.offer, view.booking.channel, given, within=())
        before = view.particulars.person
        fields = [name for name in ("email", "phone") if getattr(given.person, name) != getattr(before, name)]
        if not fields:
            return view.public()
        booking = await self._context.store.write(change.corrected, view.booking, given.sealed(view.key), fields)
        self._context.wake.set()
        return view_of(self._context, booking).public()
