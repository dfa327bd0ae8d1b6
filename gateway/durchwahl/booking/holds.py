"""Holds: a slot kept for one citizen while the form is filled in."""

from collections.abc import Sequence
from typing import Any

from pydantic_core import to_json

from durchwahl.booking.access import authentic
from durchwahl.booking.answers import Answer
from durchwahl.booking.calendars import is_the_journal
from durchwahl.booking.context import Context, in_ms, instant
from durchwahl.booking.keys import BookingKey, new_id, new_reference
from durchwahl.booking.particulars import Particulars, fields_of
from durchwahl.booking.placing import Chosen, LaneTaken, alternatives, chosen, free_lanes
from durchwahl.booking.transitions.confirm import keep_typed
from durchwahl.booking.transitions.hold import NewHold, extend, place_hold, release, times_of
from durchwahl.booking.views import View, view_of, who_calls
from durchwahl.errors import Problem
from durchwahl.model.states import State
from durchwahl.store import journal
from durchwahl.store.idempotency import Claim
from durchwahl.store.journal import Booking


class Holds:
    """Places, extends and releases holds."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def place(
        self, token: str, *, client: str, lang: str, claim: Claim, typed: Particulars, api_client: str | None = None
    ) -> Answer:
        """Hold the slot and answer 201.

        `client` is whom limits count: an address, or a citizen of the API client `api_client`.
        `typed` is what an earlier hold had been given before it was lost; it comes along, so that nothing is typed
        twice.

        Raises:
            Problem: `slot-forged`, `slot-withdrawn`, `slot-taken` (with alternatives), `hold-limit`,
                `booking-limit`, `client-limit` or `source-unavailable`.
        """
        wanted = chosen(self._context, token)
        lanes = await free_lanes(self._context, wanted)
        hold = new_hold(self._context, wanted, lanes, client=client, lang=lang, typed=typed, api_client=api_client)
        try:
            answer = await self._context.store.write(place_hold, hold, claim, self._context)
        except LaneTaken as error:
            raise Problem("slot-taken", alternatives=await alternatives(self._context, wanted)) from error
        self._context.wake.set()
        return answer

    async def get(self, booking_id: str, token: str) -> View:
        """Return the hold, whatever has become of it; raises `not-found` for a wrong token and an unknown id."""
        return view_of(self._context, await self._context.store.look(authentic, booking_id, "hold", token))

    async def keep(self, view: View, typed: Particulars) -> None:
        """Keep what was typed so far with the hold, also where it was lost: a new hold takes it along."""
        await self._context.store.write(keep_typed, view.booking.id, typed.sealed(view.key))

    async def extend(self, booking_id: str, token: str) -> dict[str, Any]:
        """Prolong the hold as far as it goes and return when it expires now.

        Raises:
            Problem: `not-found`, `hold-expired`, `not-extendable`, `already-booked`, `booking-cancelled`.
        """
        length = in_ms(self._context.settings.gateway.hold)
        extended = await self._context.store.write(extend, booking_id, token, length)
        return {"id": extended.id, "guaranteed": bool(extended.guaranteed), **times_of(extended, self._context)}

    async def release(self, booking_id: str, token: str) -> None:
        """Give the slot back; one that is free already is no error.

        Raises:
            Problem: `not-found`, also for a hold that has become a booking: that is cancelled, not released.
        """
        await self._context.store.write(release, booking_id, token)

    async def rebuilt(self, booking_id: str) -> Answer:
        """Return the answer to a request whose first answer was lost, from the hold's row."""
        booking = await self._context.store.look(journal.booking_by_id, booking_id)
        offer = self._context.offers.get(booking.offer) if booking else None
        if booking is None or offer is None:
            raise Problem("not-found")
        fields = [vars(one) for one in fields_of(offer, booking.channel, booking.lang)]
        token = self._context.key_of(booking).token("hold", 0)
        body = {"id": booking.id, "token": token, "guaranteed": bool(booking.guaranteed), "fields": fields}
        return Answer.of(201, {**body, **times_of(booking, self._context)})


def new_hold(
    context: Context,
    wanted: Chosen,
    lanes: Sequence[str],
    *,
    client: str,
    lang: str,
    typed: Particulars,
    api_client: str | None = None,
) -> NewHold:
    """Return everything about a hold that does not depend on the database; its times come with the transaction."""
    booking_id = new_id()
    raw_key, wrapped = context.keys.new_key(booking_id)
    key = BookingKey(booking_id, raw_key)
    guaranteed = is_the_journal(context, wanted.offer.calendar)
    phone = who_calls(context, wanted.offer, wanted.channel)
    booking = Booking(
        id=booking_id,
        reference=new_reference(),
        state=State.HELD,
        version=1,
        offer=wanted.offer.id,
        channel=wanted.channel,
        services=to_json(wanted.services).decode(),
        language=wanted.language,
        lang=lang,
        zone=context.settings.gateway.timezone,
        starts=wanted.starts,
        ends=wanted.ends,
        wall_start=_wall(wanted.starts, context),
        placement=1,
        sequence=0,
        guaranteed=int(guaranteed),
        key=wrapped,
        personal=None if typed.is_empty else typed.sealed(key),
        room_name=context.keys.name(booking_id, 0, purpose="room") if wanted.channel == "video" else None,
        room_ref=None,
        expires=None,
        extendable_until=None,
        client=context.keys.client(client),
        failure=None,
        created=0,
        updated=0,
        phone=to_json(phone).decode() if phone else None,
        api_client=api_client,
    )
    fields = [vars(one) for one in fields_of(wanted.offer, wanted.channel, lang)]
    body = {"id": booking_id, "token": key.token("hold", 0), "guaranteed": guaranteed, "fields": fields}
    return NewHold(booking, key, wanted, lanes, body)


def _wall(starts: int, context: Context) -> str:
    wall = instant(starts).astimezone(context.settings.zone)
    return wall.replace(tzinfo=None).isoformat(timespec="minutes")
