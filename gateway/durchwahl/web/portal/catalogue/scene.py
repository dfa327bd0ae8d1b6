"""What every page of the catalogue is made with."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from durchwahl.availability.first_times import FirstTime, FirstTimes
from durchwahl.catalogue.snapshot import Snapshot
from durchwahl.texts import translate
from durchwahl.web.assembly import Gateway
from durchwahl.web.portal.addresses import Addresses
from durchwahl.web.portal.rendering import Renderer
from durchwahl.web.portal.said import Said


@dataclass(frozen=True)
class Scene:
    """One page's view: everything on it is of one snapshot, and `to` leads from where its text will stand."""

    gateway: Gateway
    snapshot: Snapshot
    renderer: Renderer
    language: str
    to: Addresses
    _starts: dict[datetime, str] = field(default_factory=dict, repr=False)
    """What was said already: the services of an offer have the same first time."""

    @cached_property
    def say(self) -> Said:
        """What says dates and the catalogue's texts."""
        return self.renderer.said(self.language)

    def t(self, key: str, **values: str) -> str:
        """Return a text in the page's language."""
        return translate(key, self.language, **values)

    def reason(self, key: str, word: str) -> str:
        """Return the text of one of an open list of words, e.g. why a channel cannot be booked."""
        try:
            return self.t(f"{key}.{word}")
        except KeyError:
            return self.t(f"{key}.other")

    def short_start(self, first: FirstTime) -> str:
        """Return weekday, date and time without the year, for lists; empty where there is no time."""
        if first.start is None:
            return ""
        if first.start not in self._starts:
            self._starts[first.start] = self._short_start(first.start)
        return self._starts[first.start]

    def instant(self, first: FirstTime) -> str:
        """Return the time for `datetime` attributes, with the offset of the city's zone."""
        local = first.start.astimezone(self.gateway.settings.zone) if first.start else None
        return local.isoformat(timespec="minutes") if local else ""

    def _short_start(self, start: datetime) -> str:
        from babel.dates import format_date  # noqa: PLC0415 - its locale data is not needed to discover or check

        local = start.astimezone(self.gateway.settings.zone)
        day = format_date(local.date(), self.t("page.list.date_pattern"), locale=self.language)
        return self.t("when.start", date=day, start=self.say.clock(start))


@dataclass(frozen=True)
class Timed:
    """First times, of which channels they are shown (empty: all), and for which languages they were looked for."""

    times: FirstTimes
    channels: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    def wants(self, languages: Collection[str]) -> bool:
        """Whether one of the languages that were looked for is spoken there."""
        return not self.languages or any(tag in languages for tag in self.languages)

    def shows(self, channel: str) -> bool:
        """Whether the times of this channel are shown."""
        return not self.channels or channel in self.channels
