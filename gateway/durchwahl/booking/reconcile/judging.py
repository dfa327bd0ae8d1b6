"""When the reconciler stops itself: a calendar that is empty at once was emptied by nobody, it was put back or lost."""

import math
from dataclasses import dataclass

MOST_AT_ONCE = 20
SHARE = 0.05
"""Of a calendar's appointments to come."""
FEWEST = 2
"""So many may always go, in calendars that have more."""


@dataclass(frozen=True)
class Brake:
    """Whether appointments that are missing may be cancelled. `lately` counts those that were within a day."""

    standing: int
    missing: int
    lately: int = 0

    @property
    def allowed(self) -> int:
        """How many may be cancelled within a day."""
        return min(MOST_AT_ONCE, max(FEWEST, math.floor(SHARE * (self.standing + self.lately))))

    @property
    def holds(self) -> bool:
        """Whether nothing may be cancelled before somebody has looked."""
        if self.missing > 1 and self.missing == self.standing:
            return True
        return self.missing + self.lately > self.allowed and self.missing > 0
