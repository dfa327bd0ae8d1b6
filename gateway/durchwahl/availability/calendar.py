"""Which starts an offer's hours, closures, lead and horizon leave open, before anybody is busy."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from durchwahl.availability.closures import closure_spans, holiday_spans
from durchwahl.availability.grid import Demand
from durchwahl.availability.hours import Span, intersection, opening_instant, openings
from durchwahl.availability.units import every, runs, unit_after, unit_of, units_in, window_bits
from durchwahl.catalogue.offers import Offer
from durchwahl.model.schedule import WeeklyHours
from durchwahl.settings.words import Closure

logger = logging.getLogger("durchwahl.availability")

KEPT = 512
LONGEST_RUN = timedelta(days=15)
"""How far back an opening's edge is looked for: hours that are shut once a week, even if the clocks skip that once."""


@dataclass(frozen=True)
class Bounds:
    """The units since the epoch between which an offer may be booked now, and when a further day is opened."""

    first: int
    last: int
    next_release: datetime


@dataclass(frozen=True)
class Opening:
    """What hours and closures leave of a window, per lane and counted from `base`.

    `hours` are the starts that the hours alone would leave open, `starts` those that no closure takes away.
    """

    base: int
    size: int
    hours: Mapping[str, int]
    starts: Mapping[str, int]


def demand_of(offer: Offer, services: Iterable[tuple[str, int]]) -> Demand:
    """Return what an appointment for these services occupies."""
    table = offer.table
    talk = units_in(offer.duration(services))
    return Demand(before=units_in(table.buffer_before), talk=talk, after=units_in(table.buffer_after))


def bounds_of(offer: Offer, now: datetime, zone: ZoneInfo) -> Bounds:
    """Return an offer's bounds at `now`: the lead from now on, the horizon in whole local dates."""
    table = offer.table
    release = table.release or time()
    today = now.astimezone(zone).date()
    # Compared as instants: a release in the doubled hour is not taken back when the hour comes again.
    next_day = today if now < opening_instant(today, release, zone) else today + timedelta(days=1)
    return Bounds(
        first=unit_after(now + table.lead),
        last=unit_of(opening_instant(next_day + timedelta(days=table.horizon.days), time(), zone)),
        next_release=opening_instant(next_day, release, zone),
    )


def units_to_ask(
    wanted: Iterable[tuple[Offer, Demand]], window: tuple[int, int], now: datetime, zone: ZoneInfo
) -> tuple[int, int]:
    """Return the units of a window whose busy times matter: what may be booked now, with what a start occupies.

    Nobody can make a calendar be read for days that cannot be booked: outside the bounds, their edge is asked for.
    """
    each = [(bounds_of(offer, now, zone), demand) for offer, demand in wanted]
    if not each:
        return window
    earliest = min(bounds.first for bounds, _ in each)
    latest = max(*(bounds.last for bounds, _ in each), earliest + 1)
    first = min(max(window[0], earliest), latest - 1)
    last = max(min(window[1], latest), first + 1)
    before = max(demand.before for _, demand in each)
    return first - before, last + max(demand.talk + demand.after for _, demand in each)


