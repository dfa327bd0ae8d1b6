"""Every call of a source goes through here: deadline, bulkhead, repeats, breaker, and the truth about outcomes."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from durchwahl.errors import NotSent, OutcomeUnknown, Refused, Rejected, SourceError, Unavailable
from durchwahl.plugin.settings import SecretMissing
from durchwahl.sources.breaker import (
    FAILURES_UNTIL_OPEN,
    FIRST_PAUSE,
    LONGEST_PAUSE,
    RETRY_SHARE,
    Breaker,
    RetryBudget,
)
from durchwahl.sources.health import Health, PluginBug, PluginBugAfterSending, Standing
from durchwahl.sources.http.deadline import with_deadline

__all__ = [
    "AT_ONCE",
    "FAILURES_UNTIL_OPEN",
    "FIRST_PAUSE",
    "LONGEST_PAUSE",
    "RETRY_SHARE",
    "Supervisor",
    "describe",
]

T = TypeVar("T")

AT_ONCE = 20


class Supervisor:
    """Guards the calls of one source.

    `plugin` is name and version, for the log of a plugin's bug; `place` says where its settings are, for the operator
    who has to mend them; `deadline` is in seconds. A source that is not live is never written to.
    """

    def __init__(
        self,
        source: str,
        *,
        plugin: str,
        deadline: float,
        place: str = "its settings",
        at_once: int = AT_ONCE,
        is_live: bool = True,
    ) -> None:
        self.source = source
        self._plugin = plugin
        self._deadline = deadline
        self._is_live = is_live
        self._standing = Standing(source, plugin=plugin, place=place)
        self._bulkhead = asyncio.Semaphore(at_once)
        self._breaker = Breaker()
        self._budget = RetryBudget()

    @property
    def health(self) -> Health:
        """What the latest calls have shown."""
        return self._standing.health

    async def read(self, call: Callable[[], Awaitable[T]]) -> T:
        """Call something that changes nothing; one repeat within the budget where the first attempt failed.

        Raises:
            SourceError: as classed by the source; a deadline is `Unavailable`; a plugin's bug is `Unavailable`.
        """
        self._budget.earn()
        try:
            return await self._once(call, write=False)
        except Unavailable as error:
            if not self._is_worth_a_repeat(error):
                raise
        await asyncio.sleep(random.uniform(0.02, 0.1))  # noqa: S311  # jitter, not a secret
        return await self._once(call, write=False)

    async def write(self, call: Callable[[], Awaitable[T]]) -> T:
        """Call something that may change the system; never repeated here, because the journal repeats it by name.

        Raises:
            SourceError: a deadline after the first byte is `OutcomeUnknown`, before it `NotSent`, as is every write to
                a source whose `mode` is not live.
        """
        if not self._is_live:
            raise NotSent("Nothing is written to this system for the time being.", detail="its `mode` is not live")
        return await self._once(call, write=True)

    async def answer(self, call: Callable[[], Awaitable[T]]) -> T:
        """Let the plugin answer a call from outside: once, in time, and without any bearing on what we ask of it.

        Whatever a stranger sends must neither keep the gateway from asking the source nor make it look ill.

        Raises:
            SourceError: as for a read.
        """
        try:
            return await self._in_time(call, write=False)
        except (PluginBug, PluginBugAfterSending) as error:
            self._standing.failed_to_answer(error)
            raise

    def _is_worth_a_repeat(self, error: Unavailable) -> bool:
        if error.retry_after is not None or isinstance(error, PluginBug):
            return False
        return self._breaker.failures < FAILURES_UNTIL_OPEN and self._budget.spend()

    async def _once(self, call: Callable[[], Awaitable[T]], *, write: bool) -> T:
        loop = asyncio.get_running_loop()
        is_trial = self._admitted(loop.time())
        try:
            result = await self._in_time(call, write=write)
        except asyncio.CancelledError:
            if is_trial:
                self._breaker.trying = False
            raise
        except SourceError as error:
            self._note_failure(error, loop.time())
            raise
        self._note_success()
        return result

    def _admitted(self, now: float) -> bool:
        """Return whether the call is the one that tries after a pause; raise `NotSent` where none may go out."""
        was_trying = self._breaker.trying
        if self._breaker.admits(now):
            return self._breaker.trying and not was_trying
        message = "The system has failed repeatedly and is left alone for a moment."
        if self.health.state == "refused":
            message = "The system has refused the gateway's credentials and is left alone until they are mended."
        raise NotSent(message, retry_after=max(0.0, self._breaker.open_until - now))

    async def _in_time(self, call: Callable[[], Awaitable[T]], *, write: bool) -> T:
        task = asyncio.current_task()
        cancellations = task.cancelling() if task is not None else 0
        with with_deadline(self._deadline) as sent:
            try:
                async with asyncio.timeout(self._deadline), self._bulkhead:
                    return await call()
            except TimeoutError as error:
                detail = f"no answer within {self._deadline:g} s"
                if write and sent.started:
                    raise OutcomeUnknown("The system did not answer in time.", detail=detail) from error
                raise (NotSent if write else Unavailable)(
                    "The system did not answer in time.", detail=detail
                ) from error
            except SourceError:
                raise
            except SecretMissing as error:
                raise Refused("The system's password is not where the config says.", detail=str(error)) from error
            except BaseException as error:
                if _ends_us(error, task, cancellations):
                    raise
                detail = f"{type(error).__name__} in plugin {self._plugin}"
                broken = PluginBugAfterSending if write and sent.started else PluginBug
                raise broken("The plugin for this system failed.", detail=detail) from error

    def _note_failure(self, error: SourceError, now: float) -> None:
        if isinstance(error, Rejected):
            self._note_success()
            return
        wait = error.retry_after if isinstance(error, Unavailable) else None
        if isinstance(error, Refused):
            self._breaker.refused(now)
            wait = self._breaker.open_until - now
        else:
            self._breaker.failed(now, wait=wait)
        self._standing.fails(error, retry_after=wait)

    def _note_success(self) -> None:
        self._breaker.succeeded()
        self._standing.works()


def _ends_us(error: BaseException, task: "asyncio.Task[Any] | None", cancellations: int) -> bool:
    """Whether we are to end, and not the plugin by itself, which could raise the same."""
    if isinstance(error, asyncio.CancelledError):
        return task is not None and task.cancelling() > cancellations
    if isinstance(error, GeneratorExit):  # closed from outside, where this task does not run
        try:
            return asyncio.current_task() is not task
        except RuntimeError:
            return True
    return False


def describe(health: Health) -> dict[str, Any]:
    """Return the health as the API shows it."""
    return {
        "state": health.state,
        "since": health.since.isoformat(),
        "message": health.message,
        "retry_after": health.retry_after,
    }
