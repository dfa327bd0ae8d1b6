"""What lands outside after its time: it is remembered all the same, and taken out again or written anew."""

from base64 import b64encode
from dataclasses import dataclass, replace

from durchwahl.model.states import LIVE
from durchwahl.store import doubts, journal, places, steps
from durchwahl.store.journal import Booking, Superseded
from durchwahl.store.places import Place
from durchwahl.store.steps import Step
from durchwahl.store.tx import Tx

ARRIVES_WITHIN = 30_000
"""A lost request may still arrive, and a search lag behind, for so many milliseconds."""


@dataclass(frozen=True)
class Noted:
    """A write that was noted before it began, `at` milliseconds; `before` is what was noted earlier."""

    at: int
    before: int | None


def must_stand(tx: Tx, booking: Booking) -> None:
    """Look whether a booking is still where it was seen.

    Raises:
        Superseded: it has moved on, and nothing may be written for it.
    """
    now = journal.booking_by_id(tx, booking.id)
    if now is None or (now.state, now.placement) != (booking.state, booking.placement):
        raise Superseded(f"booking {booking.id} is no longer {booking.state}")


def note_write(tx: Tx, step: Step, booking: Booking, place: Place) -> Noted:
    """Note that a write begins: after a crash nobody else could tell that something may have been written.

    Raises:
        Superseded: the step is no longer ours, the booking has moved on, or its place is gone.
    """
    must_stand(tx, booking)
    seen = places.place_of(tx, place.booking, place.placement)
    if seen is None or not steps.still_mine(tx, step):
        raise Superseded(f"step {step.kind} of booking {booking.id} is no longer ours")
    now = tx.now()
    places.unsettle(tx, place, now)
    return Noted(now, seen.unsettled)


def may_arrive(tx: Tx, step: Step, place: Place, *, can_be_twice: bool) -> None:
    """Note that a write had no answer; a place that was freed meanwhile is there again, to be cleared.

    Where the step is somebody else's by now, he may have written as well: staff look, where that makes two entries.
    """
    now = tx.now()
    if can_be_twice and not steps.still_mine(tx, step):
        doubts.note(tx, doubts.about("twice", place))
    if not places.unsettle(tx, place, now):
        _clear(tx, replace(place, ref=None, etag=None, unsettled=now))


def remembered(
    tx: Tx, step: Step, place: Place, ref: bytes, etag: str | None, noted: Noted | None, *, can_be_twice: bool
) -> bool:
    """Keep what was left behind. False where it came too late: then something follows that puts it right.

    Of a booking that was erased meanwhile nothing is kept: nobody could open it. With `can_be_twice` no name tells two
    entries apart: what somebody else has written meanwhile may be a second one, and one of them is taken out. Where an
    earlier write may still arrive on top of this one, the entry is written anew when it can be no longer.
    """
    kept = (None, None) if _is_erased(tx, place.booking) else (ref, etag)
    now = places.place_of(tx, place.booking, place.placement)
    if now is None:
        _clear(tx, replace(place, ref=kept[0], etag=kept[1], unsettled=noted.before if noted else place.unsettled))
        return False
    if noted is not None:
        places.settle(tx, place, noted.at, noted.before)
    is_ours = steps.still_mine(tx, step)
    other = now.ref if can_be_twice and now.ref != place.ref else None  # somebody else has written since
    if other is not None:
        _take_out(tx, place, other if is_ours else ref)
    if is_ours or other is None:
        places.remember_ref(tx, place.booking, place.placement, *kept)
    unsettled = noted.before if noted else now.unsettled
    if unsettled is not None and tx.now() < unsettled + ARRIVES_WITHIN:
        steps.add_step(tx, place.booking, "refresh", unsettled + ARRIVES_WITHIN)
    if not is_ours:
        _write_anew(tx, place)
    return is_ours


def leave_open(tx: Tx, booking: str, placement: int) -> None:
    """Let staff look whether something stands at a place: nobody else can find out."""
    place = places.place_of(tx, booking, placement)
    if place is not None:
        doubts.note(tx, doubts.about("unclear", place))


def free_as_seen(tx: Tx, place: Place | None) -> None:
    """Free a place that was cleared outside.

    Raises:
        Superseded: something was left there after it was looked at.
    """
    if place is None:
        return
    now = places.place_of(tx, place.booking, place.placement)
    if now is not None and now != place:
        raise Superseded(f"place {place.placement} of booking {place.booking} was written meanwhile")
    places.free_place(tx, place.booking, place.placement)


def want_refresh(tx: Tx, booking: str) -> None:
    """See to it that the entry is written anew, once for however many reasons.

    Where it is just being written, it is written again by the same step: two side by side might end in either order.
    """
    if steps.claimed_until(tx, booking, "refresh") is not None or steps.hasten(tx, booking, "refresh"):
        return
    if not steps.waiting(tx, booking, "refresh"):
        steps.add_step(tx, booking, "refresh", tx.now())


def refreshed(tx: Tx, step: Step, seen: Booking) -> None:
    """Finish writing anew what was `seen`; again at once where it has changed meanwhile."""
    now = journal.booking_by_id(tx, seen.id)
    if now is not None and now.sequence != seen.sequence:
        steps.postpone_step(tx, step, tx.now())
    else:
        steps.finish_step(tx, step)


def _clear(tx: Tx, place: Place) -> None:
    places.restore_place(tx, place)
    steps.add_step(tx, place.booking, "clear", tx.now(), {"placement": place.placement})


def _take_out(tx: Tx, place: Place, ref: bytes) -> None:
    detail = {"placement": place.placement, "ref": b64encode(ref).decode()}
    steps.add_step(tx, place.booking, "stray", tx.now(), detail)


def _is_erased(tx: Tx, booking: str) -> bool:
    known = journal.booking_by_id(tx, booking)
    return known is None or known.key is None


def _write_anew(tx: Tx, place: Place) -> None:
    """Whoever has the step now may have written something younger before: let the entry say what is true."""
    booking = journal.booking_by_id(tx, place.booking)
    if booking is not None and booking.state in LIVE and booking.placement == place.placement:
        steps.add_step(tx, booking.id, "refresh", tx.now())