class OpeningTimes:
    """Computes openings and remembers the latest of them: hours change only with the config."""

    def __init__(self, *, zone: ZoneInfo, folder: Path, holidays: str | None) -> None:
        self._zone = zone
        self._folder = folder
        self._holidays = holidays
        self._holiday_spans: dict[int, list[Span]] = {}
        self._kept: dict[tuple[str, Demand, int, int], Opening] = {}

    def opening(self, offer: Offer, demand: Demand, base: int, size: int) -> Opening:
        """Return the offer's possible starts in the window of `size` units from `base`."""
        key = (offer.id, demand, base, size)
        if (kept := self._kept.get(key)) is not None:
            return kept
        if len(self._kept) >= KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept[key] = opening = self._compute(offer, demand, base, size)
        return opening

    def _compute(self, offer: Offer, demand: Demand, base: int, size: int) -> Opening:
        first, last = self._date(base), self._date(base + size + demand.talk)
        offered = self._openings(offer.table.hours, first, last)
        closed = closure_spans(offer.closures, self._folder, self._zone)
        if not offer.table.open_on_holidays:
            closed += self._holidays_between(first, last)
        step = units_in(offer.table.step) if offer.table.step else demand.occupied
        seen: dict[tuple[WeeklyHours | None, tuple[Closure, ...]], tuple[int, int]] = {}
        for lane in offer.lanes.values():
            narrow = lane.table.hours, lane.table.closures
            if narrow not in seen:
                pattern = _pattern(self._narrowed(offered, lane.table.hours, first, last), demand, step, base, size)
                shut = closed + closure_spans(lane.table.closures, self._folder, self._zone)
                seen[narrow] = pattern, pattern & _unshut(shut, demand, base, size)
        both = {name: seen[lane.table.hours, lane.table.closures] for name, lane in offer.lanes.items()}
        hours = {name: pattern for name, (pattern, _) in both.items()}
        return Opening(base, size, hours, {name: starts for name, (_, starts) in both.items()})

    def _openings(self, hours: WeeklyHours, first: date, last: date) -> list[Span]:
        """Return the openings of these dates; one that began before the first date begins where it really began.

        Hours around the clock have no edge to count steps from: there each day is an opening of its own.
        """
        if not _runs_over_midnight(hours):
            return _joined(openings(hours, first, last, self._zone))
        earlier = first - LONGEST_RUN
        joined = _joined(openings(hours, earlier, last, self._zone))
        midnights = [unit_of(opening_instant(day, time(), self._zone)) for day in (earlier, first)]
        if not joined or joined[0][0] > midnights[0] or joined[0][1] <= midnights[1]:
            return joined
        days = (first + timedelta(days=place) for place in range((last - first).days + 1))
        return [span for day in days for span in _joined(openings(hours, day, day, self._zone))]

    def _narrowed(self, spans: list[Span], hours: WeeklyHours | None, first: date, last: date) -> list[Span]:
        if hours is None:
            return spans
        return intersection(spans, self._openings(hours, first, last))

    def _holidays_of(self, year: int) -> list[Span]:
        try:
            return holiday_spans(self._holidays, (year,), self._zone)
        except ValueError as error:
            # `check` says so too; times on a holiday are a lesser evil than no times at all.
            logger.error("no public holidays: gateway.holidays: %s", error)  # noqa: TRY400  # a mistake, not a bug
            return []

    def _holidays_between(self, first: date, last: date) -> list[Span]:
        spans: list[Span] = []
        for year in range(first.year, last.year + 1):
            if year not in self._holiday_spans:
                self._holiday_spans[year] = self._holidays_of(year)
            spans.extend(self._holiday_spans[year])
        return spans

    def _date(self, unit: int) -> date:
        return datetime.fromtimestamp(unit * 300, UTC).astimezone(self._zone).date()


def _pattern(spans: Sequence[Span], demand: Demand, step: int, base: int, size: int) -> int:
    """Return the starts whose talk lies in one opening, counted from each opening's edge."""
    pattern = 0
    for low, high in spans:
        count = (high - demand.talk - low) // step + 1
        if count > 0:
            begun = max(0, -(-(base - low) // step))  # steps that lie before the window
            if count > begun and low + begun * step < base + size:
                pattern |= every(low + begun * step - base, count - begun, step)
    return pattern & ((1 << size) - 1)


def _unshut(closed: Sequence[Span], demand: Demand, base: int, size: int) -> int:
    """Return the starts whose talk touches nothing closed."""
    width = size + demand.talk
    return runs(((1 << width) - 1) ^ window_bits(closed, base, width), demand.talk)


def _runs_over_midnight(hours: WeeklyHours) -> bool:
    """Whether some opening goes on at midnight."""
    ends = [any(end is None for _, end in hours.on(day)) for day in range(7)]
    begins = [any(start == time() for start, _ in hours.on(day)) for day in range(7)]
    return any(ends[day] and begins[(day + 1) % 7] for day in range(7))


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Return ascending spans without overlaps; two that touch become one."""
    joined: list[Span] = []
    for low, high in sorted(spans):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return joined
