"""How much one citizen, one website and one mail address may keep from all others.

Looked at after exclusivity, in the same transaction: a taken slot stays a taken slot for whoever is over a limit.
"""

from dataclasses import dataclass

from durchwahl.errors import Problem
from durchwahl.settings.clients import ClientTable
from durchwahl.settings.gateway import GatewayTable
from durchwahl.settings.resolved import Settings
from durchwahl.store import budgets, journal
from durchwahl.store.journal import Booking
from durchwahl.store.tx import Tx

YOUNG = 3_600_000
"""For so many milliseconds a booking counts against its client's limit, unless a mail has proved its citizen."""
A_MINUTE, TEN_MINUTES = 60, 600
"""When to come again, in seconds: holds lapse soon, bookings count for an hour."""


@dataclass(frozen=True)
class Contact:
    """A mail address that its citizen has proved, as the store knows it: by each of the installation's keys.

    The first key's name for it is kept. `at_most` is how many appointments to come it may have; 0: as many as it likes.
    """

    known_as: tuple[bytes, ...]
    at_most: int


def must_be_within_limits(tx: Tx, booking: Booking, settings: Settings) -> None:
    """Keep one citizen, and one website, from taking every time. The new hold is among those counted.

    It may become a booking, so that it counts as one.

    Raises:
        Problem: `hold-limit`, `booking-limit`: the citizen's own; `client-limit`: the website's, over all its citizens.
    """
    through = settings.clients[booking.api_client] if booking.api_client is not None else None
    if booking.client is not None:
        _limit_citizen(tx, booking.client, settings.gateway, through)
    if through is not None and booking.api_client is not None:
        _limit_website(tx, booking.api_client, through)


def has_enough(tx: Tx, contact: Contact) -> bool:
    """Whether a mail address has all the appointments to come that it may have."""
    return contact.at_most > 0 and budgets.to_come(tx, contact.known_as) >= contact.at_most


def _limit_citizen(tx: Tx, citizen: bytes, gateway: GatewayTable, through: ClientTable | None) -> None:
    most_holds, most_bookings = _allowed(gateway, through)
    holds = journal.waiting(tx, citizen)
    if holds > most_holds:
        raise Problem("hold-limit", retry_after=A_MINUTE)
    if most_bookings and holds + journal.young(tx, citizen, YOUNG) > most_bookings:
        raise Problem("booking-limit", retry_after=TEN_MINUTES)


def _allowed(gateway: GatewayTable, through: ClientTable | None) -> tuple[int, int]:
    """Return how many holds and bookings one citizen may have; 0 bookings: as many as they like."""
    holds, bookings = gateway.holds_per_client, gateway.bookings_per_client
    if through is not None and through.holds_per_citizen is not None:
        holds = through.holds_per_citizen
    if through is not None and through.bookings_per_citizen is not None:
        bookings = through.bookings_per_citizen
    return holds, bookings


def _limit_website(tx: Tx, api_client: str, table: ClientTable) -> None:
    holds = budgets.waiting_through(tx, api_client)
    if holds > table.holds:
        raise Problem("client-limit", retry_after=A_MINUTE)
    if table.bookings and holds + budgets.young_through(tx, api_client, YOUNG) > table.bookings:
        raise Problem("client-limit", retry_after=TEN_MINUTES)
