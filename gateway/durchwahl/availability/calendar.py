"""Which starts an offer's hours, closures, lead and horizon leave open, before anybody is busy."""

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

KEPT = 512


@dataclass(frozen=True)
class Bounds:
    """The units since the epoch between which an offer may be booked now, and when a further day is opened."""

    first: int
    last: int
    next_release: datetime


@dataclass(frozen=True)
class Opening:
    """What hours and closures leave of a window: per lane the possible starts, counted from `base`."""

    base: int
    size: int
    starts: Mapping[str, int]
    has_hours: bool
    is_closed: bool


def demand_of(offer: Offer, services: Iterable[tuple[str, int]]) -> Demand:
    """Return what an appointment for these services occupies."""
    table = offer.table
    talk = units_in(offer.duration(services))
    return Demand(before=units_in(table.buffer_before), talk=talk, after=units_in(table.buffer_after))


def bounds_of(offer: Offer, now: datetime, zone: ZoneInfo) -> Bounds:
    """Return an offer's bounds at `now`: the lead from now on, the horizon in whole local dates."""
    table = offer.table
    released = (now.astimezone(zone) - _since_midnight(table.release)).date()
    last_day = released + timedelta(days=table.horizon.days)
    next_day = released + timedelta(days=1)
    return Bounds(
        first=unit_after(now + table.lead),
        last=unit_of(opening_instant(last_day + timedelta(days=1), time(), zone)),
        next_release=opening_instant(next_day, table.release or time(), zone),
    )


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
        offered = _joined(openings(offer.table.hours, first, last, self._zone))
        closed = closure_spans(offer.closures, self._folder, self._zone)
        if not offer.table.open_on_holidays:
            closed += self._holidays_between(first, last)
        step = units_in(offer.table.step) if offer.table.step else demand.occupied
        starts, seen = {}, {}
        for name, lane in offer.lanes.items():
            narrow = lane.table.hours, lane.table.closures
            if narrow not in seen:
                spans = self._narrowed(offered, lane.table.hours, first, last)
                shut = closed + closure_spans(lane.table.closures, self._folder, self._zone)
                seen[narrow] = _starts(spans, shut, demand, step, base, size)
            starts[name] = seen[narrow]
        has_hours = any(high > base and low < base + size for low, high in offered)
        return Opening(base, size, starts, has_hours, has_hours and bool(closed) and not any(starts.values()))

    def _narrowed(self, spans: list[Span], hours: WeeklyHours | None, first: date, last: date) -> list[Span]:
        if hours is None:
            return spans
        return intersection(spans, _joined(openings(hours, first, last, self._zone)))

    def _holidays_between(self, first: date, last: date) -> list[Span]:
        spans: list[Span] = []
        for year in range(first.year, last.year + 1):
            if year not in self._holiday_spans:
                self._holiday_spans[year] = holiday_spans(self._holidays, (year,), self._zone)
            spans.extend(self._holiday_spans[year])
        return spans

    def _date(self, unit: int) -> date:
        return datetime.fromtimestamp(unit * 300, UTC).astimezone(self._zone).date()


def _starts(spans: Sequence[Span], closed: Sequence[Span], demand: Demand, step: int, base: int, size: int) -> int:
    """Return the starts whose talk lies in one opening and touches nothing closed, counted from each opening's edge."""
    pattern = 0
    for low, high in spans:
        count = (high - demand.talk - low) // step + 1
        if count > 0:
            begun = max(0, -(-(base - low) // step))  # steps that lie before the window
            if count > begun and low + begun * step < base + size:
                pattern |= every(low + begun * step - base, count - begun, step)
    pattern &= (1 << size) - 1
    shut = window_bits(closed, base, size + demand.talk)
    if shut:
        pattern &= runs(((1 << (size + demand.talk)) - 1) ^ shut, demand.talk)
    return pattern


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Return ascending spans without overlaps; two that touch become one."""
    joined: list[Span] = []
    for low, high in sorted(spans):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return joined


def _since_midnight(release: time | None) -> timedelta:
    return timedelta(hours=release.hour, minutes=release.minute) if release else timedelta()
