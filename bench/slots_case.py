"""200 lanes, 60 days, 8 hours at 15 minutes: 384,000 bookable starts, of which 5,000 busy times take some."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from durchwahl.availability.busy import SourceState
from durchwahl.availability.calendar import OpeningTimes
from durchwahl.availability.occupation import Occupation, Occupations
from durchwahl.availability.slots import Slots, Wish
from durchwahl.availability.units import instant_of, unit_of
from durchwahl.catalogue.offers import Offer, OfferLane
from durchwahl.model.schedule import Lane
from durchwahl.settings.department import LaneTable, OfferTable

ZONE = ZoneInfo("Europe/Berlin")
CALENDAR = "amt/termine"
SERVICE = "amt-beratung"
LANGUAGES = ("de", "en")
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SEED = 384_000

Span = tuple[int, int]


@dataclass(frozen=True)
class Case:
    """A calendar and what is asked of it. The days from `first` on are all open; the clock's summer ends among them."""

    lanes: int = 200
    days: int = 60
    spans: int = 5_000
    opens: int = 8
    closes: int = 16
    step: timedelta = timedelta(minutes=15)
    duration: timedelta = timedelta(minutes=15)
    before: timedelta = timedelta()
    after: timedelta = timedelta()
    first: date = date(2026, 9, 10)
    seed: int = SEED

    @property
    def window(self) -> Span:
        """The asked time, in units since the epoch: whole local days."""
        last = self.first + timedelta(days=self.days)
        return unit_of(_midnight(self.first)), unit_of(_midnight(last))

    @property
    def now(self) -> datetime:
        """When it is asked: noon of the day before."""
        return _midnight(self.first) - timedelta(hours=12)

    @property
    def wish(self) -> Wish:
        """What the interface asks."""
        return Wish(((SERVICE, 1),), self.window, ("video",))

    def offer(self) -> Offer:
        """Return the offer, as the config would give it."""
        names = [f"platz-{number}" for number in range(self.lanes)]
        table = OfferTable.model_validate(
            {
                "services": ["beratung"],
                "channels": ["video"],
                "calendar": "termine",
                "video": "city/raeume",
                "duration": self.duration,
                "buffer_before": self.before,
                "buffer_after": self.after,
                "step": self.step,
                "hours": {day: [f"{self.opens:02}:00-{self.closes:02}:00"] for day in WEEK},
                "horizon": timedelta(days=self.days + 7),
            }
        )
        return Offer(
            id="amt/beratung",
            department="amt",
            services=(SERVICE,),
            channels=("video",),
            calendar=CALENDAR,
            video="city/raeume",
            lanes={name: OfferLane(Lane(name, languages=LANGUAGES), LaneTable(languages=LANGUAGES)) for name in names},
            table=table,
            closures=(),
            slug_of={SERVICE: "beratung"},
        )

    def busy(self) -> dict[str, list[Span]]:
        """Return the busy times per lane as the cache gives them: in units since the epoch, ascending, overlapping."""
        chance = random.Random(self.seed)
        low, high = self.window
        found: dict[str, list[Span]] = {f"platz-{number}": [] for number in range(self.lanes)}
        for _ in range(self.spans):
            begin = chance.randrange(low - 12, high)
            found[f"platz-{chance.randrange(self.lanes)}"].append((begin, begin + chance.randint(1, 24)))
        return {lane: sorted(spans) for lane, spans in found.items()}


class Known(Occupations):
    """Answers with what it was given: what is measured is the arithmetic, not the asking."""

    def __init__(self, spans: Mapping[str, list[Span]], now: datetime) -> None:
        self.known = Occupation({CALENDAR: spans}, {CALENDAR: SourceState(CALENDAR, "ok", now)})

    async def between(self, _offers: object, _first: int, _last: int) -> Occupation:
        """Return it."""
        return self.known


def slots_of(case: Case, offer: Offer, occupations: Occupations) -> Slots:
    """Return what the interface asks, with nothing remembered yet."""
    times = OpeningTimes(zone=ZONE, folder=Path(), holidays=None)
    return Slots({offer.id: offer}, occupations, times, ZONE, lambda: case.now)


def instants(case: Case, busy: Mapping[str, list[Span]]) -> dict[str, list[tuple[datetime, datetime]]]:
    """Return the busy times as instants, for who does not think in units."""
    return {lane: [(instant_of(low), instant_of(high)) for low, high in spans] for lane, spans in busy.items()}


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)
