"""An event loop whose time is virtual and in which a seed decides what runs next.

Nothing ever waits: when nobody can run, the time jumps to the next timer. What a program hands to threads runs at once,
in the loop's own thread, so that one seed always gives one history.
"""

import asyncio
import heapq
from asyncio import events
from collections.abc import Callable
from random import Random
from typing import Any


class Stalled(RuntimeError):
    """Nobody can run, and no timer will change that."""


class SeededLoop(asyncio.BaseEventLoop):
    """Runs one ready callback at a time, drawn by `random`. `time()` is in virtual seconds since the loop began."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random
        self._now = 0.0
        self.set_exception_handler(lambda _loop, _context: None)  # what a killed node leaves behind tells nobody

    def time(self) -> float:
        """Return the virtual time."""
        return self._now

    def leap(self, seconds: float) -> None:
        """Let time pass during which nobody runs, as when a machine was asleep: timers come late."""
        self._now += seconds

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """Run in place of a thread, one turn later."""
        future = self.create_future()
        self.call_soon(_run, future, func, args)
        return future

    def _run_once(self) -> None:
        ready, scheduled = self._ready, self._scheduled
        while scheduled and scheduled[0]._cancelled:
            heapq.heappop(scheduled)._scheduled = False
        if not ready:
            if not scheduled:
                raise Stalled("nobody can run")
            self._now = max(self._now, scheduled[0]._when)
        while scheduled and scheduled[0]._when <= self._now:
            timer = heapq.heappop(scheduled)
            timer._scheduled = False
            ready.append(timer)
        place = self._random.randrange(len(ready))
        handle = ready[place]
        del ready[place]
        if not handle._cancelled:
            handle._run()

    def _write_to_self(self) -> None:
        """Wake nobody: there is one thread."""

    def _process_events(self, event_list: object) -> None:
        """Look at no sockets: there are none."""


def run(loop: SeededLoop, main: Any) -> Any:
    """Run a coroutine to its end in the loop; whatever else is under way then is dropped without a word."""
    try:
        return loop.run_until_complete(main)
    finally:
        _drop_all(loop)
        loop.close()


def _drop_all(loop: SeededLoop) -> None:
    """Forget the rest: cancelling it would let a node that was killed write its last words."""
    loop._ready.clear()
    loop._scheduled.clear()
    events._set_running_loop(None)


def _run(future: asyncio.Future[Any], func: Callable[..., Any], args: tuple[Any, ...]) -> None:
    if future.cancelled():
        return
    try:
        future.set_result(func(*args))
    except BaseException as error:  # noqa: BLE001  # handed on to whoever waits, as a thread pool does
        future.set_exception(error)
