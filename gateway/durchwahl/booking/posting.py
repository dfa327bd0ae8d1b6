"""Handing mails over: within a time that is shorter than a step's lease, and each one once at a time."""

import asyncio
from collections.abc import Callable
from email.message import EmailMessage

from durchwahl.errors import OutcomeUnknown, Unavailable
from durchwahl.notify.outgoing import Outgoing

DEADLINE = 20.0
"""How long a step waits for its mail, in seconds."""
MOST = 64
"""So many mails may be under way; a mail server that takes none gets no more of them."""


class Posting:
    """Sends mails by the way out that `outgoing` gives. A mail that takes long is waited for again, not sent again."""

    def __init__(self, outgoing: Callable[[], Outgoing]) -> None:
        self._outgoing = outgoing
        self._under_way: dict[str, asyncio.Task[None]] = {}

    async def send(self, message: EmailMessage) -> None:
        """Hand the mail on.

        Raises:
            OutcomeUnknown: it is still under way; ask for the same mail again.
            Unavailable: too many are. SourceError, ValueError: as `Outgoing.send`.
        """
        name = f"{message['Message-ID'] or id(message)} {message['To']}"
        sending = self._under_way.get(name)
        if sending is None:
            if len(self._under_way) >= MOST:
                raise Unavailable("The mail server takes no mails at the moment.")
            sending = asyncio.create_task(self._outgoing().send(message))
            self._under_way[name] = sending
        try:
            await asyncio.wait({sending}, timeout=DEADLINE)
        except asyncio.CancelledError:
            sending.cancel()
            self._under_way.pop(name, None)
            raise
        if not sending.done():
            raise OutcomeUnknown("The mail server has not answered yet.")
        self._under_way.pop(name, None)
        await sending
