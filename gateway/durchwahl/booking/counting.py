"""What is counted of a booking: when, where, how early, how it ended; nothing that tells whose it was."""

from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo

from pydantic_core import from_json

from durchwahl.booking.context import instant
from durchwahl.model.states import State
from durchwahl.store.cells import Cell
from durchwahl.store.journal import Booking

OUTCOMES = ("held", "no_show", "cancelled_by_citizen", "cancelled_by_office", "failed", "lapsed")
"""How a booking ended. `failed`: somebody wanted an appointment and got none. `lapsed`: somebody had filled in the form
and did not finish in time. A hold into which nothing was typed, or that was given back, says nothing about demand: who
compares three times holds three."""
OFFICE = "office"
"""What `failure` says of an appointment that the department has cancelled."""
LEADS = ("0", "1-2", "3-7", "8-14", "15-30", "31+")
"""Days from the choice of a time to the appointment, in local dates."""
LONGEST_LEADS = (0, 2, 7, 14, 30)
NOT_SAID = "unknown"
"""Whether what the citizen needed was there: nobody has said so."""

_NEEDS_MET: Mapping[int | None, str] = {1: "yes", 0: "no", None: NOT_SAID}
_OUTCOME: Mapping[str, str] = {
    State.COMPLETED: "held",
    State.NO_SHOW: "no_show",
    State.CANCELLED: "cancelled_by_citizen",
    State.FAILED: "failed",
    State.REFUSED: "failed",
}


def outcome_of(booking: Booking) -> str | None:
    """Return how a booking ended, one of `OUTCOMES`; None where it is not over or says nothing about demand."""
    if booking.state == State.EXPIRED:
        return "lapsed" if booking.personal is not None else None
    if booking.state == State.CANCELLED and booking.failure == OFFICE:
        return "cancelled_by_office"
    return _OUTCOME.get(booking.state)


def cells_of(booking: Booking) -> list[Cell]:
    """Return the cells that count a booking: one for each of its services, and one for the language of its talk.

    So services are counted by the first ones, bookings by the others. Where it says nothing there are none.
    """
    outcome = outcome_of(booking)
    if outcome is None:
        return []
    department = booking.offer.split("/")[0]
    nothing = Cell(booking.wall_start[:10], department, "", "", "", "", outcome, _NEEDS_MET[booking.needs_met])
    lead = lead_of(booking)
    of_services = [
        nothing._replace(service=service, channel=booking.channel, lead=lead)
        for service in dict(from_json(booking.services))
    ]
    return [*of_services, nothing._replace(language=booking.language or "")]


def lead_of(booking: Booking) -> str:
    """Return how many days lay between the choice of a time and the appointment, one of `LEADS`."""
    chosen = instant(booking.created).astimezone(ZoneInfo(booking.zone)).date()
    days = (date.fromisoformat(booking.wall_start[:10]) - chosen).days
    return next((lead for lead, most in zip(LEADS, LONGEST_LEADS, strict=False) if days <= most), LEADS[-1])
