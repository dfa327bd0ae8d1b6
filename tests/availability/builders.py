"""Offers and free times for tests, put together without a gateway."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from durchwahl.availability.busy import SourceState
from durchwahl.availability.calendar import OpeningTimes
from durchwahl.availability.hours import Span
from durchwahl.availability.occupation import Occupation, calendars_of
from durchwahl.availability.slots import Slots, Wish, unit_window
from durchwahl.catalogue.offers import Offer, OfferLane
from durchwahl.model.schedule import Lane
from durchwahl.settings.department import LaneTable, OfferTable
from durchwahl.settings.words import Closure

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> datetime:
    """A wall-clock time in Dresden, e.g. `2026-11-24 09:00`; the first one where it is ambiguous."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


def unit(text: str) -> int:
    return int(at(text).timestamp()) // 300


def offer(
    name: str = "amt/tisch",
    *,
    lanes: Mapping[str, Mapping[str, Any]] | None = None,
    department_closures: Iterable[Closure] = (),
    **table: Any,
) -> Offer:
    """An offer of `amt-pass` by phone, 20 minutes long, on one lane; `lanes` are lane tables by name."""
    given = {"services": ["pass"], "channels": ["phone"], "calendar": "termine", "lead": "0min", **table}
    if "video" in given["channels"]:
        given.setdefault("video", "raeume")
    parsed = OfferTable.model_validate(given)
    department = name.split("/", maxsplit=1)[0]
    slugs = {f"{department}-{slug}": slug for slug in parsed.services}
    tables = {key: LaneTable.model_validate(lane) for key, lane in (lanes or {"platz-1": {}}).items()}
    return Offer(
        id=name,
        department=department,
        services=tuple(slugs),
        channels=tuple(str(channel) for channel in parsed.channels),
        calendar=parsed.calendar if "/" in parsed.calendar else f"{department}/{parsed.calendar}",
        video=parsed.video,
        lanes={key: OfferLane(Lane(key, lane.languages), lane) for key, lane in tables.items()},
        table=parsed,
        closures=(*parsed.closures, *department_closures),
        slug_of=slugs,
    )


@dataclass
class KnownOccupations:
    """Stands for the journal and the calendars: gives only what touches the units that it was asked for."""

    spans: dict[str, dict[str, list[Span]]] = field(default_factory=dict)
    unavailable: set[str] = field(default_factory=set)
    asked: list[tuple[int, int]] = field(default_factory=list)

    def block(self, start: str, end: str, *, lane: str = "platz-1", source: str = "amt/termine") -> None:
        self.spans.setdefault(source, {}).setdefault(lane, []).append((unit(start), unit(end)))

    async def between(self, offers: Iterable[Offer], first: int, last: int) -> Occupation:
        self.asked.append((first, last))
        keys = sorted({key for offer in offers for key in calendars_of(offer)})
        touching = {
            key: {
                lane: [span for span in spans if span[0] < last and span[1] > first]
                for lane, spans in self.spans.get(key, {}).items()
            }
            for key in keys
        }
        states = {
            key: SourceState(key, "unavailable" if key in self.unavailable else "ok", datetime(2026, 11, 1, tzinfo=UTC))
            for key in keys
        }
        return Occupation(touching, states)


@dataclass
class Desk:
    """The slots of some offers at a moment that a test chooses."""

    offers: list[Offer]
    now: datetime
    occupations: KnownOccupations = field(default_factory=KnownOccupations)
    holidays: str | None = None
    folder: Path = Path()

    @property
    def slots(self) -> Slots:
        times = OpeningTimes(zone=BERLIN, folder=self.folder, holidays=self.holidays)
        offers = {one.id: one for one in self.offers}
        return Slots(offers, self.occupations, times, BERLIN, lambda: self.now)  # type: ignore[arg-type]  # stands for it


def wish(start: str, end: str, *services: str, **more: Any) -> Wish:
    return Wish(tuple((one, 1) for one in services or ("amt-pass",)), unit_window(at(start), at(end)), **more)


def walls(slots: Iterable[Any]) -> list[str]:
    """The slots' starts as a clock in Dresden shows them."""
    return [f"{datetime.fromtimestamp(one.start * 300, BERLIN):%m-%d %H:%M}" for one in slots]
