"""Which numbers a department may be asked to call."""

import re
from typing import Any

from durchwahl.errors import DurchwahlError

_EXTENSION = re.compile(r"\b(?:durchwahl|dw|apparat|app|nebenstelle|nst)\b", re.IGNORECASE)
"""How people in Germany say so; phonenumbers knows `ext` and `x`."""
_NOBODYS_COUNTRY = "001"
"""What phonenumbers calls the region of numbers that belong to no country: satellite, universal, international."""


class NotCallable(DurchwahlError):
    """No department calls this number; `reason` is a key of the language catalogues below `wrong.`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def callable_number(number: str, region: str = "DE") -> str:
    """Return the number in E.164; without a country code it is one of `region`.

    An extension would be lost in E.164, and not everything that dials knows `;ext=`: it is refused, because the
    number of the extension itself is what has to be dialled.

    Raises:
        NotCallable: `no_phone_number`, `phone_extension`, `costly_phone_number`.
    """
    import phonenumbers  # noqa: PLC0415  # 8 MB that only a booking with a number needs

    if _EXTENSION.search(number):
        raise NotCallable("phone_extension")
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException as error:
        raise NotCallable("no_phone_number") from error
    if parsed.extension:
        raise NotCallable("phone_extension")
    if not phonenumbers.is_valid_number(parsed):
        raise NotCallable("no_phone_number")
    if _is_costly(phonenumbers, parsed):
        raise NotCallable("costly_phone_number")
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def readable_number(number: str) -> str:
    """Return a number in groups, as people compare it; what is none as it is."""
    import phonenumbers  # noqa: PLC0415  # see callable_number

    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def _is_costly(phonenumbers: Any, parsed: Any) -> bool:
    """Whether calling it costs the department more than calling a person does."""
    kinds = phonenumbers.PhoneNumberType
    costly = {
        kinds.PREMIUM_RATE, kinds.SHARED_COST, kinds.UAN, kinds.PERSONAL_NUMBER, kinds.PAGER, kinds.VOICEMAIL
    }  # fmt: skip
    region = phonenumbers.region_code_for_number(parsed)
    return region == _NOBODYS_COUNTRY or phonenumbers.number_type(parsed) in costly
