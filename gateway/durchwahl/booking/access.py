"""Who may: whoever has the link."""

from hmac import compare_digest

from durchwahl.booking.keys import token_digest
from durchwahl.errors import Problem
from durchwahl.store import links
from durchwahl.store.journal import Booking
from durchwahl.store.tx import Tx


def authentic(tx: Tx, booking_id: str, purpose: str, token: str) -> Booking:
    """Return the booking whose link this is.

    Raises:
        Problem: `not-found`, the same for a wrong token and for an unknown id.
    """
    found = links.linked(tx, booking_id, purpose)
    if found is None or not compare_digest(found[1], token_digest(token)):
        raise Problem("not-found")
    return found[0]
