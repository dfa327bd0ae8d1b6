"""How long a call of a source may still take, and whether a write has begun to leave the gateway."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Sent:
    """Whether the first byte of a write went out in this call; an enclosing call learns it too."""

    __slots__ = ("_outer", "started")

    def __init__(self, outer: "Sent | None" = None) -> None:
        self.started = False
        self._outer = outer

    def mark(self) -> None:
        """Note that a write is on its way."""
        self.started = True
        if self._outer is not None:
            self._outer.mark()


call_deadline: ContextVar[float | None] = ContextVar("durchwahl_call_deadline", default=None)
"""When the present call has to be over, in the event loop's time; None where nobody has set a limit."""

call_sent: ContextVar[Sent | None] = ContextVar("durchwahl_call_sent", default=None)


@contextmanager
def with_deadline(seconds: float) -> Iterator[Sent]:
    """Let every request within end after `seconds` at the latest; an enclosing deadline still holds.

    It bounds requests only: the caller puts its own limit around whatever else the call does. Tasks that
    are started within share deadline and answer.
    """
    sent = Sent(call_sent.get())
    deadline = call_deadline.set(due(seconds))
    outer = call_sent.set(sent)
    try:
        yield sent
    finally:
        call_deadline.reset(deadline)
        call_sent.reset(outer)


def due(seconds: float) -> float:
    """Return when what may take `seconds` has to be over, in the loop's time; never later than the call."""
    latest = asyncio.get_running_loop().time() + seconds
    limit = call_deadline.get()
    return latest if limit is None else min(latest, limit)


def note_write() -> None:
    """Tell the present call, if there is one, that the first byte of a write is about to go out."""
    sent = call_sent.get()
    if sent is not None:
        sent.mark()
