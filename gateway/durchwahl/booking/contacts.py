"""A citizen proves a mail address; how many appointments it has is counted by what nobody can read an address from."""

from durchwahl.booking.context import Context, in_ms
from durchwahl.booking.transitions import approval, confirm
from durchwahl.booking.transitions.confirm import Begun
from durchwahl.booking.transitions.limit import Contact
from durchwahl.booking.views import view_of
from durchwahl.errors import Problem
from durchwahl.model.mail import mail_address
from durchwahl.store.journal import Booking


async def proved(context: Context, booking_id: str, token: str) -> Begun | Booking:
    """Go on with a booking whose mail address is now known to be right.

    Returns the step that confirms it, or the booking where its department has to say yes first.

    Raises:
        Problem: as `confirm.awaiting`; `booking-limit` where that address has enough appointments to come: then the
            place is free again.
    """
    booking = await context.store.look(confirm.awaiting, booking_id, token)
    contact, offer = contact_of(context, booking), context.offers.get(booking.offer)
    begun: Begun | Booking | None
    if offer is not None and offer.table.approval:
        within = in_ms(offer.table.approval_within)
        begun = await context.store.write(approval.ask_when_verified, booking_id, token, contact, within)
    else:
        begun = await context.store.write(confirm.verified, booking_id, token, contact)
    if begun is None:
        raise Problem("booking-limit")
    return begun


def contact_of(context: Context, booking: Booking) -> Contact:
    """Return the mail address of a booking that waits for its link to be used; raises `KeyMissing` once erased."""
    address = view_of(context, booking).particulars.person.email
    assert address is not None  # noqa: S101  # the link was in a mail to it
    known_as = context.keys.contact(normalised(address))
    return Contact(tuple(known_as), context.settings.gateway.bookings_per_contact)


def normalised(address: str) -> str:
    """Return what all spellings of one mailbox have in common: no case, the domain in ASCII, nothing behind a `+`.

    Only to count by: mails go to the address as it was given.
    """
    local, _, domain = mail_address(address).rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}".lower()
