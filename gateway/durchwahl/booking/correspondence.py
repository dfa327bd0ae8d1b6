"""Which mails a booking sends: to its citizen, and to the clerk of its lane."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import cast

from durchwahl.booking.appointments import LANGUAGE, title_of
from durchwahl.booking.context import Context, instant
from durchwahl.booking.letters import letter_for
from durchwahl.booking.posting import Posting
from durchwahl.booking.views import View
from durchwahl.model.states import LIVE, State
from durchwahl.model.text import pick
from durchwahl.notify.clerk_letters import ClerkLetter, ClerkLetterKind, clerk_letter
from durchwahl.notify.letters import LetterKind, PhoneMode, compose
from durchwahl.store.steps import Step

STILL_TRUE: dict[str, frozenset[State]] = {
    "confirmation": LIVE,
    "change": LIVE,
    "reminder": LIVE,
    "verify": frozenset({State.AWAITING_EMAIL}),
    "corrected": LIVE,
    "not_moved": LIVE,
    "unresolved": frozenset({State.UNRESOLVED}),
    "cancellation": frozenset({State.CANCELLED}),
    "cancelled_by_office": frozenset({State.CANCELLED}),
    "expired": frozenset({State.UNDOING, State.FAILED, State.EXPIRED}),
    "requested": frozenset({State.AWAITING_APPROVAL}),
    "refused": frozenset({State.REFUSED}),
    "unanswered": frozenset({State.EXPIRED}),
    "moved_by_office": LIVE,
}
"""A mail that is no longer true when its turn comes is not sent; what came instead sends its own."""
CLERKS_KINDS: dict[str, ClerkLetterKind] = {
    "confirmation": "new", "change": "change", "corrected": "corrected", "requested": "request",
}  # fmt: skip


class Correspondence:
    """Composes and sends; the same step sends the same mail, so that a repeat is no second one."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._pen = asyncio.Lock()
        self._posting = Posting(lambda: context.outgoing)

    async def send(self, step: Step, view: View) -> None:
        """Send what the step asks for, if it is still true and there is an address."""
        if step.kind == "clerk":
            await self._to_clerk(step, view)
            return
        kind = str(step.detail["letter"])
        address = view.particulars.person.email
        if address is None or view.booking.state not in STILL_TRUE[kind] or self._is_overtaken(step, view):
            return
        letter = letter_for(
            view,
            cast("LetterKind", kind),
            to=address,
            version=int(step.detail.get("version", 0)),
            previous=self._previous(step),
        )
        await self._send(lambda: compose(letter, self._context.settings.mail.sender))

    def _is_overtaken(self, step: Step, view: View) -> bool:
        """Whether the appointment was moved since, which has a mail of its own: two must not contradict each other.

        Corrected contact data overtake nothing: a letter that is late says what is true now, where it should go now.
        """
        return int(step.detail.get("placement", view.booking.placement)) != view.booking.placement

    async def _to_clerk(self, step: Step, view: View) -> None:
        """Write to the clerk whose lane the step names; a lane that an appointment has left hears that too."""
        letter = str(step.detail["letter"])
        true_in = STILL_TRUE["requested"] if letter == "requested" else LIVE
        if letter != "cancellation" and (view.booking.state not in true_in or self._is_overtaken(step, view)):
            return
        source = self._context.settings.sources.get(str(step.detail["source"]))
        lane = source.lanes.get(str(step.detail["lane"])) if source else None
        if lane is None or lane.table.mail is None:
            return
        written = self._clerk_letter(step, view, lane.table.mail, lane.name)
        if letter == "corrected" and written.fields.isdisjoint(step.detail.get("fields", ())):
            return  # the clerk was never told what has changed
        await self._send(lambda: clerk_letter(written, self._context.settings.mail.sender))

    async def _send(self, written: Callable[[], EmailMessage]) -> None:
        # One letter a turn of the event loop: a worker's thirty in a row would keep every request waiting for all.
        async with self._pen:
            await asyncio.sleep(0)
            message = written()
        await self._posting.send(message)

    def _clerk_letter(self, step: Step, view: View, address: str, lane: str) -> ClerkLetter:
        booking, person = view.booking, view.particulars.person
        previous = self._previous(step)
        is_gone = step.detail["letter"] == "cancellation"
        start = previous if is_gone and previous else view.start
        kind = CLERKS_KINDS.get(str(step.detail["letter"]), "cancellation")
        phone = view.phone() or {}
        return ClerkLetter(
            kind=kind,
            to=address,
            language=LANGUAGE,
            booking_id=booking.id,
            version=int(step.detail.get("version", 0)),
            lane=lane,
            title=title_of(view),
            fields=frozenset(view.offer.table.calendar_fields if view.offer else ()),
            reference=booking.reference,
            start=start,
            end=start + (view.end.astimezone(UTC) - view.start.astimezone(UTC)),
            zone=booking.zone,
            city=self._context.settings.gateway.city,
            channel=booking.channel,
            spoken=view.languages,
            phone_mode=cast("PhoneMode | None", phone.get("mode")),
            name=person.name,
            phone=person.phone,
            email=person.email,
            needs=view.particulars.needs,
            answers=tuple(view.particulars.answers.items()),
            join_url=view.join_url("clerk") if booking.state in LIVE else None,
            public_url=self._context.settings.gateway.public_url,
            notice=pick(self._context.settings.gateway.notice, LANGUAGE)[0],
            sequence=booking.sequence,
            previous_start=None if is_gone else previous,
            until=view.approved_until,
            written_at=instant(booking.updated),
        )

    def _previous(self, step: Step) -> datetime | None:
        previous = step.detail.get("previous")
        return instant(int(previous)).astimezone(self._context.settings.zone) if previous else None
