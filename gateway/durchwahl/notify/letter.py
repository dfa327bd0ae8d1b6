"""A letter to a citizen before it is written: everything that it may say."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

LetterKind = Literal[
    "confirmation", "change", "corrected", "not_moved", "cancellation", "reminder", "verify", "cancelled_by_office",
    "expired", "unresolved", "requested", "refused", "unanswered", "moved_by_office",
]  # fmt: skip
PhoneMode = Literal["callback", "citizen_calls"]


@dataclass(frozen=True, kw_only=True)
class Letter:
    """Everything that a mail to a citizen may say; nothing of it is the citizen's own text but the address.

    Instants are aware; `zone` is the IANA name of the city's. `version` counts the mails of one kind that
    differ, `sequence` the changes of the appointment (RFC 5545 §3.8.7.4). `written_at` is when the mail was
    decided on, not when it is sent: with it a repeat is the same mail, byte for byte. `phone_number` is the
    one for the citizen to call, where it differs from the department's. `spoken` are the tags of the languages
    of the talk, where they need a word. `service_names`, `documents` and
    `notice` are in `language`. `until` is when a request expires, `reason` why the office did what it did, in its
    own words, `again_url` where another appointment can be chosen.
    """

    kind: LetterKind
    to: str = field(repr=False)
    language: str
    booking_id: str
    version: int
    reference: str
    start: datetime
    end: datetime
    zone: str
    city: str
    department_name: str
    department_phone: str | None
    service_names: tuple[str, ...]
    channel: str
    spoken: tuple[str, ...] = ()
    phone_mode: PhoneMode | None = None
    phone_number: str | None = None
    documents: tuple[str, ...] = ()
    manage_url: str = field(repr=False)
    join_url: str | None = field(default=None, repr=False)
    verify_url: str | None = field(default=None, repr=False)
    notice: str = ""
    discreet: bool
    sequence: int
    previous_start: datetime | None = None
    until: datetime | None = None
    reason: str = field(default="", repr=False)
    again_url: str = field(default="", repr=False)
    written_at: datetime

    @property
    def host(self) -> str:
        """The public host: what Message-ID and UID end in."""
        return urlsplit(self.manage_url).hostname or ""
