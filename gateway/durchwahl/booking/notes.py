"""What the office has said of a booking to its citizen: why it was moved, cancelled or refused, sealed with its key."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic_core import from_json, to_json

from durchwahl.booking.keys import BookingKey
from durchwahl.model.states import LIVE, State

NoteKind = Literal["refused", "moved_by_office", "cancelled_by_office"]
LONGEST_REASON = 500
STATES_AFTER: Mapping[NoteKind, frozenset[State]] = {
    "refused": frozenset({State.REFUSED}),
    "moved_by_office": LIVE,
    "cancelled_by_office": frozenset({State.CANCELLING, State.CANCELLED}),
}
"""Where a booking stands after what the office has done."""


@dataclass(frozen=True)
class Note:
    """What was done, and why, in the office's own words; `placement` is the place that it is said of."""

    kind: NoteKind
    placement: int
    reason: str = field(repr=False)

    def sealed(self, key: BookingKey) -> bytes:
        """Return the note as the journal keeps it."""
        return key.seal(to_json([self.kind, self.placement, self.reason]), "note")

    @classmethod
    def opened(cls, sealed: bytes, key: BookingKey) -> "Note":
        """Return what the journal keeps."""
        return cls(*from_json(key.unseal(sealed, "note")))

    def stands(self, placement: int, state: str) -> bool:
        """Whether it is still what has become of a booking: nobody has moved or cancelled it since."""
        return placement == self.placement and state in STATES_AFTER[self.kind]


def checked_reason(text: str) -> str:
    """Return the reason as it goes to citizens: one line, as it was typed.

    Raises:
        ValueError: it is empty, too long, or has a control character; the text says which.
    """
    reason = text.strip()
    if not reason:
        raise ValueError("is empty: citizens read it")
    if len(reason) > LONGEST_REASON:
        raise ValueError(f"has {len(reason)} characters; at most {LONGEST_REASON} go into a mail")
    for place, character in enumerate(reason, start=1):
        # Cc: control characters; Zl, Zp: separators of lines; Cs: half a character
        if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp"):
            raise ValueError(f"has a control character (U+{ord(character):04X}) at place {place}: write one line")
    return reason
