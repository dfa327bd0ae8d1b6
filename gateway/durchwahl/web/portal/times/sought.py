"""What a citizen looks for on the pages of free times: read kindly, because links are typed, cut and kept for years."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from durchwahl.availability.answers import CHANNEL_ORDER, Availability, Wish, unit_window
from durchwahl.catalogue.offers import Offer
from durchwahl.model.catalogue import Channel, Service
from durchwahl.web.assembly import Gateway

WIDEST = timedelta(days=62)
"""As the interface allows for one answer."""
FARTHEST = timedelta(days=732)
"""Reckoning with days beyond that would leave the calendar, and nobody opens times so far ahead."""


@dataclass(frozen=True)
class Sought:
    """A service on one of its channels, in one of the languages spoken there (`""`: any), for `count` persons."""

    service: Service
    channel: str
    language: str
    count: int

    @property
    def query(self) -> dict[str, str]:
        """The parameters that say the same again."""
        count = str(self.count) if self.count > 1 else ""
        return {"channel": self.channel, "language": self.language, "count": count}


def sought_from(service: Service, asked: Mapping[str, str], gateway: Gateway) -> Sought | None:
    """Return what is looked for; None where no channel of the service can be booked here.

    A channel, language or number that there is not counts as not given.
    """
    channels = bookable_channels(service)
    if not channels:
        return None
    named = {str(channel.type): channel for channel in channels}
    channel = named.get(asked.get("channel", ""), channels[0])
    language = asked.get("language", "")
    return Sought(
        service=service,
        channel=str(channel.type),
        language=language if language in channel.languages else "",
        count=_count(asked.get("count", ""), most_at_once(gateway, service.id, str(channel.type))),
    )


def bookable_channels(service: Service) -> list[Channel]:
    """Return the channels on which times can be chosen here, those from afar first."""
    channels = [channel for channel in service.visible_channels if channel.bookable]
    return sorted(channels, key=lambda channel: CHANNEL_ORDER[str(channel.type)])


def offers_of(gateway: Gateway, service_id: str, channel: str) -> list[Offer]:
    """Return the offers of a consultation."""
    return [one for one in gateway.offers.values() if one.accepts(((service_id, 1),), channel)]


def most_at_once(gateway: Gateway, service_id: str, channel: str) -> int:
    """Return for how many persons at once the service can be had."""
    return max((offer.table.count_at_most for offer in offers_of(gateway, service_id, channel)), default=1)


async def free_times(
    gateway: Gateway, sought: Sought, start: datetime, end: datetime, *, limit: int, offset: int = 0
) -> Availability:
    """Return what is free from `start` up to and not including `end`, at most `WIDEST` apart."""
    now = gateway.clock()
    window = unit_window(max(start, now), min(end, start + WIDEST))
    services = ((sought.service.id, sought.count),)
    wish = Wish(services, window, (sought.channel,), (sought.language,) if sought.language else ())
    return await gateway.slots.find(wish, limit=limit, offset=offset)


def day_from(text: str, gateway: Gateway) -> date | None:
    """Return a date as `2026-12-01`; None for anything else, and for what lies farther away than anybody plans."""
    try:
        day = date.fromisoformat(text) if len(text) == len("2026-12-01") else None
    except ValueError:
        return None
    return day if day and abs(day - today_in(gateway)) <= FARTHEST else None


def today_in(gateway: Gateway) -> date:
    """Return which day it is in the city."""
    return gateway.clock().astimezone(gateway.settings.zone).date()


def begins(day: date, zone: ZoneInfo) -> datetime:
    """Return a day's first moment in the city's zone."""
    return datetime.combine(day, time(), zone)


def _count(text: str, most: int) -> int:
    return min(max(int(text), 1), most) if text.isascii() and text.isdigit() and len(text) < 4 else 1
