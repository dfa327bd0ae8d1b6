"""When a source is asked again: the breaker that leaves it alone, and the budget of repeats.

The numbers follow what proved itself elsewhere: at most 20 % of calls may be repeats (Envoy's and Finagle's retry
budget), five failures in a row open the breaker. Refused credentials open it at once: many directories lock an account
after a handful of wrong passwords in half an hour, so that five tries in that time are all that are made.
"""

from dataclasses import dataclass

FAILURES_UNTIL_OPEN = 5
FIRST_PAUSE = 5.0
LONGEST_PAUSE = 120.0
LONGEST_REFUSED = 900.0
LONGEST_ASKED_FOR = 3_600.0
RETRY_SHARE = 0.2
RETRY_RESERVE = 3.0


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
            self._open(now + min(wait, LONGEST_ASKED_FOR))
        elif self.failures >= FAILURES_UNTIL_OPEN:
            self._pause(now, LONGEST_PAUSE)

    def refused(self, now: float) -> None:
        """Open at once: our credentials are wrong, and trying them often would lock the account."""
        self.trying = False
        self.pause = max(self.pause, LONGEST_PAUSE)
        self._pause(now, LONGEST_REFUSED)

    def _pause(self, now: float, longest: float) -> None:
        if now < self.open_until:
            return  # calls that were under way together fail together, and count as one
        pause = min(self.pause, longest)
        self._open(now + pause)
        self.pause = min(pause * 2, longest)

    def _open(self, until: float) -> None:
        self.failures = max(self.failures, FAILURES_UNTIL_OPEN)
        self.open_until = max(self.open_until, until)


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
