"""What is wrong with a form, in sentences that stand beside a field and, with a link to it, above the form."""

from collections.abc import Mapping, Sequence

from durchwahl.errors import FieldError
from durchwahl.texts import translate

OWN_SENTENCES = frozenset({"required", "no_mail_address", "no_phone_number"})
"""Reasons for which a page says what to do in place of what is wrong; all others begin with the field's label."""


def sentences(errors: Sequence[FieldError], labels: Mapping[str, str], language: str) -> dict[str, str]:
    """Return what is wrong by the field's name; each sentence can stand alone."""
    said = {}
    for error in errors:
        name = error.pointer.rsplit("/", 1)[-1]
        label = labels.get(name, name)
        if error.reason in OWN_SENTENCES:
            said[name] = translate(f"page.wrong.{error.reason}", language, label=label)
        else:
            said[name] = f"{label} {translate(f'wrong.{error.reason}', language, **error.values)}"
    return said
