"""What is typed into the form: read back as it was typed, and as what a booking needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from durchwahl.booking.particulars import Particulars, checked
from durchwahl.booking.views import View
from durchwahl.errors import FieldError, Problem
from durchwahl.model.booking import Needs, Person
from durchwahl.web.portal.forms import SentForm
from durchwahl.web.portal.needs import TICKS
from durchwahl.web.wrong_fields import field_error

T = TypeVar("T", bound=BaseModel)

PERSON = ("name", "email", "phone")
INTERPRETED = (
    "sq", "ar", "bg", "zh", "gsg", "en", "fr", "ka", "el", "it", "ckb", "kmr", "hr", "ps", "fa", "pl", "pt", "ro", "ru",
    "sr", "sk", "sl", "so", "es", "ti", "cs", "tr", "uk", "hu", "ur", "vi",
)  # fmt: skip
"""The languages that the form offers to interpret; the interface takes any."""


@dataclass(frozen=True)
class Typed:
    """The form's values, as they were typed."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)

    def get(self, name: str) -> str:
        """Return a value; empty where none was given."""
        return self.values.get(name, "")


@dataclass(frozen=True)
class Given:
    """What was typed, what of it can be kept, and what is wrong with the rest."""

    typed: Typed
    particulars: Particulars
    errors: tuple[FieldError, ...] = ()


def given_in(form: SentForm) -> Given:
    """Return what a form gives; a field that cannot be kept is left out of the particulars and named in the errors."""
    typed = {name: form.get(name) for name in (*PERSON, "interpreter", *TICKS)}
    person, wrong = _read(Person, {name: typed[name].strip() or None for name in PERSON}, "person")
    ticked: dict[str, Any] = {name: bool(typed[name]) for name in TICKS}
    needs, wrong_needs = _read(Needs, {"interpreter": typed["interpreter"] or None, **ticked}, "needs")
    return Given(Typed(typed), Particulars(person, needs), (*wrong, *wrong_needs))


def judged(view: View, particulars: Particulars) -> tuple[tuple[FieldError, ...], Particulars]:
    """Return what is wrong with what was given; and it, a phone number in E.164 where everything is right."""
    if view.offer is None:
        return (), particulars
    try:
        return (), checked(view.offer, view.booking.channel, particulars)
    except Problem as problem:
        return tuple(problem.errors), particulars


def typed_before(view: View) -> Typed:
    """Return what a hold keeps, as it is typed."""
    person, needs = view.particulars.person, view.particulars.needs
    values = {name: getattr(person, name) or "" for name in PERSON}
    values["interpreter"] = needs.interpreter or ""
    return Typed({**values, **{name: "1" if getattr(needs, name) else "" for name in TICKS}})


def _read(kind: type[T], values: Mapping[str, Any], where: str) -> tuple[T, list[FieldError]]:
    try:
        return kind.model_validate(dict(values)), []
    except ValidationError as error:
        items = error.errors(include_input=False)
    wrong = {item["loc"][0] for item in items}
    errors = [field_error({**item, "loc": ("body", where, *item["loc"])}) for item in items]
    return kind.model_validate({name: value for name, value in values.items() if name not in wrong}), errors
