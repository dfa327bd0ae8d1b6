"""What a mail or a calendar file says of a booking."""

from datetime import datetime
from typing import cast

from durchwahl.booking.context import instant
from durchwahl.booking.views import View
from durchwahl.model.states import LIVE
from durchwahl.model.text import pick
from durchwahl.notify.letters import Letter, LetterKind, PhoneMode


def letter_for(
    view: View,
    kind: LetterKind,
    *,
    to: str = "",
    version: int = 0,
    previous: datetime | None = None,
    language: str | None = None,
) -> Letter:
    """Return the letter; in the citizen's language where none is asked for."""
    booking, settings = view.booking, view.context.settings
    language = language or booking.lang
    phone, note = view.phone() or {}, view.note
    return Letter(
        kind=kind,
        to=to,
        language=language,
        booking_id=booking.id,
        version=version,
        reference=booking.reference,
        start=view.start,
        end=view.end,
        zone=booking.zone,
        city=settings.gateway.city,
        department_name=view.department_name(language),
        department_phone=view.department_phone(),
        service_names=view.service_names(language),
        channel=booking.channel,
        spoken=view.languages,
        phone_mode=cast("PhoneMode | None", phone.get("mode")),
        phone_number=phone.get("number"),
        documents=view.documents(language),
        manage_url=view.manage_url(),
        join_url=view.join_url() if booking.state in LIVE else None,
        verify_url=view.verify_url() if kind == "verify" else None,
        notice=pick(settings.gateway.notice, language)[0],
        discreet=view.discreet,
        sequence=booking.sequence,
        previous_start=previous,
        until=view.approved_until,
        reason=note.reason if note is not None and note.kind == kind else "",
        again_url=view.again_url(),
        written_at=instant(booking.updated),
    )
