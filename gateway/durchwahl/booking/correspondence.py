"""Which mails a booking sends: to its citizen, and to the clerk of its lane."""

from datetime import datetime
from typing import cast

from durchwahl.booking.appointments import LANGUAGE, title_of
from durchwahl.booking.context import Context, instant
from durchwahl.booking.letters import letter_for
from durchwahl.booking.views import View
from durchwahl.model.states import LIVE, State
from durchwahl.model.text import pick
from durchwahl.notify.clerk_letters import ClerkLetter, ClerkLetterKind, clerk_letter
from durchwahl.notify.letters import LetterKind, PhoneMode, compose
from durchwahl.store import journal
from durchwahl.store.steps import Step

STILL_TRUE: dict[str, frozenset[State]] = {
    "confirmation": LIVE,
    "change": LIVE,
    "reminder": LIVE,
    "verify": frozenset({State.AWAITING_EMAIL}),
    "cancellation": frozenset({State.CANCELLED}),
    "cancelled_by_office": frozenset({State.CANCELLED}),
    "expired": frozenset({State.FAILED, State.EXPIRED}),
}
"""A mail that is no longer true when its turn comes is not sent; what came instead sends its own."""


class Correspondence:
    """Composes and sends; the same step sends the same mail, so that a repeat is no second one."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def send(self, step: Step, view: View) -> None:
        """Send what the step asks for, if it is still true and there is an address."""
        kind = str(step.detail["letter"])
        if view.booking.state not in STILL_TRUE[kind] or self._is_overtaken(step, view):
            return
        if step.kind == "clerk":
            await self._to_clerk(step, view)
        elif (address := view.particulars.person.email) is not None:
            letter = letter_for(
                view,
                cast("LetterKind", kind),
                to=address,
                version=int(step.detail.get("version", 0)),
                previous=self._previous(step),
            )
            await self._context.outgoing.send(compose(letter, self._context.settings.mail.sender))

    def _is_overtaken(self, step: Step, view: View) -> bool:
        """Whether a later change has a mail of its own: two mails must not contradict each other."""
        version = int(step.detail.get("version", 0))
        return step.detail["letter"] in ("confirmation", "change") and version < view.booking.sequence

    async def _to_clerk(self, step: Step, view: View) -> None:
        place = await self._context.store.read(journal.place_of, view.booking.id, view.booking.placement)
        source = self._context.sources.get(view.offer.calendar) if view.offer else None
        if place is None or source is None or view.offer is None:
            return
        lane = source.resolved.config.lanes.get(place.lane)
        if lane is None or lane.table.mail is None:
            return
        message = clerk_letter(
            self._clerk_letter(step, view, lane.table.mail, place.lane), self._context.settings.mail.sender
        )
        await self._context.outgoing.send(message)

    def _clerk_letter(self, step: Step, view: View, address: str, lane: str) -> ClerkLetter:
        booking, person = view.booking, view.particulars.person
        kinds: dict[str, ClerkLetterKind] = {"confirmation": "new", "change": "change"}
        kind = kinds.get(str(step.detail["letter"]), "cancellation")
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
            start=view.start,
            end=view.end,
            zone=booking.zone,
            city=self._context.settings.gateway.city,
            channel=booking.channel,
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
            previous_start=self._previous(step),
            written_at=instant(booking.updated),
        )

    def _previous(self, step: Step) -> datetime | None:
        previous = step.detail.get("previous")
        return instant(int(previous)).astimezone(self._context.settings.zone) if previous else None
