"""Which bookings lie in a closure or on a holiday that was configured after they were made."""

from collections.abc import Iterable, Mapping

from durchwahl.availability.closures import ClosedTimes, holiday_spans
from durchwahl.availability.hours import Span
from durchwahl.availability.units import UNIT_MS
from durchwahl.booking.context import instant
from durchwahl.catalogue.offers import Offer
from durchwahl.settings.resolved import Settings
from durchwahl.store.listed import Listed


class Closings:
    """Knows when an offer is closed on a lane. A closure that cannot be read closes nothing here: `check` says so."""

    def __init__(self, settings: Settings, offers: Mapping[str, Offer]) -> None:
        self._settings = settings
        self._offers = offers
        self._closed = ClosedTimes(settings.folder, settings.zone)
        self._holidays: dict[int, list[Span]] = {}

    def hit(self, bookings: Iterable[Listed]) -> list[Listed]:
        """Return those whose talk touches a closed time."""
        return [one for one in bookings if self.closes(one)]

    def closes(self, one: Listed) -> bool:
        """Whether the booking's offer is closed at its time, on its lane."""
        booking, place = one
        offer = self._offers.get(booking.offer)
        if offer is None:
            return False
        first, last = booking.starts // UNIT_MS, -(-booking.ends // UNIT_MS)
        lane = offer.lanes.get(place.lane) if place else None
        closures = (*offer.closures, *(lane.table.closures if lane else ()))
        spans = [span for closure in closures for span in self._closed.spans([closure]) or ()]
        if not offer.table.open_on_holidays:
            spans += self._holidays_of(instant(booking.starts).astimezone(self._settings.zone).year)
        return any(low < last and first < high for low, high in spans)

    def _holidays_of(self, year: int) -> list[Span]:
        if year not in self._holidays:
            try:
                self._holidays[year] = holiday_spans(self._settings.gateway.holidays, (year,), self._settings.zone)
            except ValueError:
                self._holidays[year] = []  # a wrong code: `check` names it
        return self._holidays[year]
