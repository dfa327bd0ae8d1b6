"""Taking a place in a lane: which time a token means, which lanes are free, and the units of one of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from durchwahl.availability import present
from durchwahl.availability.calendar import demand_of
from durchwahl.availability.slot_token import SlotClaim
from durchwahl.availability.slots import Wish, unit_window
from durchwahl.availability.units import UNIT, instant_of
from durchwahl.booking.context import Context
from durchwahl.catalogue.offers import Offer
from durchwahl.errors import DurchwahlError, Problem
from durchwahl.store.journal import Booking
from durchwahl.store.places import Place

ALTERNATIVES = 5
SEARCHED = timedelta(days=14)


class LaneTaken(DurchwahlError):
    """Every lane was taken between looking and taking."""


@dataclass(frozen=True)
class Chosen:
    """What a slot token means today. `start` and `talk` are units."""

    offer: Offer
    channel: str
    services: tuple[tuple[str, int], ...]
    language: str | None
    start: int
    talk: int

    def place(self, booking_id: str, placement: int, lane: str, name: str) -> Place:
        """Return the place that the appointment takes in a lane, buffers included."""
        demand = demand_of(self.offer, self.services)
        first = self.start - demand.before
        last = first + demand.occupied
        return Place(
            booking=booking_id,
            placement=placement,
            name=name,
            source=self.offer.calendar,
            lane=lane,
            first_unit=first,
            last_unit=last,
            starts=first * UNIT * 1000,
            ends=last * UNIT * 1000,
        )

    @property
    def starts(self) -> int:
        """When the talk begins, in milliseconds since the epoch."""
        return self.start * UNIT * 1000

    @property
    def ends(self) -> int:
        """When the talk ends."""
        return (self.start + self.talk) * UNIT * 1000


def chosen(context: Context, token: str) -> Chosen:
    """Return what a slot token means.

    Raises:
        Problem: `slot-forged`; `slot-withdrawn` where the offer no longer is what it was.
    """
    claim = context.sealer.open(token, hour=int(context.clock().timestamp() // 3600))
    offer = context.offers.get(claim.offer)
    if offer is None or context.sealer.digest(offer) != claim.digest or claim.channel not in offer.channels:
        raise Problem("slot-withdrawn")
    services = _services(offer, claim)
    if not offer.accepts(services, claim.channel):
        raise Problem("slot-withdrawn")
    talk = demand_of(offer, services).talk
    return Chosen(offer, claim.channel, services, claim.language, claim.start, talk)


def in_its_language(wanted: Chosen, booking: Booking) -> Chosen:
    """Return the time for the booking's own language, whatever language it was sought for.

    Who booked a talk in a language cannot do without it; where nothing was wished so far, the new wish counts.
    """
    return replace(wanted, language=booking.language or wanted.language)


async def must_be_open(context: Context, wanted: Chosen) -> None:
    """Refuse a time at which the office has closed meanwhile, or that has come too near while somebody chose.

    Raises:
        Problem: `slot-withdrawn`, with the nearest others.
    """
    if not context.slots.is_open(wanted.offer, wanted.services, wanted.start):
        raise Problem("slot-withdrawn", alternatives=await alternatives(context, wanted))


async def free_lanes(context: Context, wanted: Chosen) -> Sequence[str]:
    """Return the lanes to try, the best first.

    Raises:
        Problem: `slot-withdrawn` where it is not open any more, `slot-taken` where no lane is free,
            `source-unavailable` where its calendar is not known.
    """
    await must_be_open(context, wanted)
    lanes = await context.slots.free_lanes(wanted.offer, wanted.services, wanted.start, wanted.language)
    if lanes is None:
        raise Problem("source-unavailable", retry_after=10)
    if not lanes:
        raise Problem("slot-taken", alternatives=await alternatives(context, wanted))
    return lanes


async def alternatives(context: Context, wanted: Chosen) -> list[dict[str, Any]]:
    """Return the nearest free slots of the same kind, in ascending order."""
    around = instant_of(wanted.start)
    now = context.clock()
    window = unit_window(max(now, around - SEARCHED / 7), around + SEARCHED)
    languages = (wanted.language,) if wanted.language else ()
    wish = Wish(wanted.services, window, (wanted.channel,), languages)
    answer = await context.slots.find(wish, limit=200)
    others = [slot for slot in answer.slots if slot.start != wanted.start]
    nearest = sorted(others, key=lambda slot: abs(slot.start - wanted.start))[:ALTERNATIVES]
    zone = context.settings.zone
    return [present.slot(slot, context.sealer, zone, now) for slot in sorted(nearest, key=lambda slot: slot.start)]


def _services(offer: Offer, claim: SlotClaim) -> tuple[tuple[str, int], ...]:
    try:
        return tuple((offer.services[index], count) for index, count in claim.services)
    except IndexError as error:
        raise Problem("slot-withdrawn") from error
