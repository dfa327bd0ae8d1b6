"""How a mail leaves the gateway: into a folder, or to the city's mail server (`smtp.py`)."""

import asyncio
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from durchwahl.errors import Unavailable


class Outgoing(Protocol):
    """A way out. A mail is sent at least once; its Message-ID lets the second one be known for the same."""

    async def send(self, message: EmailMessage) -> None:
        """Hand the mail on; when this returns it is out of our hands and safe.

        Raises:
            Unavailable: not now; repeat the same mail later.
            OutcomeUnknown: it may have gone out; repeat the same mail: twice is better than never.
            Rejected: (`reason="mail"`) nobody takes mail for this address, or not this mail; don't repeat.
            Refused: the mail server does not accept us; an operator has to act.
            ValueError: a mail without a Message-ID: its repeat could not be told from another mail.
        """


class Maildir:
    """A maildir that any mail program opens: written to `tmp`, safe on the disk, then moved to `new`.

    A file is named by the hash of its Message-ID: nothing of the mail stands in the name, and a repeated mail
    takes the place of the first. Folders are made for their owner alone (0700), and at once: `new` is there to be
    watched before the first mail. Where that is not possible, sending says so.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with suppress(OSError):
            self._make_folders()

    async def send(self, message: EmailMessage) -> None:
        """Put the mail into the folder; see `Outgoing.send`."""
        name = self._name(message)
        await asyncio.to_thread(self._write, name, message.as_bytes())

    def _name(self, message: EmailMessage) -> str:
        if not message["Message-ID"]:
            raise ValueError("a mail without a Message-ID")
        return f"{sha256(str(message['Message-ID']).encode()).hexdigest()[:32]}.eml"

    def _write(self, name: str, content: bytes) -> None:
        with _disk_trouble():
            self._make_folders()
            if self._was_read(name):
                return
            draft = self._path / "tmp" / f"{name}.{secrets.token_hex(4)}"
            try:
                _write_through(draft, content)
                draft.replace(self._path / "new" / name)
            finally:
                draft.unlink(missing_ok=True)
            _sync_folder(self._path / "new")

    def _make_folders(self) -> None:
        for folder in (self._path, *(self._path / part for part in ("tmp", "new", "cur"))):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _was_read(self, name: str) -> bool:
        """Whether a mail program has moved it on: to `cur`, with its flags behind a colon."""
        return any(path.name.split(":")[0] == name for path in (self._path / "cur").glob(f"{name}*"))


@contextmanager
def _disk_trouble() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable("The mail could not be put into its folder.", detail=f"maildir: {error}") from error


def _write_through(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    """Make the new name itself survive a power cut; without this only the content would."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
