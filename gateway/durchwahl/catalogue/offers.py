"""Offers as the rest of the gateway works with them: every service by its id, every lane with its languages."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from durchwahl.model.schedule import Lane
from durchwahl.model.text import DEFAULT_LANGUAGE
from durchwahl.settings.department import LaneTable, OfferTable
from durchwahl.settings.resolved import DepartmentConfig, Settings
from durchwahl.settings.words import Closure
from durchwahl.sources.opening import Sources

LONGEST_OCCUPIED = timedelta(days=1)
"""The journal looks a day back for what reaches into a window (`durchwahl.store.places.LONGEST_PLACE`)."""


@dataclass(frozen=True)
class OfferLane:
    """A lane of an offer, with the keys that the gateway itself reads."""

    lane: Lane
    table: LaneTable


@dataclass(frozen=True)
class Offer:
    """What can be booked. `id` is `department/table`; `services` are service ids, in the table's order."""

    id: str
    department: str
    services: tuple[str, ...]
    channels: tuple[str, ...]
    calendar: str
    video: str | None
    lanes: Mapping[str, OfferLane]
    table: OfferTable
    closures: tuple[Closure, ...]
    remote: Any = None
    slug_of: Mapping[str, str] = field(default_factory=dict)
    hidden: frozenset[tuple[str, str]] = frozenset()
    """Services with channels that the department's overlay hides: what nobody is shown, nobody can book."""

    def duration(self, services: Iterable[tuple[str, int]]) -> timedelta:
        """Return how long the talk takes for these services and counts, buffers not included."""
        lengths = (
            self.table.durations.get(self.slug_of[service], self.table.duration) * count for service, count in services
        )
        return sum(lengths, timedelta())

    def accepts(self, services: tuple[tuple[str, int], ...], channel: str) -> bool:
        """Whether these services may share one appointment, of a day at most, on this channel."""
        if channel not in self.channels or (len(services) > 1 and not self.table.combinable):
            return False
        known = {service for service in self.services if (service, channel) not in self.hidden}
        if not all(service in known and 1 <= count <= self.table.count_at_most for service, count in services):
            return False
        return self.table.buffer_before + self.duration(services) + self.table.buffer_after <= LONGEST_OCCUPIED

    def lanes_speaking(self, language: str | None) -> tuple[str, ...]:
        """Return the lanes where `language` is spoken or signed, those with the fewest languages first.

        A citizen who asks for no language thus leaves the signing clerk to somebody who needs one, and is led to
        somebody who speaks German where there is a choice.
        """
        wanted = [
            (language is None and DEFAULT_LANGUAGE not in one.lane.languages, len(one.lane.languages), index, name)
            for index, (name, one) in enumerate(self.lanes.items())
            if language is None or language in one.lane.languages
        ]
        return tuple(name for *_, name in sorted(wanted))

    @property
    def languages(self) -> tuple[str, ...]:
        """All languages of its lanes, in the lanes' order."""
        return tuple(dict.fromkeys(tag for one in self.lanes.values() for tag in one.lane.languages))


def service_id(department: str, slug: str) -> str:
    """Return the permanent id of a department's service."""
    return f"{department}-{slug}"


def offers_from(settings: Settings, sources: Sources) -> dict[str, Offer]:
    """Return the offers whose calendar is open and live."""
    offers = {}
    for key, sound in sources.offers.items():
        calendar = sources.get(sound.config.calendar)
        if calendar is None or calendar.resolved.config.table.mode != "live":
            continue
        table = sound.config.table
        department = settings.department(sound.config.department)
        tables = calendar.resolved.config.lanes
        slugs = {service_id(sound.config.department, slug): slug for slug in table.services}
        offers[key] = Offer(
            id=key,
            department=sound.config.department,
            services=tuple(slugs),
            channels=tuple(str(channel) for channel in table.channels),
            calendar=sound.config.calendar,
            video=sound.config.video,
            lanes={name: OfferLane(calendar.lanes[name], tables[name].table) for name in sound.lanes},
            table=table,
            closures=(*table.closures, *(department.closures if department else ())),
            remote=sound.remote,
            slug_of=slugs,
            hidden=frozenset(_hidden(department)),
        )
    return offers


def _hidden(department: DepartmentConfig | None) -> Iterator[tuple[str, str]]:
    if department is None:
        return
    for slug, overlay in department.overlay.items():
        for channel, word in overlay.channels.items():
            if word == "hidden":
                yield service_id(department.id, slug), str(channel)
