"""What may be sent. Unknown fields are refused, so that a typing mistake is never a wrong booking."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from durchwahl.model.booking import Given, LanguageTag, Line, Needs, Paragraph, Person

EXAMPLE_BOOKING: dict[str, Any] = {
    "hold": "3f0c9d0e5b1a4e6f8d7c6b5a49382716",
    "token": "…",
    "person": {"name": "Erika Beispiel", "email": "erika@example.org", "phone": None},
    "answers": {},
    "needs": {"interpreter": "uk", "support_person": True, "captions": False, "easy_language": False},
    "lang": "de",
}


class HoldWanted(Given):
    """`POST /v1/holds`."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"slot": "q7Jx…", "lang": "de"}]})

    slot: str = Field(max_length=1000)
    lang: LanguageTag | None = None
    continues: "HoldProof | None" = Field(
        default=None, description="a hold that was lost: what was typed into it comes along"
    )


class HoldProof(Given):
    """A hold with its token."""

    hold: str = Field(max_length=64)
    token: str = Field(max_length=200, repr=False)


class BookingWanted(HoldProof):
    """`POST /v1/bookings`. Without `person`, what came along with the hold is used."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_BOOKING]})

    person: Person = Person()
    answers: dict[Annotated[str, Field(max_length=64)], Annotated[Paragraph, Field(max_length=2000)]] = Field(
        default_factory=dict, max_length=50, repr=False
    )
    needs: Needs = Needs()
    lang: LanguageTag | None = None


class RescheduleWanted(Given):
    """`POST /v1/bookings/{id}/reschedule`."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"slot": "q7Jx…"}]})

    slot: str = Field(max_length=1000)


class ContactCorrected(Given):
    """`POST /v1/bookings/{id}/contact`. The name stays: appointments are not for sale."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"email": "erika@example.org"}]})

    email: Annotated[Line, Field(max_length=254)] | None = Field(default=None, repr=False)
    phone: Annotated[Line, Field(max_length=40)] | None = Field(default=None, repr=False)


class VerifyWanted(Given):
    """`POST /v1/bookings/{id}/verify`."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"token": "…"}]})

    token: str = Field(max_length=200, repr=False)
