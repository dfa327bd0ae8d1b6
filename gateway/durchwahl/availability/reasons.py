"""Why there is nothing free: one word per answer, the most useful one first."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Emptiness:
    """What is known of one offer in a window without a free start; what is too late to book counts for nothing.

    `has_hours`: the hours of the lanes in question leave starts; `is_closed`: closures and holidays take them all;
    `is_released`: some of the rest can be booked by now.
    """

    usable: bool = True
    has_hours: bool = False
    is_closed: bool = False
    is_released: bool = False


def reason_for(offers: Sequence[Emptiness]) -> str:
    """Return why nothing is free.

    `not_bookable`: nothing offers these services together on this channel. `source_unavailable`: a calendar did not
    answer, so there may well be times. `fully_booked`: everything is taken. `not_released`: times will appear later.
    `closed`: a closure or holiday. `no_hours`: nobody works then, or it is too late to book.
    """
    if not offers:
        return "not_bookable"
    if any(not one.usable for one in offers):
        return "source_unavailable"
    if any(one.is_released for one in offers):
        return "fully_booked"
    if any(one.has_hours and not one.is_closed for one in offers):
        return "not_released"
    return "closed" if any(one.has_hours for one in offers) else "no_hours"
