"""What every flow of a booking works with."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from durchwahl.availability.occupation import Occupations
from durchwahl.availability.slot_token import SlotSealer
from durchwahl.availability.slots import Slots
from durchwahl.booking.keys import BookingKey, KeyRing
from durchwahl.catalogue.offers import Offer
from durchwahl.catalogue.snapshot import Snapshot
from durchwahl.model.schedule import Interval
from durchwahl.notify.outgoing import Outgoing
from durchwahl.settings.resolved import Settings
from durchwahl.sources.opening import Sources
from durchwahl.store.journal import Booking
from durchwahl.store.places import Place
from durchwahl.store.tx import Store


@dataclass
class Context:
    """The parts that a booking needs. `snapshot` is replaced by every sync; `clock` gives aware instants."""

    settings: Settings
    sources: Sources
    offers: dict[str, Offer]
    store: Store
    slots: Slots
    occupations: Occupations
    sealer: SlotSealer
    keys: KeyRing
    outgoing: Outgoing
    snapshot: Callable[[], Snapshot]
    clock: Callable[[], datetime]
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    has_erased: bool = False
    """Whether something was erased since the journal's files were last cleaned of it."""

    def key_of(self, booking: Booking) -> BookingKey:
        """Return the booking's key; raises `KeyMissing` once it was erased."""
        return BookingKey(booking.id, self.keys.unwrap(booking.key, booking.id))

    def url(self, path: str) -> str:
        """Return an address under `public_url`."""
        return self.settings.gateway.public_url + path


def milliseconds(instant: datetime) -> int:
    """Return an instant as the store keeps it."""
    return round(instant.timestamp() * 1000)


def instant(stamp: int) -> datetime:
    """Return the instant that the store keeps, in UTC."""
    return datetime.fromtimestamp(stamp / 1000, UTC)


def in_ms(length: timedelta) -> int:
    """Return a length as the store keeps it."""
    return round(length.total_seconds() * 1000)


def occupied_interval(place: Place) -> Interval:
    """Return what a place occupies, buffers included."""
    return Interval(instant(place.starts), instant(place.ends))
