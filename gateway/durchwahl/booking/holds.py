"""Holds: a slot kept for one citizen while the form is filled in."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any

from durchwahl.booking.answers import Answer, keep_answer
from durchwahl.booking.context import Context, in_ms, instant
from durchwahl.booking.keys import BookingKey, new_id, new_reference, token_digest
from durchwahl.booking.once import begin_once
from durchwahl.booking.particulars import Particulars, fields_of
from durchwahl.booking.placing import Chosen, alternatives, chosen, free_lanes
from durchwahl.errors import DurchwahlError, Problem
from durchwahl.model.states import State
from durchwahl.store import journal, links, steps
from durchwahl.store.idempotency import Claim
from durchwahl.store.journal import Booking
from durchwahl.store.tx import Tx


class _Taken(DurchwahlError):
    """Every lane was taken between looking and taking."""


@dataclass(frozen=True)
class _NewHold:
    """Everything about a hold that does not depend on the database."""

    booking: Booking
    key: BookingKey
    chosen: Chosen
    lanes: Sequence[str]
    client: bytes
    most_holds: int
    body: dict[str, Any]


class Holds:
    """Places, extends and releases holds."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def place(self, token: str, *, client: str, lang: str, claim: Claim, typed: Particulars) -> Answer:
        """Hold the slot and answer 201.

        `typed` is what an earlier hold had been given before it was lost; it comes along, so that nothing is typed
        twice.

        Raises:
            Problem: `slot-forged`, `slot-withdrawn`, `slot-taken` (with alternatives), `hold-limit` or
                `source-unavailable`.
        """
        wanted = chosen(self._context, token)
        lanes = await free_lanes(self._context, wanted)
        hold = self._new(wanted, lanes, client, lang, typed)
        try:
            answer = await self._context.store.write(_place, hold, claim, self._context)
        except _Taken as error:
            raise Problem("slot-taken", alternatives=await alternatives(self._context, wanted)) from error
        self._context.wake.set()
        return answer

    async def extend(self, booking_id: str, token: str) -> dict[str, Any]:
        """Prolong the hold as far as it goes and return when it expires now.

        Raises:
            Problem: `not-found`, `hold-expired`, `not-extendable`.
        """
        extended = await self._context.store.write(
            _extend, booking_id, token, in_ms(self._context.settings.gateway.hold)
        )
        return {"id": extended.id, "guaranteed": bool(extended.guaranteed), **_times(extended, self._context)}

    async def release(self, booking_id: str, token: str) -> None:
        """Give the slot back; one that is free already is no error.

        Raises:
            Problem: `not-found`, also for a hold that has become a booking: that is cancelled, not released.
        """
        await self._context.store.write(_release, booking_id, token)

    async def rebuilt(self, booking_id: str) -> Answer:
        """Return the answer to a request whose first answer was lost, from the hold's row."""
        booking = await self._context.store.read(journal.booking_by_id, booking_id)
        offer = self._context.offers.get(booking.offer) if booking else None
        if booking is None or offer is None:
            raise Problem("not-found")
        fields = [vars(one) for one in fields_of(offer, booking.channel, booking.lang)]
        token = self._context.key_of(booking).token("hold", 0)
        body = {"id": booking.id, "token": token, "guaranteed": bool(booking.guaranteed), "fields": fields}
        return Answer.of(201, {**body, **_times(booking, self._context)})

    def _new(self, wanted: Chosen, lanes: Sequence[str], client: str, lang: str, typed: Particulars) -> _NewHold:
        context = self._context
        booking_id = new_id()
        raw_key, wrapped = context.keys.new_key(booking_id)
        key = BookingKey(booking_id, raw_key)
        calendar = context.sources.get(wanted.offer.calendar)
        guaranteed = calendar is not None and calendar.capabilities.records == "journal"
        booking = Booking(
            id=booking_id,
            reference=new_reference(),
            state=State.HELD,
            version=1,
            offer=wanted.offer.id,
            channel=wanted.channel,
            services=json.dumps(wanted.services),
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
        )
        fields = [vars(one) for one in fields_of(wanted.offer, wanted.channel, lang)]
        body = {"id": booking_id, "token": key.token("hold", 0), "guaranteed": guaranteed, "fields": fields}
        limit = context.settings.gateway.holds_per_client
        return _NewHold(booking, key, wanted, lanes, context.keys.client(client), limit, body)


