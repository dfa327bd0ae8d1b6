"""Reads the maildir that a demonstration's mails go to. Files are read with limits; none is ever changed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from durchwahl.model.text import INTERFACE_LANGUAGES

MOST_MAILS = 200
LARGEST_MAIL = 2_000_000
LARGEST_HEAD = 65_536
"""In bytes."""
LONGEST_TEXT = 50_000
LONGEST_LINE = 500
"""In characters."""
_FILE = re.compile(r"(?P<id>[0-9a-f]{32})\.eml(?::[^/]*)?")
_LANGUAGE = re.compile(rb"^Content-Language: ([a-z]{2})\r?$", re.MULTILINE)
_UNREADABLE = (MessageError, ValueError, LookupError)
"""What reading a damaged mail raises; a mail of ours is none."""


@dataclass(frozen=True)
class Envelope:
    """What a list says of a mail. `at` is aware; `subject` and `to` are empty where they cannot be read."""

    id: str
    to: str = field(repr=False)
    sender: str
    subject: str = field(repr=False)
    at: datetime
    language: str = ""


@dataclass(frozen=True)
class Attachment:
    """A file that came with a mail; `name` has letters, digits, dots and hyphens only."""

    name: str
    content: bytes = field(repr=False)
    is_calendar: bool


@dataclass(frozen=True)
class Mail:
    """A mail as a page shows it; `text` is None where it cannot be read."""

    envelope: Envelope
    text: str | None = field(repr=False)
    is_shortened: bool
    attachments: tuple[Attachment, ...]


class Mailbox:
    """The folder, read anew each time. Its methods wait for the disk: call them beside the event loop."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def newest(self) -> list[Envelope]:
        """Return the newest mails, the newest first; none where there is no folder."""
        files = sorted(self._files(), key=lambda path: (_changed(path), path.name), reverse=True)
        heads = [(path, _read(path, LARGEST_HEAD)) for path in files[:MOST_MAILS]]
        return [_envelope(path, raw, _parsed(raw, only_head=True)) for path, raw in heads]

    def mail(self, mail_id: str) -> Mail | None:
        """Return a mail, None where there is none."""
        path = next((path for path in self._files() if _id_of(path) == mail_id), None)
        if path is None:
            return None
        raw = _read(path, LARGEST_MAIL)
        message = _parsed(raw)
        text = _text(message)
        return Mail(
            envelope=_envelope(path, raw, message),
            text=None if text is None else text[:LONGEST_TEXT],
            is_shortened=text is not None and len(text) > LONGEST_TEXT,
            attachments=tuple(_attachments(message)),
        )

    def _files(self) -> Iterator[Path]:
        for folder in ("new", "cur"):
            for path in (self._path / folder).glob("*.eml*"):
                if _id_of(path) and path.is_file() and not path.is_symlink():
                    yield path


def _id_of(path: Path) -> str:
    found = _FILE.fullmatch(path.name)
    return found["id"] if found else ""


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:  # a mail program has just moved it
        return 0


def _read(path: Path, limit: int) -> bytes:
    """Return the file, or what of it fits; nothing where it is gone."""
    try:
        with path.open("rb") as file:
            return file.read(limit)
    except OSError:
        return b""


def _parsed(raw: bytes, *, only_head: bool = False) -> EmailMessage:
    """Return the mail; an empty one where it is none."""
    try:
        return BytesParser(policy=policy.default).parsebytes(raw, headersonly=only_head)
    except _UNREADABLE:
        return EmailMessage()


def _envelope(path: Path, raw: bytes, message: EmailMessage) -> Envelope:
    # In a mail with a file it stands at the text's own part, which nobody else needs for a list.
    language = found[1].decode() if (found := _LANGUAGE.search(raw)) else ""
    return Envelope(
        id=_id_of(path),
        to=_header(message, "To"),
        sender=_header(message, "From"),
        subject=_header(message, "Subject"),
        at=_sent(message) or datetime.fromtimestamp(_changed(path) / 1e9, UTC),
        language=language if language in INTERFACE_LANGUAGES else "",
    )


def _header(message: EmailMessage, name: str) -> str:
    try:
        text = str(message[name] or "")
    except _UNREADABLE:
        return ""
    return text if len(text) <= LONGEST_LINE else text[: LONGEST_LINE - 1] + "…"


def _sent(message: EmailMessage) -> datetime | None:
    try:
        sent = getattr(message["Date"], "datetime", None)
    except _UNREADABLE:
        return None
    return sent if isinstance(sent, datetime) and sent.tzinfo is not None else None


def _text(message: EmailMessage) -> str | None:
    try:
        body = message.get_body(("plain",))
        return None if body is None else str(body.get_content())
    except _UNREADABLE:
        return None


def _attachments(message: EmailMessage) -> Iterator[Attachment]:
    if not message.is_multipart():
        return
    for part in message.iter_attachments():
        content = part.get_payload(decode=True)
        name = re.sub(r"[^A-Za-z0-9.-]+", "-", part.get_filename() or "").strip("-.")[-80:]
        if isinstance(content, bytes):
            yield Attachment(name or "datei", content, part.get_content_type() == "text/calendar")
