"""Mails that go nowhere."""

import asyncio
from email.message import EmailMessage


class Dropped:
    """A way out on which mails are rendered, as on every way out, and counted."""

    def __init__(self) -> None:
        self.sent = 0
        self._waiting: tuple[int, asyncio.Event] | None = None

    async def send(self, message: EmailMessage) -> None:
        """Render the mail and forget it."""
        message.as_bytes()
        self.sent += 1
        if self._waiting is not None and self.sent >= self._waiting[0]:
            self._waiting[1].set()

    async def reached(self, count: int) -> None:
        """Wait until so many mails were sent."""
        if self.sent < count:
            self._waiting = (count, asyncio.Event())
            await self._waiting[1].wait()
