"""Every call of a source goes through here: deadline, bulkhead, retries, breaker, and the truth about outcomes.

The numbers follow what proved itself elsewhere: at most 20 % of calls may be repeats (Envoy's and Finagle's retry
budget), five failures in a row open the breaker, and a source is logged once when it goes and once when it is back.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

from durchwahl.errors import Invalid, NotSent, OutcomeUnknown, Refused, Rejected, SourceError, Unavailable
from durchwahl.plugin.settings import SecretMissing
from durchwahl.sources.http.deadline import with_deadline

T = TypeVar("T")

FAILURES_UNTIL_OPEN = 5
FIRST_PAUSE = 5.0
LONGEST_PAUSE = 120.0
RETRY_SHARE = 0.2
RETRY_RESERVE = 3.0
AT_ONCE = 20

logger = logging.getLogger("durchwahl.sources")


@dataclass
class Breaker:
    """Opens after failures in a row and lets one call through after each pause. Times are of the loop's clock."""

    failures: int = 0
    open_until: float = 0.0
    pause: float = FIRST_PAUSE
    trying: bool = False

    def admits(self, now: float) -> bool:
        """Whether a call may go out; after the pause exactly one may, until it has succeeded or failed."""
        if self.failures < FAILURES_UNTIL_OPEN:
            return True
        if now < self.open_until or self.trying:
            return False
        self.trying = True
        return True

    def succeeded(self) -> None:
        """Close."""
        self.failures, self.pause, self.trying = 0, FIRST_PAUSE, False

    def failed(self, now: float, *, wait: float | None = None) -> None:
        """Count a failure; `wait` seconds were asked for by the system itself."""
        self.failures += 1
        self.trying = False
        if wait is not None:
            self.failures = max(self.failures, FAILURES_UNTIL_OPEN)
            self.open_until = now + min(wait, 3_600.0)
        elif self.failures >= FAILURES_UNTIL_OPEN:
            self.open_until = now + self.pause
            self.pause = min(self.pause * 2, LONGEST_PAUSE)


@dataclass
class RetryBudget:
    """At most one repeat in five calls, plus a small reserve for sources that are seldom asked."""

    tokens: float = RETRY_RESERVE

    def earn(self) -> None:
        """Count a first attempt."""
        self.tokens = min(RETRY_RESERVE * 4, self.tokens + RETRY_SHARE)

    def spend(self) -> bool:
        """Take the right to one repeat, if there is one."""
        if self.tokens < 1.0:
            return False
        self.tokens -= 1.0
        return True


@dataclass
class Health:
    """What is known of a source: shown by `/v1/sources`, `durchwahl sources` and every availability."""

    state: Literal["ok", "unavailable"] = "ok"
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    message: str | None = None
    retry_after: float | None = None


class Supervisor:
    """Guards the calls of one source. `plugin` is name and version, for the log of a plugin's bug."""

    def __init__(self, source: str, *, plugin: str, deadline: float, at_once: int = AT_ONCE) -> None:
        self.source = source
        self.health = Health()
        self._plugin = plugin
        self._deadline = deadline
        self._bulkhead = asyncio.Semaphore(at_once)
        self._breaker = Breaker()
        self._budget = RetryBudget()

    async def read(self, call: Callable[[], Awaitable[T]]) -> T:
        """Call something that changes nothing; one repeat within the budget where the first attempt failed.

        Raises:
            SourceError: as classed by the source; a deadline is `Unavailable`; a plugin's bug is `Unavailable`.
        """
        self._budget.earn()
        try:
            return await self._once(call, write=False)
        except Unavailable as error:
            if error.retry_after is not None or self._breaker.failures >= FAILURES_UNTIL_OPEN:
                raise
            if not self._budget.spend():
                raise
        await asyncio.sleep(random.uniform(0.02, 0.1))  # noqa: S311  # jitter, not a secret
        return await self._once(call, write=False)

    async def write(self, call: Callable[[], Awaitable[T]]) -> T:
        """Call something that may change the system; never repeated here, because the journal repeats it by name.

        Raises:
            SourceError: a deadline after the first byte is `OutcomeUnknown`, before it `NotSent`.
        """
        return await self._once(call, write=True)

    async def _once(self, call: Callable[[], Awaitable[T]], *, write: bool) -> T:
        loop = asyncio.get_running_loop()
        was_trying = self._breaker.trying
        if not self._breaker.admits(loop.time()):
            wait = max(0.0, self._breaker.open_until - loop.time())
            raise NotSent("The system has failed repeatedly and is left alone for a moment.", retry_after=wait)
        is_trial = self._breaker.trying and not was_trying
        try:
            result = await self._in_time(call, write=write)
        except asyncio.CancelledError:
            if is_trial:
                self._breaker.trying = False
            raise
        except (Rejected, OutcomeUnknown, Unavailable, Refused, Invalid) as error:
            self._note_failure(error, loop.time())
            raise
        self._note_success()
        return result

    async def _in_time(self, call: Callable[[], Awaitable[T]], *, write: bool) -> T:
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
            except (Exception, SystemExit) as error:
                logger.exception("plugin %s failed in source %s", self._plugin, self.source)
                detail = f"{type(error).__name__} in plugin {self._plugin}"
                broken = OutcomeUnknown if write and sent.started else Unavailable
                raise broken("The plugin for this system failed.", detail=detail) from error

    def _note_failure(self, error: SourceError, now: float) -> None:
        if isinstance(error, Rejected):
            self._note_success()
            return
        self._breaker.failed(now, wait=error.retry_after if isinstance(error, Unavailable) else None)
        self.health.message = error.message
        self.health.retry_after = error.retry_after if isinstance(error, Unavailable) else None
        if self.health.state == "ok":
            self.health.state, self.health.since = "unavailable", datetime.now(UTC)
            logger.warning("source %s is unavailable: %s (%s)", self.source, error.message, error.detail)

    def _note_success(self) -> None:
        self._breaker.succeeded()
        if self.health.state != "ok":
            logger.warning("source %s is back", self.source)
            self.health = Health()


def describe(health: Health) -> dict[str, Any]:
    """Return the health as the API shows it."""
    return {
        "state": health.state,
        "since": health.since.isoformat(),
        "message": health.message,
        "retry_after": health.retry_after,
    }
