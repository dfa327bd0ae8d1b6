"""What a citizen gave: which fields an offer needs, whether they are right, and how they are kept."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from durchwahl.booking.keys import BookingKey
from durchwahl.catalogue.offers import Offer
from durchwahl.errors import FieldError, Problem
from durchwahl.model.booking import FormField, Needs, Person
from durchwahl.texts import translate

_MAIL = re.compile(r"[^@\s<>\",;:\\()\[\]]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?\.[A-Za-z]{2,63}")


@dataclass(frozen=True)
class Particulars:
    """Everything personal of a booking; nothing of it is ever logged."""

    person: Person = field(default_factory=Person)
    needs: Needs = field(default_factory=Needs)
    answers: Mapping[str, str] = field(default_factory=dict)

    def sealed(self, key: BookingKey) -> bytes:
        """Return the particulars as the journal keeps them."""
        plain = {
            "person": self.person.model_dump(),
            "needs": self.needs.model_dump(),
            "answers": dict(self.answers),
        }
        return key.seal(json.dumps(plain, separators=(",", ":")).encode(), "personal")

    @classmethod
    def opened(cls, sealed: bytes | None, key: BookingKey) -> "Particulars":
        """Return what the journal keeps; nothing where nothing was given yet."""
        if sealed is None:
            return cls()
        plain: dict[str, Any] = json.loads(key.unseal(sealed, "personal"))
        return cls(Person(**plain["person"]), Needs(**plain["needs"]), plain["answers"])

    @property
    def is_empty(self) -> bool:
        """Whether nothing was given."""
        return self == Particulars()


def fields_of(offer: Offer, channel: str, language: str) -> list[FormField]:
    """Return the form fields that an offer needs on this channel; only what the appointment needs is required."""
    table = offer.table
    fields = []
    if table.identity != "none":
        label = "field.name" if table.identity == "required" else "field.alias"
        fields.append(FormField("name", "text", table.identity == "required", translate(label, language)))
    callback = channel == "phone" and table.phone == "callback"
    needs_mail = table.verify_email or (table.identity == "required" and not callback)
    fields.append(FormField("email", "email", needs_mail, translate("field.email", language)))
    if callback or table.identity != "none":
        fields.append(FormField("phone", "tel", callback, translate("field.phone", language)))
    return fields


def checked(offer: Offer, channel: str, particulars: Particulars) -> Particulars:
    """Return the particulars with the phone number in E.164.

    Raises:
        Problem: `invalid-body`, with a JSON pointer for each field that is missing, wrong or not asked for.
    """
    errors = []
    asked = {one.name: one for one in fields_of(offer, channel, "en")}
    given = particulars.person.model_dump()
    for name, one in asked.items():
        if one.required and not given.get(name):
            errors.append(FieldError(f"/person/{name}", "required"))
    for name, value in given.items():
        if value and name not in asked:
            errors.append(FieldError(f"/person/{name}", "not_asked_for"))
    errors.extend(
        FieldError(json_pointer("answers", name), "not_asked_for") for name in particulars.answers
    )
    if given["email"] and not _MAIL.fullmatch(given["email"]):
        errors.append(FieldError("/person/email", "no_mail_address"))
    if given["phone"] and (number := e164(given["phone"])) is None:
        errors.append(FieldError("/person/phone", "no_phone_number"))
    elif given["phone"]:
        given["phone"] = number
    if errors:
        raise Problem("invalid-body", errors=errors)
    cleaned = {name: value or None for name, value in given.items()}
    return Particulars(Person(**cleaned), particulars.needs, particulars.answers)


def json_pointer(*parts: str) -> str:
    """Return the pointer to a place in a body (RFC 6901 §3)."""
    return "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in parts)


def e164(number: str, region: str = "DE") -> str | None:
    """Return the number in E.164, None where it is none."""
    import phonenumbers  # noqa: PLC0415  # 8 MB that only a booking with a number needs

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
