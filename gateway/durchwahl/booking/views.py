"""A booking as its citizen may see it: in the interface, in mails, in calendar files."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from durchwahl.booking.context import Context, instant
from durchwahl.booking.keys import BookingKey
from durchwahl.booking.notes import Note
from durchwahl.booking.particulars import Particulars
from durchwahl.catalogue.offers import Offer
from durchwahl.model.states import LIVE, PUBLIC_STATUS, State
from durchwahl.model.text import DEFAULT_LANGUAGE, pick
from durchwahl.store.journal import Booking
from durchwahl.texts import translate


@dataclass(frozen=True)
class View:
    """A booking with everything that belongs to it, opened. `offer` is None once the config has dropped it."""

    booking: Booking
    key: BookingKey
    offer: Offer | None
    particulars: Particulars
    context: Context = field(repr=False)

    @property
    def services(self) -> tuple[tuple[str, int], ...]:
        """Service ids as they are today, and counts."""
        today = self.context.snapshot().todays_id
        return tuple((today(service), count) for service, count in json.loads(self.booking.services))

    @property
    def start(self) -> datetime:
        """When the talk begins, in the booking's zone."""
        return instant(self.booking.starts).astimezone(ZoneInfo(self.booking.zone))

    @property
    def end(self) -> datetime:
        """When the talk ends, in the booking's zone."""
        return instant(self.booking.ends).astimezone(ZoneInfo(self.booking.zone))

    @property
    def approved_until(self) -> datetime | None:
        """Until when the department may approve it, in the booking's zone; None where it need not."""
        expires = self.booking.expires
        if self.booking.state != State.AWAITING_APPROVAL or expires is None:
            return None
        return instant(expires).astimezone(ZoneInfo(self.booking.zone))

    @property
    def note(self) -> Note | None:
        """What the office has done with the booking as it stands, and why; None where it has done nothing."""
        if self.booking.note is None:
            return None
        note = Note.opened(self.booking.note, self.key)
        return note if note.stands(self.booking.placement, self.booking.state) else None

    @property
    def department(self) -> str:
        """The department's id."""
        return self.booking.offer.split("/")[0]

    @property
    def discreet(self) -> bool:
        """Whether no topic may be named; an offer that is gone is treated as the careful one."""
        return self.offer is None or self.offer.table.discreet

    @property
    def languages(self) -> tuple[str, ...]:
        """In which language the talk is, where that needs a word: the one wished for, or an offer's that has no German.

        Between several the lane decides.
        """
        if self.booking.language is not None:
            return (self.booking.language,)
        spoken = self.offer.languages if self.offer else ()
        return () if any(tag.split("-")[0] == DEFAULT_LANGUAGE for tag in spoken) else spoken

    def service_names(self, language: str) -> tuple[str, ...]:
        """Return the services' names, with how often where that is not once; a word for one that the catalogue lost."""
        snapshot = self.context.snapshot()
        known = [snapshot.service(service) for service, _ in self.services]
        names = [pick(one.name, language)[0] if one else translate("service.gone", language) for one in known]
        return tuple(counted(name, count, language) for name, (_, count) in zip(names, self.services, strict=True))

    def department_name(self, language: str) -> str:
        """Return the department's name."""
        department = self.context.snapshot().department_by_id.get(self.department)
        return pick(department.name, language)[0] if department else translate("department.gone", language)

    def department_phone(self) -> str | None:
        """Return the number at which the department is reached."""
        department = self.context.snapshot().department_by_id.get(self.department)
        return department.contact.phone if department else None

    def phone(self) -> dict[str, Any] | None:
        """Return who calls whom; None where nobody does.

        What was promised stays so, whatever has become of the offer; a number that has changed since is today's.
        """
        promised = json.loads(self.booking.phone) if self.booking.phone else None
        today = who_calls(self.context, self.offer, self.booking.channel) if self.offer else None
        if promised is None or (today is not None and today["mode"] == promised["mode"]):
            return today
        return dict(promised)

    def manage_url(self) -> str:
        """Return the manage link."""
        return self._page(f"termin/{self.booking.id}/{self.key.token('manage', 0)}")

    def join_url(self, role: str = "citizen") -> str | None:
        """Return the gateway's own link to the room; None where there is no video."""
        if self.booking.channel != "video":
            return None
        path = f"gespraech/{self.booking.id}/{self.key.token(f'join-{role}', 0)}"
        return self._page(path) if role == "citizen" else self.context.url(path)

    def verify_url(self) -> str:
        """Return the link that proves the mail address."""
        return self._page(f"termin/{self.booking.id}/bestaetigen/{self.key.token('verify', 0)}")

    def again_url(self) -> str:
        """Return where another appointment of the kind can be chosen; a discreet topic stands in no address."""
        service, _ = self.services[0]
        if self.discreet or self.context.snapshot().service(service) is None:
            return self._page("")
        return self._page(f"leistung/{quote(service, safe='')}/termine?{urlencode({'channel': self.booking.channel})}")

    def _page(self, path: str) -> str:
        """Return the address of a page in the language that was booked in: its mails lead to pages in it."""
        lang = self.booking.lang
        return self.context.url(path if lang == DEFAULT_LANGUAGE else f"{lang}/{path}")

    def documents(self, language: str) -> tuple[str, ...]:
        """Return what to have ready, each thing once."""
        snapshot = self.context.snapshot()
        services = [one for service, _ in self.services if (one := snapshot.service(service))]
        return tuple(dict.fromkeys(pick(text, language)[0] for one in services for text in one.documents))

    def public(self, alternatives: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
        """Return the booking as the interface shows it to whoever has its manage token.

        `alternatives` are slots, for a booking that has failed.
        """
        booking, manage_url = self.booking, self.manage_url()
        state = State(booking.state)
        is_live = state in LIVE
        return {
            "id": booking.id,
            "reference": booking.reference,
            "status": PUBLIC_STATUS[state],
            "reason": booking.failure,
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "timezone": booking.zone,
            "services": [{"id": service, "count": count} for service, count in self.services],
            "department": self.department,
            "channel": booking.channel,
            "language": booking.language,
            "manage_token": self.key.token("manage", 0),
            "manage_url": manage_url,
            "calendar_url": f"{manage_url}/termin.ics",
            "join_url": self.join_url() if is_live else None,
            "phone": self.phone(),
            "changed_at": instant(booking.updated).isoformat(),
            "alternatives": list(alternatives),
            "office": {"did": note.kind, "reason": note.reason or None} if (note := self.note) else None,
        }


def who_calls(context: Context, offer: Offer, channel: str) -> dict[str, Any] | None:
    """Return who calls whom in a talk of this offer, and at which number of the department; None for video."""
    if channel != "phone":
        return None
    mode = offer.table.phone
    if mode == "callback":
        return {"mode": mode, "number": None}
    department = context.snapshot().department_by_id.get(offer.department)
    return {"mode": mode, "number": offer.table.phone_number or (department.contact.phone if department else None)}


def counted(name: str, count: int, language: str) -> str:
    """Return a service's name with how often it is wanted, where that is more than once."""
    return name if count == 1 else translate("service.counted", language, service=name, count=str(count))


def view_of(context: Context, booking: Booking) -> View:
    """Open a booking.

    Raises:
        KeyMissing: its key was erased.
    """
    key = context.key_of(booking)
    particulars = Particulars.opened(booking.personal, key)
    return View(booking, key, context.offers.get(booking.offer), particulars, context)
