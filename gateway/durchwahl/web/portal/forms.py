"""What a browser's form sends: `application/x-www-form-urlencoded`, read with limits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from fastapi import Request

from durchwahl.errors import Problem

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 60


@dataclass(frozen=True)
class SentForm:
    """The fields of a form; nothing of it is ever logged."""

    fields: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)

    def get(self, name: str) -> str:
        """Return a field's first value; empty where it was not sent."""
        return self.fields.get(name, ("",))[0]

    def ticked(self, name: str) -> bool:
        """Whether a checkbox was ticked."""
        return bool(self.get(name))

    @property
    def token(self) -> str:
        """The token of the page; a missing one is answered like a wrong one."""
        return self.get("token")


async def sent_form(request: Request) -> SentForm:
    """Return what was sent; nothing of another kind of body, which then lacks its token.

    Raises:
        Problem: `body-too-large` for more fields than any of our forms has.
    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    body = (await request.body()).decode("utf-8", "replace")
    try:
        return SentForm(parse_qs(body, max_num_fields=MOST_FIELDS) if kind == FORM else {})
    except ValueError as error:
        raise Problem("body-too-large") from error
