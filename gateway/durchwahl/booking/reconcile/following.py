"""A clerk has moved or deleted an appointment in the department's own calendar: the journal follows."""

from dataclasses import replace

from durchwahl.availability.units import UNIT_MS
from durchwahl.booking.counting import OFFICE
from durchwahl.booking.reconcile.comparing import Seen, Standing
from durchwahl.booking.transitions import late
from durchwahl.booking.transitions.follow import announce
from durchwahl.model.states import State
from durchwahl.settings.department import OfferTable
from durchwahl.store import doubts, journal, places, steps
from durchwahl.store.journal import Booking, Superseded
from durchwahl.store.places import Place
from durchwahl.store.steps import Ahead
from durchwahl.store.tx import Tx


def taken_out(tx: Tx, standing: Standing) -> Booking:
    """Cancel an appointment that stands in its calendar no more, and tell its citizen.

    Raises:
        Superseded: the booking has changed since it was looked at.
    """
    booking, place = standing.booking, standing.place
    _must_be_as_seen(tx, place)
    done = journal.advance(tx, booking, State.CANCELLED, sequence=booking.sequence + 1, failure=OFFICE)
    steps.drop_steps(tx, booking.id, "remind", "complete", "refresh", "room")
    places.free_place(tx, booking.id, place.placement)
    detail = {"letter": "cancelled_by_office", "version": done.sequence, "placement": done.placement}
    steps.add_steps(tx, booking.id, [Ahead("mail", tx.now(), detail)])
    if booking.room_name is not None:
        steps.add_step(tx, booking.id, "close", tx.now())
    doubts.note(tx, doubts.about("taken_out", place))
    return done


def moved_over(tx: Tx, standing: Standing, seen: Seen, wall_start: str, table: OfferTable | None) -> Booking | None:
    """Follow an appointment to where its clerk has moved it; None where that time is another booking's.

    Its citizen is told of another time, and not of another lane. The talk keeps its length; it begins as much later as
    the entry does. Raises as `taken_out`.
    """
    booking, place = standing.booking, standing.place
    _must_be_as_seen(tx, place)
    if not places.shift_place(tx, place, at(place, seen)):
        return None
    shift = seen.starts - place.starts
    done = journal.amend(
        tx,
        booking,
        starts=booking.starts + shift,
        ends=booking.ends + shift,
        wall_start=wall_start,
        sequence=booking.sequence + 1,
    )
    steps.drop_steps(tx, booking.id, "remind", "complete", "room")
    late.want_refresh(tx, booking.id)
    announce(tx, done, "change", table, previous=booking, citizens="moved_by_office" if shift else None)
    return done


def clear_left_over(tx: Tx, place: Place) -> None:
    """Let what nobody needs any more be taken out of its calendar."""
    if places.place_of(tx, place.booking, place.placement) is None:
        places.restore_place(tx, place)
        steps.add_step(tx, place.booking, "clear", tx.now(), {"placement": place.placement})


def at(place: Place, seen: Seen) -> Place:
    """Return a place where a calendar has it; units are rounded outward."""
    first, last = seen.starts // UNIT_MS, -(-seen.ends // UNIT_MS)
    return replace(place, lane=seen.lane, first_unit=first, last_unit=last, starts=seen.starts, ends=seen.ends)


def _must_be_as_seen(tx: Tx, place: Place) -> None:
    if places.place_of(tx, place.booking, place.placement) != place:
        raise Superseded(f"place {place.placement} of booking {place.booking} was written meanwhile")
