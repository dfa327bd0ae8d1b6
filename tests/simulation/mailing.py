"""Mails in a world: which were sent, to whom, and when the talk begins by them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from durchwahl.audit.history import Letter
from durchwahl.booking import correspondence
from durchwahl.booking.context import milliseconds
from durchwahl.errors import OutcomeUnknown, Unavailable
from durchwahl.notify import clerk_letters, letters
from tests.simulation import faults

if TYPE_CHECKING:
    from tests.simulation.nodes import Node

_BEGINNING = re.compile(r"^DTSTART[^:]*:(\d{8}T\d{6})(Z?)", re.MULTILINE)
_VERIFICATION = re.compile(r"bestaetigen/([\w-]+)")


@dataclass(frozen=True)
class Sketch:
    """All that a world looks at in a mail. `link` proves an address; `starts` is None where no calendar file is."""

    id: str
    to: str
    starts: int | None
    link: str | None = None

    def __getitem__(self, header: str) -> str:
        """Return one of the headers that whoever sends looks at."""
        return {"Message-ID": self.id, "To": self.to}[header]

    @property
    def booking(self) -> str:
        """The booking that it is about."""
        return self.id.strip("<>").split(".")[0]

    def line(self, at: int) -> Letter:
        """Return the mail as a history has it."""
        booking, kind, version, *_ = self.id.split("@")[0].strip("<>").split(".")
        to = "clerk" if kind.startswith("clerk-") else "citizen"
        number = int(version) if version.isdigit() else 0
        return Letter(at, booking, kind.removeprefix("clerk-"), self.id, to, self.starts, number)


@contextmanager
def sketched() -> Iterator[None]:
    """Let mails be sketched in place of written: writing them takes as long as all the rest of a world."""
    with (
        patch.object(correspondence, "compose", lambda letter, _: _of(letter, letters, letter.kind)),
        patch.object(
            correspondence, "clerk_letter", lambda letter, _: _of(letter, clerk_letters, f"clerk-{letter.kind}")
        ),
    ):
        yield


def seen(message: EmailMessage | Sketch) -> Sketch:
    """Return what a world looks at in a mail that may be whole."""
    if isinstance(message, Sketch):
        return message
    text = message.get_body(("plain",)).get_content()
    files = [part.get_content() for part in message.iter_attachments() if part.get_content_type() == "text/calendar"]
    link = _VERIFICATION.search(text)
    starts = _beginning(files[0]) if files else None
    return Sketch(str(message["Message-ID"]), str(message["To"]), starts, link[1] if link else None)


def _of(letter: Any, module: Any, kind: str) -> Sketch:
    host = letter.host if module is letters else clerk_letters._host(letter)
    link = _VERIFICATION.search(getattr(letter, "verify_url", None) or "")
    names_a_time = module is clerk_letters or kind in letters._PUBLISHED | letters._WITHDRAWN
    starts = milliseconds(letter.start) if names_a_time else None
    return Sketch(
        module.message_id(letter.booking_id, kind, letter.version, host), letter.to, starts, link[1] if link else None
    )


def _beginning(file: str) -> int:
    when, is_utc = _BEGINNING.findall(file)[-1]  # those before are the zone's
    naive = datetime.strptime(when, "%Y%m%dT%H%M%S")  # noqa: DTZ007  # its zone is told beside it
    return milliseconds(naive.replace(tzinfo=UTC if is_utc else ZoneInfo("Europe/Berlin")))


class SimulatedMail:
    """One node's way to a mail server."""

    def __init__(self, node: "Node") -> None:
        self._node = node

    async def send(self, message: EmailMessage | Sketch) -> None:
        fault = self._node.world.faults.of_mail()
        await self._node.passes("a mail is sent")
        if fault == faults.BUSY:
            raise Unavailable("busy")
        if fault == faults.LOST:
            raise OutcomeUnknown("lost")
        self._node.world.delivered(seen(message))
        if fault == faults.SWALLOWED:
            raise OutcomeUnknown("swallowed")
        await self._node.passes("a mail was sent")
