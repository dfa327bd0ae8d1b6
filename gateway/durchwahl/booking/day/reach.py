"""Who can be told by mail, and whom the office has to call."""

from durchwahl.booking.context import Context
from durchwahl.booking.keys import KeyMissing
from durchwahl.booking.views import view_of
from durchwahl.store.journal import Booking


def must_be_called(context: Context, booking: Booking) -> bool:
    """Whether its citizen has given no mail address; of one whose data are gone nobody can be called."""
    try:
        return view_of(context, booking).particulars.person.email is None
    except KeyMissing:
        return False
