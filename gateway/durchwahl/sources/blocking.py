"""A bounded number of threads for libraries that block."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import Any, TypeVar

from durchwahl.errors import NotSent
from durchwahl.sources.http.deadline import note_write

T = TypeVar("T")


class BoundedThreads:
    """Runs blocking functions, at most `limit` at once; the next one waits until a thread is free.

    A thread counts until its function returns, even when nobody waits for it any more: the deadline of a
    call frees the caller, not the thread. The threads are daemons, so one that hangs does not keep the
    gateway from stopping.
    """

    def __init__(self, *, limit: int = 4) -> None:
        self._free = asyncio.Semaphore(limit)
        self._closed = False

    async def __call__(self, func: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:
        """Run the function with the caller's context variables; return its result or raise what it raises.

        Raises:
            NotSent: the threads were closed before the function began.
        """
        await self._free.acquire()
        if self._closed:
            self._free.release()
            raise NotSent("The connection to the system is closed.", detail=f"{func!r} came after the close")
        # Nobody can tell what a thread has sent: if this call was to change something, it may have.
        note_write()
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[T] = loop.create_future()
        context = copy_context()

        def run() -> None:
            result, error = _outcome(lambda: context.run(func, *args, **kwargs))
            with contextlib.suppress(RuntimeError):  # the loop is gone, and with it whoever waited
                loop.call_soon_threadsafe(self._settle, outcome, result, error)

        threading.Thread(target=run, name="durchwahl-blocking", daemon=True).start()
        return await outcome

    def _settle(self, outcome: "asyncio.Future[Any]", result: Any, error: BaseException | None) -> None:
        self._free.release()
        if outcome.done():
            return
        if error is None:
            outcome.set_result(result)
        else:
            outcome.set_exception(error)

    async def aclose(self) -> None:
        """Begin nothing any more; what runs is left to end by itself."""
        self._closed = True


def _outcome(call: Callable[[], T]) -> tuple[T | None, BaseException | None]:
    try:
        return call(), None
    except StopIteration as error:
        # A future cannot carry it (PEP 479); without this the caller would wait for ever.
        return None, RuntimeError(f"the function raised {error!r}")
    except BaseException as error:  # noqa: BLE001  # handed to the caller, who is in another thread
        return None, error
