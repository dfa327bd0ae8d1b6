"""Free times as a month: the whole page is the calendar, its free days are links, one day's times stand below.

The pattern is the calendar of the UK Ministry of Justice's design system: no date picker, no script.
"""

from calendar import Calendar
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta

from durchwahl.availability import present
from durchwahl.availability.answers import Availability
from durchwahl.availability.units import instant_of
from durchwahl.web.assembly import Gateway
from durchwahl.web.portal.addresses import Addresses
from durchwahl.web.portal.times.days import days_of
from durchwahl.web.portal.times.listed import Choices, contact_of, is_unanswered
from durchwahl.web.portal.times.sought import (
    FARTHEST,
    Sought,
    begins,
    free_times,
    most_at_once,
    offers_of,
    today_in,
)

MOST_IN_A_MONTH = 6_000


@dataclass(frozen=True)
class MonthDay:
    """A day of the calendar; `href` leads to its times, empty where it has none."""

    date: date
    free: int
    href: str
    is_today: bool
    is_chosen: bool
    is_past: bool


@dataclass(frozen=True)
class Month:
    """The calendar: weeks from Monday on, None where a day belongs to another month; the ways to its neighbours."""

    first: date
    weeks: tuple[tuple[MonthDay | None, ...], ...]
    before: date
    after: date
    previous: str
    next: str
    chosen: date | None


async def month_times(
    gateway: Gateway, sought: Sought, first: date, chosen: date | None, to: Addresses, *, key: str
) -> tuple[Month, Choices]:
    """Return the month that begins on `first`, and the times of its chosen day, else of its first free one."""
    zone, now = gateway.settings.zone, gateway.clock()
    found = await free_times(
        gateway, sought, begins(first, zone), begins(next_month(first), zone), limit=MOST_IN_A_MONTH
    )
    free = Counter(instant_of(slot.start).astimezone(zone).date() for slot in found.slots)
    if chosen not in free:
        chosen = min(free, default=None)
    shown = [slot for slot in found.slots if instant_of(slot.start).astimezone(zone).date() == chosen]
    month = _month(gateway, sought, first, chosen, free, to)
    choices = _choices(gateway, sought, found, key)
    days = days_of(present.slot(one, gateway.sealer, zone, now) for one in shown)
    return month, replace(choices, days=days, month=to.times(sought.service.id, **sought.query))


def month_from(text: str, today: date) -> date:
    """Return the first day of a month as `2026-12`; of this month for what has passed or lies too far, or is none."""
    try:
        first = date.fromisoformat(f"{text}-01") if len(text) == len("2026-12") else today
    except ValueError:
        first = today
    return (first if today <= first <= today + FARTHEST else today).replace(day=1)


def next_month(first: date) -> date:
    """Return the first day of the month after."""
    return (first + timedelta(days=31)).replace(day=1)


def _month(
    gateway: Gateway, sought: Sought, first: date, chosen: date | None, free: Counter[date], to: Addresses
) -> Month:
    today = today_in(gateway)

    def shown(day: date) -> MonthDay | None:
        if day.month != first.month:
            return None
        href = to.month(sought.service.id, **sought.query, month=f"{first:%Y-%m}", day=day.isoformat())
        return MonthDay(
            date=day,
            free=free[day],
            href=f"{href}#dw-zeiten" if free[day] else "",
            is_today=day == today,
            is_chosen=day == chosen,
            is_past=day < today,
        )

    weeks = Calendar().monthdatescalendar(first.year, first.month)
    before, after = (first - timedelta(days=1)).replace(day=1), next_month(first)
    return Month(
        first=first,
        weeks=tuple(tuple(shown(day) for day in week) for week in weeks),
        before=before,
        after=after,
        previous=to.month(sought.service.id, **sought.query, month=f"{before:%Y-%m}") if first > today else "",
        next=to.month(sought.service.id, **sought.query, month=f"{after:%Y-%m}")
        if after <= today + _horizon(gateway, sought)
        else "",
        chosen=chosen,
    )


def _choices(gateway: Gateway, sought: Sought, found: Availability, key: str) -> Choices:
    return Choices(
        sought=sought,
        days=(),
        most_persons=most_at_once(gateway, sought.service.id, sought.channel),
        contact=contact_of(gateway, sought),
        reason=found.empty_reason or "",
        next_release_at=found.next_release_at,
        unanswered=is_unanswered(found),
        key=key,
    )


def _horizon(gateway: Gateway, sought: Sought) -> timedelta:
    offers = offers_of(gateway, sought.service.id, sought.channel)
    return max((offer.table.horizon for offer in offers), default=timedelta())
