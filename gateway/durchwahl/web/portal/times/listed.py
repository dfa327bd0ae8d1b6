"""Free times as a list: the next days that have some, and the way to earlier and later ones."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from durchwahl.availability import present
from durchwahl.availability.answers import Availability, FreeSlot
from durchwahl.availability.units import instant_of
from durchwahl.web.assembly import Gateway
from durchwahl.web.portal.addresses import Addresses
from durchwahl.web.portal.contact import ShownContact, shown_contact
from durchwahl.web.portal.times.days import Day, days_of
from durchwahl.web.portal.times.sought import WIDEST, Sought, begins, free_times, most_at_once, today_in

MOST_DAYS = 5
MOST_TIMES = 60
"""On one page: what can be looked through, and what a phone loads in a second."""
LOOKED_AT = 400
LOOKED_BACK = 21
"""In days."""


@dataclass(frozen=True)
class Choices:
    """What the block of times shows. `key` makes choosing the same time twice one hold; empty on others' pages.

    `reason` says why there is nothing, `next_release_at` when new times open, `unanswered` that a calendar is silent.
    """

    sought: Sought
    days: tuple[Day, ...]
    most_persons: int
    contact: ShownContact
    earlier: str = ""
    later: str = ""
    month: str = ""
    reason: str = ""
    next_release_at: datetime | None = None
    unanswered: bool = False
    key: str = ""


def new_key() -> str:
    """Return what tells one loading of a page from another."""
    return secrets.token_urlsafe(16)


async def listed_times(gateway: Gateway, sought: Sought, day: date | None, to: Addresses, *, key: str) -> Choices:
    """Return the first days with free times from `day` on, in the city's zone; without one, from now on."""
    zone, now = gateway.settings.zone, gateway.clock()
    today = today_in(gateway)
    first = max(day or today, today)
    start = begins(first, zone)
    found = await free_times(gateway, sought, start, start + WIDEST, limit=LOOKED_AT)
    shown, rest = whole_days(found.slots, gateway)
    earlier = await _earlier(gateway, sought, first, today)
    after = rest or (found.next_from.astimezone(zone).date() if found.next_from else None)
    days = days_of(present.slot(one, gateway.sealer, zone, now) for one in shown)
    service, query = sought.service.id, sought.query
    month = f"{days[0].date if days else first:%Y-%m}"
    return Choices(
        sought=sought,
        days=days,
        most_persons=most_at_once(gateway, service, sought.channel),
        contact=contact_of(gateway, sought),
        earlier=to.times(service, **query, from_=earlier.isoformat()) if earlier else "",
        later=to.times(service, **query, from_=after.isoformat()) if after else "",
        month=to.month(service, **query, month=month),
        reason=found.empty_reason or "",
        next_release_at=found.next_release_at,
        unanswered=is_unanswered(found),
        key=key,
    )


def whole_days(slots: Sequence[FreeSlot], gateway: Gateway) -> tuple[list[FreeSlot], date | None]:
    """Return the slots of the first days that fit on a page, and the first day that does not."""
    shown: list[FreeSlot] = []
    days: list[date] = []
    for slot in slots:
        day = _day(slot, gateway)
        if day not in days:
            if len(days) == MOST_DAYS or len(shown) >= MOST_TIMES:
                return shown, day
            days.append(day)
        shown.append(slot)
    if len(slots) == LOOKED_AT and len(days) > 1:  # its last day may have more than what was looked at
        return [slot for slot in shown if _day(slot, gateway) != days[-1]], days[-1]
    return shown, None


def contact_of(gateway: Gateway, sought: Sought) -> ShownContact:
    """Return how the department is reached otherwise."""
    department = gateway.snapshot.department_by_id.get(sought.service.department)
    return shown_contact(department.contact) if department else ShownContact()


def is_unanswered(found: Availability) -> bool:
    """Whether a calendar is silent, so that there may be more times than are shown."""
    return not found.complete or any(state.state == "unavailable" for state in found.states.values())


async def _earlier(gateway: Gateway, sought: Sought, first: date, today: date) -> date | None:
    """Return from which day on the page before this one begins; None where nothing is free before."""
    if first <= today:
        return None
    zone = gateway.settings.zone
    end = begins(first, zone)
    start = max(end - timedelta(days=LOOKED_BACK), begins(today, zone))
    found = await free_times(gateway, sought, start, end, limit=LOOKED_AT)
    if found.total > LOOKED_AT:
        found = await free_times(gateway, sought, start, end, limit=LOOKED_AT, offset=found.total - LOOKED_AT)
    days: list[date] = []
    for times, slot in enumerate(reversed(found.slots)):
        day = _day(slot, gateway)
        if day not in days:
            if len(days) == MOST_DAYS or times >= MOST_TIMES:
                break
            days.append(day)
    return days[-1] if days else None


def _day(slot: FreeSlot, gateway: Gateway) -> date:
    return instant_of(slot.start).astimezone(gateway.settings.zone).date()
