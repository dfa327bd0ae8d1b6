"""What can be read, and is hardly meant: hours too short for a talk, lengths off the grid, a time listed twice."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import time, timedelta
from itertools import combinations

from durchwahl.errors import Finding
from durchwahl.model.mail import NoMailAddress, mail_address
from durchwahl.model.schedule import WeeklyHours
from durchwahl.settings.gateway import GatewayTable
from durchwahl.settings.resolved import LONGEST_RETENTION, DepartmentConfig, OfferConfig, SourceConfig

GRID = timedelta(minutes=5)
GERMAN_ZONES = frozenset({"Europe/Berlin", "Europe/Busingen"})
STATES = frozenset(
    ("BB", "BE", "BW", "BY", "HB", "HE", "HH", "MV", "NI", "NW", "RP", "SH", "SL", "SN", "ST", "TH"),
)
DAY = 24 * 60
WEEK = 7 * DAY
ON_THE_GRID = ("duration", "buffer_before", "buffer_after", "step")


def implausible(
    gateway: GatewayTable,
    departments: Iterable[DepartmentConfig],
    sources: Mapping[str, SourceConfig],
    offers: Mapping[str, OfferConfig],
    file: str,
) -> Iterator[Finding]:
    """Yield a finding for each thing that is hardly meant; nothing is left out for it."""
    yield from _holidays(gateway, file)
    yield from _retention(gateway.retention, file, "gateway.retention")
    for department in departments:
        yield from _retention(department.table.retention, department.file, "department.retention")
    if gateway.hold > gateway.hold_at_most:
        reason = f"is longer than hold_at_most ({_said(gateway.hold_at_most)}), which ends every hold."
        yield Finding(file, "gateway.hold", reason, "Raise hold_at_most, or shorten hold.")
    for source in sources.values():
        yield from _clerks(source)
    for offer in offers.values():
        yield from _hours(offer)
        yield from _off_the_grid(offer)
        yield from _unheard(offer, sources)
    for one, other in combinations(offers.values(), 2):
        yield from _twice(one, other)


def _holidays(gateway: GatewayTable, file: str) -> Iterator[Finding]:
    code = gateway.holidays or ""
    country, _, state = code.partition("-")
    if code and country != "DE" and gateway.timezone in GERMAN_ZONES:
        reason = f'"{code}" is a country or state outside Germany, while the time zone is {gateway.timezone}.'
        remedy = f'Did you mean "DE-{country}"?' if country in STATES and not state else "Correct one of them."
        yield Finding(file, "gateway.holidays", reason, remedy, "warning")


def _retention(length: timedelta | None, file: str, key: str) -> Iterator[Finding]:
    """Yield what keeps personal data for longer than anybody needs them here."""
    if length is not None and length > LONGEST_RETENTION:
        reason = f"is {length.days} days; personal data are erased after {LONGEST_RETENTION.days} days all the same."
        remedy = f'Write "{LONGEST_RETENTION.days}d" or less; the usual 30 days are enough for questions.'
        yield Finding(file, key, reason, remedy)


def _clerks(source: SourceConfig) -> Iterator[Finding]:
    """Yield the lanes whose clerk cannot be written to: their mails would never arrive."""
    for lane in source.lanes.values():
        try:
            mail_address(lane.table.mail or "nobody@localhost")
        except NoMailAddress as error:
            place = f"{source.place}.lanes.{lane.name}.mail"
            reason = f'"{lane.table.mail}" cannot be written to: {error}.'
            yield Finding(source.file, place, reason, "Write one address, e.g. platz-1@example.org.")


def _hours(offer: OfferConfig) -> Iterator[Finding]:
    table, place = offer.table, f"{_place(offer)}.hours"
    longest = max(_lengths(table.hours), default=0)
    if not longest:
        yield Finding(offer.file, place, "names no time: nothing can be booked.", "Add hours.", "warning")
        return
    for slug in table.services:
        length = table.durations.get(slug, table.duration)
        if length > timedelta(minutes=longest):
            reason = f'has no opening as long as a talk about "{slug}" ({_said(length)}), so that it is never bookable.'
            yield Finding(offer.file, place, reason, "Lengthen the hours, or shorten the talk.", "warning")


def _off_the_grid(offer: OfferConfig) -> Iterator[Finding]:
    lengths = {name: getattr(offer.table, name) for name in ON_THE_GRID}
    lengths |= {f"durations.{slug}": length for slug, length in offer.table.durations.items()}
    for name, length in lengths.items():
        if length is not None and length % GRID:
            taken = -(-length // GRID) * GRID
            reason = f"is {_said(length)}, and times are kept in steps of 5 minutes: {_said(taken)} are taken."
            yield Finding(offer.file, f"{_place(offer)}.{name}", reason, f'Write "{_said(taken)}".', "warning")


def _unheard(offer: OfferConfig, sources: Mapping[str, SourceConfig]) -> Iterator[Finding]:
    """Yield a finding where requests wait for an approval, and no clerk is written to about them."""
    source = sources.get(offer.calendar)
    if not offer.table.approval or source is None:
        return
    lanes = [lane for name, lane in source.lanes.items() if name in (offer.table.lanes or source.lanes)]
    if lanes and not any(lane.table.mail for lane in lanes):
        reason = "lets requests wait for approval, and no lane has an address that is told of them."
        remedy = "Add `mail` to its lanes, or look daily: durchwahl bookings list --state awaiting_approval"
        yield Finding(offer.file, f"{_place(offer)}.approval", reason, remedy, "warning")


def _twice(one: OfferConfig, other: OfferConfig) -> Iterator[Finding]:
    """Yield a finding where both offers would list the same start."""
    if one.calendar != other.calendar or one.department != other.department:
        return
    services = [slug for slug in other.table.services if slug in one.table.services]
    channels = set(one.table.channels) & set(other.table.channels)
    lanes = set(one.table.lanes) & set(other.table.lanes) or not (one.table.lanes and other.table.lanes)
    if services and channels and lanes and _overlap(one.table.hours, other.table.hours):
        reason = f'offers "{services[0]}" at times at which {_place(one)} does: each is listed twice.'
        yield Finding(other.file, _place(other), reason, "Separate their lanes, hours or channels.", "warning")


def _overlap(one: WeeklyHours, other: WeeklyHours) -> bool:
    return any(
        low < other_high and other_low < high for low, high in _spans(one) for other_low, other_high in _spans(other)
    )


def _lengths(hours: WeeklyHours) -> Iterable[int]:
    """Return the lengths of the openings in minutes; one that goes on over midnight is one, Sunday's included."""
    joined: list[list[int]] = []
    for low, high in sorted(_spans(hours)):
        if joined and low <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], high)
        else:
            joined.append([low, high])
    if len(joined) > 1 and joined[0][0] == 0 and joined[-1][1] == WEEK:
        joined[-1][1] += joined[0][1]
    return [high - low for low, high in joined]


def _spans(hours: WeeklyHours) -> Iterator[tuple[int, int]]:
    for day in range(7):
        for start, end in hours.on(day):
            yield day * DAY + _minutes(start), day * DAY + (DAY if end is None else _minutes(end))


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _place(offer: OfferConfig) -> str:
    return f"offers.{offer.id.split('/')[1]}"


def _said(length: timedelta) -> str:
    seconds = round(length.total_seconds())
    return f"{seconds}s" if seconds % 60 else f"{seconds // 60}min"
