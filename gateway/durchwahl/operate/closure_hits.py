"""What `check` says of bookings that lie in a closure or on a holiday: those who made them do not know of it yet."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from durchwahl.booking.context import instant
from durchwahl.booking.day.closed import Closings
from durchwahl.booking.day.orders import CANCELLABLE
from durchwahl.catalogue.offers import Offer, offers_from
from durchwahl.errors import ConfigError, Finding
from durchwahl.operate.printing import counted
from durchwahl.settings.resolved import Settings
from durchwahl.sources.opening import Sources
from durchwahl.store.listed import Listed, Which, listed
from durchwahl.store.opening import open_journal, version_of
from durchwahl.store.schema import WANTED
from durchwahl.store.tx import StoreUnavailable, Tx

NAMED = 10
"""So many bookings are named; `durchwahl bookings list` has the others."""


async def closure_hits(settings: Settings, sources: Sources) -> list[Finding]:
    """Return a warning for each offer whose closures hit bookings; none where there is no journal of this version."""
    try:
        if version_of(settings) != WANTED:
            return []  # before the first start there is none; of another version `serve` says what to do
        store = open_journal(settings)
        try:
            coming = await store.read(_coming)
        finally:
            await store.aclose()
    except ConfigError:  # said already: `[store]` is wrong
        return []
    except StoreUnavailable as error:
        if settings.store.database is not None:  # said already, as what keeps the gateway from its database
            return []
        remedy = "Run the check as the user that the gateway runs as."
        return [Finding(settings.file, "gateway.data_dir", f"the journal cannot be read: {error}.", remedy, "warning")]
    offers = offers_from(settings, sources)
    hit = Closings(settings, offers).hit(coming)
    return list(_findings(settings, offers, hit))


def _coming(tx: Tx) -> list[Listed]:
    return [one for one in listed(tx, Which(states=CANCELLABLE)) if one.booking.starts > tx.now()]


def _findings(settings: Settings, offers: dict[str, Offer], hit: Sequence[Listed]) -> Iterator[Finding]:
    ordered = sorted(hit, key=lambda one: one.booking.offer)  # stable: within an offer by time
    for offer_id, group in groupby(ordered, key=lambda one: one.booking.offer):
        bookings = list(group)
        named = ", ".join(_named(settings, one) for one in bookings[:NAMED])
        more = f" and {len(bookings) - NAMED} more" if len(bookings) > NAMED else ""
        verb = "lies" if len(bookings) == 1 else "lie"
        reason = f"{counted(len(bookings), 'booking')} {verb} in a closure or on a holiday: {named}{more}."
        department = offers[offer_id].department
        remedy = f'Move them: durchwahl bookings move --department {department} --hit-by-closures --reason "…"'
        table = offer_id.split("/", 1)[1]
        yield Finding(settings.offers[offer_id].file, f"offers.{table}", reason, remedy, "warning")


def _named(settings: Settings, one: Listed) -> str:
    return f"{one.booking.reference} ({instant(one.booking.starts).astimezone(settings.zone):%Y-%m-%d %H:%M})"
