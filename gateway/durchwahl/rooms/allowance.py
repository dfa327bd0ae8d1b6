"""How often one side of a room may speak: a bucket of tokens each.

Kept in the memory of the process: a visitor who reaches several processes may say as many times as much, which harms
nobody. What it guards against is one that floods.
"""

import time
from collections.abc import Callable, Hashable

MANY = 1_000


class Allowance:
    """Lets everybody do something `burst` times at once, and `a_second` times a second in the long run.

    With a `debt`, what is refused counts, too: whoever goes on has to wait the longer, and is overdrawn when as many as
    that were refused. Without one, refused attempts are free.
    """

    def __init__(
        self, *, a_second: float, burst: int, debt: int = 0, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._a_second = a_second
        self._burst = burst
        self._debt = debt
        self._now = now
        self._left: dict[Hashable, tuple[float, float]] = {}

    def takes(self, who: Hashable) -> bool:
        """Whether it may be done once more; it counts as done."""
        now = self._now()
        left, at = self._left.get(who, (float(self._burst), now))
        left = min(self._burst, left + (now - at) * self._a_second)
        if left < 1 and not self._debt:
            return False
        if len(self._left) >= MANY:
            self._forget_the_quiet(now)
        self._left[who] = (max(left - 1, -self._debt), now)
        return left >= 1

    def is_overdrawn(self, who: Hashable) -> bool:
        """Whether somebody has gone on so long, although refused, that it can be no accident."""
        return self._debt > 0 and who in self._left and self._left[who][0] <= -self._debt

    def _forget_the_quiet(self, now: float) -> None:
        """Forget whose bucket is full again: that is the same as never having been there."""
        full_after = (self._burst + self._debt) / self._a_second
        self._left = {who: known for who, known in self._left.items() if now - known[1] < full_after}