def authentic(tx: Tx, booking_id: str, purpose: str, token: str) -> Booking:
    """Return the booking whose link this is.

    Raises:
        Problem: `not-found`, the same for a wrong token and for an unknown id.
    """
    known = links.link(tx, booking_id, purpose)
    booking = journal.booking_by_id(tx, booking_id)
    if known is None or booking is None or not compare_digest(known[1], token_digest(token)):
        raise Problem("not-found")
    return booking


def expire(tx: Tx, booking: Booking) -> None:
    """Let a hold lapse whose time is over."""
    _free(tx, booking, State.EXPIRED)


def _place(tx: Tx, hold: _NewHold, claim: Claim, context: Context) -> Answer:
    now = tx.now()
    gateway = context.settings.gateway
    booking = hold.booking
    values = {name: getattr(booking, name) for name in Booking.__slots__}
    values |= {"expires": now + in_ms(gateway.hold), "extendable_until": now + in_ms(gateway.hold_at_most)}
    while journal.reference_exists(tx, values["reference"]):
        values["reference"] = new_reference()
    booking = Booking(**{**values, "created": now, "updated": now})
    begin_once(tx, claim, booking.id)
    journal.insert_booking(tx, booking)
    name = context.keys.name(booking.id, 1)
    if not any(journal.take_place(tx, hold.chosen.place(booking.id, 1, lane, name)) for lane in hold.lanes):
        raise _Taken
    # After exclusivity, so that a taken slot stays a taken slot. Our own hold is among those counted.
    if journal.live_holds(tx, hold.client) + _unproved(tx, hold.client) > hold.most_holds:
        raise Problem("hold-limit", retry_after=60)
    links.put_link(tx, booking.id, "hold", 0, token_digest(hold.body["token"]))
    steps.add_step(tx, booking.id, "expire", now + in_ms(gateway.hold))
    answer = Answer.of(201, {**hold.body, **_times(booking, context)})
    keep_answer(tx, claim, answer, hold.key)
    return answer


def _unproved(tx: Tx, client: bytes) -> int:
    """Count bookings that wait for their mail to be proved: like holds, they keep times from others at no cost."""
    sql = "SELECT count(*) FROM booking WHERE client = ? AND state = 'awaiting_email' AND expires > ?"
    row = tx.row(sql, (client, tx.now()))
    return int(row[0]) if row else 0


def _extend(tx: Tx, booking_id: str, token: str, length: int) -> Booking:
    now = tx.now()
    booking = authentic(tx, booking_id, "hold", token)
    if booking.state != State.HELD or booking.expires is None or booking.expires <= now:
        raise Problem("hold-expired")
    assert booking.extendable_until is not None  # noqa: S101  # written with every hold
    until = min(booking.expires + length, booking.extendable_until)
    if until <= booking.expires:
        raise Problem("not-extendable")
    extended = journal.amend(tx, booking, expires=until)
    steps.move_steps(tx, booking.id, "expire", until)
    return extended


def _release(tx: Tx, booking_id: str, token: str) -> None:
    booking = authentic(tx, booking_id, "hold", token)
    if booking.state == State.HELD:
        _free(tx, booking, State.RELEASED)
    elif booking.state not in (State.RELEASING, State.RELEASED, State.EXPIRED):
        raise Problem("not-found")


def _free(tx: Tx, booking: Booking, to: State) -> None:
    """A gateway's hold leaves nothing outside, so that releasing and released are one transaction."""
    releasing = journal.advance(tx, booking, State.RELEASING)
    journal.advance(tx, releasing, to)
    journal.free_place(tx, booking.id, booking.placement)
    steps.drop_steps(tx, booking.id, "expire")


def _times(booking: Booking, context: Context) -> dict[str, str | None]:
    """Return until when the hold is kept, and how far it can be prolonged."""
    stamps = {"expires_at": booking.expires, "extendable_until": booking.extendable_until}
    zone = context.settings.zone
    return {name: instant(stamp).astimezone(zone).isoformat() if stamp else None for name, stamp in stamps.items()}


def _wall(starts: int, context: Context) -> str:
    wall: datetime = instant(starts).astimezone(context.settings.zone)
    return wall.replace(tzinfo=None).isoformat(timespec="minutes")
