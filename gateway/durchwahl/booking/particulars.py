"""What a citizen gave: which fields an offer needs, whether they are right, and how they are kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic_core import from_json, to_json

from durchwahl.booking.keys import BookingKey
from durchwahl.booking.phone_numbers import NotCallable, callable_number
from durchwahl.catalogue.offers import Offer
from durchwahl.errors import FieldError, Problem
from durchwahl.model.booking import FormField, Needs, Person
from durchwahl.model.mail import NoMailAddress, mail_address
from durchwahl.texts import translate

_KINDS: Mapping[str, Literal["text", "email", "tel"]] = {"name": "text", "email": "email", "phone": "tel"}
_NOBODY, _NO_NEEDS = Person(), Needs()


@dataclass(frozen=True)
class Particulars:
    """Everything personal of a booking; nothing of it is ever logged."""

    person: Person = field(default=_NOBODY, repr=False)
    needs: Needs = field(default=_NO_NEEDS, repr=False)
    answers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def sealed(self, key: BookingKey) -> bytes:
        """Return the particulars as the journal keeps them."""
        plain = {
            "person": self.person.model_dump(),
            "needs": self.needs.model_dump(),
            "answers": dict(self.answers),
        }
        return key.seal(to_json(plain), "personal")

    @classmethod
    def opened(cls, sealed: bytes | None, key: BookingKey) -> "Particulars":
        """Return what the journal keeps; nothing where nothing was given yet.

        It was checked when it was given, and since then nobody could change it who has not got the key.
        """
        if sealed is None:
            return cls()
        plain: dict[str, Any] = from_json(key.unseal(sealed, "personal"))
        return cls(Person.model_construct(**plain["person"]), Needs.model_construct(**plain["needs"]), plain["answers"])

    @property
    def is_empty(self) -> bool:
        """Whether nothing was given."""
        return not self.answers and self.person == _NOBODY and self.needs == _NO_NEEDS


def fields_of(offer: Offer, channel: str, language: str) -> list[FormField]:
    """Return the form fields that an offer needs on this channel; only what the appointment needs is required."""
    return [
        FormField(name, _KINDS[name], required, translate(label, language))
        for name, required, label in _asked_for(offer, channel)
    ]


def checked(
    offer: Offer, channel: str, particulars: Particulars, *, within: tuple[str, ...] = ("person",)
) -> Particulars:
    """Return the particulars with the phone number in E.164; `within` is where the person stands in the body.

    Raises:
        Problem: `invalid-body`, with a JSON pointer for each field that is missing, wrong or not asked for.
    """
    asked = {name: required for name, required, _ in _asked_for(offer, channel)}
    given = particulars.person.model_dump()
    wrong = {name: "required" for name, required in asked.items() if required and not given.get(name)}
    wrong |= {name: "not_asked_for" for name, value in given.items() if value and name not in asked}
    errors = [FieldError(json_pointer(*within, name), reason) for name, reason in (wrong | _unreachable(given)).items()]
    errors += [FieldError(json_pointer("answers", name), "not_asked_for") for name in particulars.answers]
    if errors:
        raise Problem("invalid-body", errors=errors)
    # Its values were checked when they came, and E.164 is shorter than whatever it was written like.
    person = Person.model_construct(**{name: value or None for name, value in given.items()})
    return Particulars(person, particulars.needs, particulars.answers)


def _unreachable(given: dict[str, Any]) -> dict[str, str]:
    """Return what is wrong with the ways to reach the person, by field; put the number into E.164."""
    wrong = {}
    try:
        if given["email"]:
            mail_address(given["email"], public=True)
    except NoMailAddress:
        wrong["email"] = "no_mail_address"
    try:
        if given["phone"]:
            given["phone"] = callable_number(given["phone"])
    except NotCallable as error:
        wrong["phone"] = error.reason
    return wrong


def _asked_for(offer: Offer, channel: str) -> list[tuple[str, bool, str]]:
    """Return the fields' names, whether they are required, and the key of their label."""
    table, fields = offer.table, []
    if table.identity != "none":
        is_real = table.identity == "required"
        fields.append(("name", is_real, "field.name" if is_real else "field.alias"))
    is_called = channel == "phone" and table.phone == "callback"
    needs_mail = table.verify_email or (table.identity == "required" and not is_called)
    fields.append(("email", needs_mail, "field.email"))
    if is_called or table.identity != "none":
        fields.append(("phone", is_called, "field.phone"))
    return fields


def json_pointer(*parts: str) -> str:
    """Return the pointer to a place in a body (RFC 6901 §3)."""
    return "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in parts)
