"""A booking as an iCalendar file."""

from starlette.responses import Response

from durchwahl.booking.letters import letter_for
from durchwahl.booking.views import View
from durchwahl.model.states import State
from durchwahl.notify.calendar_file import calendar_file
from durchwahl.notify.envelope import sender_address
from durchwahl.notify.letters import event_of


def booking_file(view: View, language: str) -> Response:
    """Return the file; its name tells nothing, and a cancelled appointment is withdrawn by it."""
    is_cancelled = view.booking.state in (State.CANCELLING, State.CANCELLED)
    letter = letter_for(view, "cancellation" if is_cancelled else "confirmation", language=language)
    settings = view.context.settings
    organizer = sender_address(settings.mail.sender, settings.gateway.city).addr_spec
    headers = {"cache-control": "no-store", "content-disposition": 'attachment; filename="termin.ics"'}
    return Response(
        calendar_file(event_of(letter, organizer=organizer)),
        headers=headers,
        media_type="text/calendar; charset=utf-8",
    )
