"""Which starts an offer's hours, closures, lead and horizon leave open, before anybody is busy."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from durchwahl.availability.closures import ClosedTimes, holiday_spans
from durchwahl.availability.grid import Demand
from durchwahl.availability.hours import (
    Span,
    intersection,
    joined,
    opening_instant,
    openings,
    runs_over_midnight,
)
from durchwahl.availability.ics_files import Version
from durchwahl.availability.starts import stepped, unshut
from durchwahl.availability.units import unit_after, unit_of, units_in
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

    `hours` are the starts that the hours alone would leave open, `starts` those that no closure takes away. The
    closures of the lanes in `unknown` cannot be read, so that their starts may be closed.
    """

    base: int
    size: int
    hours: Mapping[str, int]
    starts: Mapping[str, int]
    unknown: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _LaneOpening:
    """What lanes of the same hours and closures have in common."""

    hours: int
    starts: int
    is_known: bool


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
        self._closed = ClosedTimes(folder, zone)
        self._holidays = holidays
        self._holiday_spans: dict[int, list[Span]] = {}
        self._kept: dict[tuple[str, Demand, int, int, tuple[Version, ...]], Opening] = {}

    def opening(self, offer: Offer, demand: Demand, base: int, size: int) -> Opening:
        """Return the offer's possible starts in the window of `size` units from `base`."""
        key = (offer.id, demand, base, size, self._closed.versions(_all_closures(offer)))
        if (kept := self._kept.get(key)) is not None:
            return kept
        if len(self._kept) >= KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept[key] = opening = self._compute(offer, demand, base, size)
        return opening

    def _compute(self, offer: Offer, demand: Demand, base: int, size: int) -> Opening:
        first, last = self._date(base), self._date(base + size + demand.talk)
        offered = self._openings(offer.table.hours, first, last)
        holidays = [] if offer.table.open_on_holidays else self._holidays_between(first, last)
        step = units_in(offer.table.step) if offer.table.step else demand.occupied
        seen: dict[tuple[WeeklyHours | None, tuple[Closure, ...]], _LaneOpening] = {}
        for lane in offer.lanes.values():
            narrow = lane.table.hours, lane.table.closures
            if narrow not in seen:
                pattern = stepped(self._narrowed(offered, lane.table.hours, first, last), demand, step, base, size)
                shut = self._closed.spans((*offer.closures, *lane.table.closures))
                starts = pattern & unshut([*holidays, *(shut or ())], demand, base, size)
                seen[narrow] = _LaneOpening(pattern, starts, shut is not None)
        lanes = {name: seen[lane.table.hours, lane.table.closures] for name, lane in offer.lanes.items()}
        return Opening(
            base=base,
            size=size,
            hours={name: lane.hours for name, lane in lanes.items()},
            starts={name: lane.starts for name, lane in lanes.items()},
            unknown=frozenset(name for name, lane in lanes.items() if not lane.is_known),
        )

    def _openings(self, hours: WeeklyHours, first: date, last: date) -> list[Span]:
        """Return the openings of these dates; one that began before the first date begins where it really began.

        Hours around the clock have no edge to count steps from: there each day is an opening of its own.
        """
        if not runs_over_midnight(hours):
            return joined(openings(hours, first, last, self._zone))
        earlier = first - LONGEST_RUN
        found = joined(openings(hours, earlier, last, self._zone))
        midnights = [unit_of(opening_instant(day, time(), self._zone)) for day in (earlier, first)]
        if not found or found[0][0] > midnights[0] or found[0][1] <= midnights[1]:
            return found
        days = (first + timedelta(days=place) for place in range((last - first).days + 1))
        return [span for day in days for span in joined(openings(hours, day, day, self._zone))]

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


def _all_closures(offer: Offer) -> Iterator[Closure]:
    yield from offer.closures
    for lane in offer.lanes.values():
        yield from lane.table.closures
