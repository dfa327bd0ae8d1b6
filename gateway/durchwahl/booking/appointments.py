"""What a clerk sees in the calendar: only the fields that the offer allows, and no topic where it is discreet."""

from durchwahl.booking.context import instant, occupied_interval
from durchwahl.booking.views import View
from durchwahl.model.booking import Appointment
from durchwahl.model.schedule import Interval, Lane
from durchwahl.store.places import Place
from durchwahl.texts import say_language, say_languages, translate

LANGUAGE = "de"
"""Clerks read German, whatever the citizen's language."""


def appointment_for(view: View, place: Place, lane: Lane, *, starts: int, ends: int, sequence: int) -> Appointment:
    """Return the appointment for a place; `starts` and `ends` are the talk's, in milliseconds."""
    return Appointment(
        lane=lane,
        interval=occupied_interval(place),
        talk=Interval(instant(starts), instant(ends)),
        zone=view.booking.zone,
        title=title_of(view),
        description="\n".join(clerk_lines(view)),
        sequence=sequence,
        changed_at=instant(view.booking.updated),
    )


def title_of(view: View) -> str:
    """Return the entry's title: the services and the channel, or nothing but that there is an appointment."""
    fields = view.offer.table.calendar_fields if view.offer else ()
    parts = []
    if "service" in fields and not view.discreet:
        parts.append(", ".join(view.service_names(LANGUAGE)))
    if "channel" in fields:
        parts.append(translate(f"channel.{view.booking.channel}", LANGUAGE))
    return " – ".join([*parts, view.booking.reference] if "reference" in fields else parts) or "Termin"


def clerk_lines(view: View) -> list[str]:
    """Return what the clerk needs to know, a line each."""
    fields = view.offer.table.calendar_fields if view.offer else ()
    person, needs = view.particulars.person, view.particulars.needs
    given = {"name": person.name, "phone": person.phone, "email": person.email}
    lines = [
        f"{translate(f'field.{name}', LANGUAGE)}: {value}" for name, value in given.items() if value and name in fields
    ]
    if view.languages:  # a lane may be found for several, and who talks has to know in which
        lines.append(translate("mail.language", LANGUAGE, language=say_languages(view.languages, LANGUAGE)))
    if "needs" in fields:
        if needs.interpreter:
            lines.append(translate("needs.interpreter", LANGUAGE, language=say_language(needs.interpreter, LANGUAGE)))
        lines.extend(
            translate(f"needs.{name}", LANGUAGE)
            for name in ("support_person", "captions", "easy_language")
            if getattr(needs, name)
        )
    if "answers" in fields:
        lines.extend(f"{name}: {value}" for name, value in view.particulars.answers.items())
    if "link" in fields and (url := view.join_url("clerk")) is not None:
        lines.append(url)
    return lines
