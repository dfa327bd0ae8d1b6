"""What goes wrong in a world, drawn from its seed: how often, and what exactly, each time.

While `is_over`, nothing goes wrong.
"""

from dataclasses import dataclass, field
from random import Random

SWALLOWED = "swallowed"
"""It was done, and nobody hears of it."""
LOST = "lost"
"""It was not done, and nobody hears of it."""
LATE = "late"
"""Nobody hears of it, and it is done only after a while."""
GARBLED = "garbled"
"""It was done, and the answer cannot be understood."""
UNREACHABLE = "unreachable"
"""Nothing went out."""
BUSY = "busy"
"""Not now, come back later."""
REFUSED = "refused"
"""Our credentials, for a while."""
BUG = "bug"
"""The plugin itself breaks after it has written."""

ON_WRITE = (*[SWALLOWED] * 3, *[LATE] * 4, LOST, GARBLED, UNREACHABLE, BUSY, BUG)
"""What was done and is not known does most harm: it comes most often."""
ON_READ = (LOST, GARBLED, UNREACHABLE, BUSY)


@dataclass
class Faults:
    """How ill a world is. Chances are per call or per step; each world draws its own, many of them naught."""

    random: Random
    call: float = 0.0
    store: float = 0.0
    crash: float = 0.0
    freeze: float = 0.0
    mail: float = 0.0
    clerk: float = 0.0
    refusal: float = 0.0
    """Of our credentials, in place of another fault: after one, a system is left alone for minutes."""
    slow: float = 0.0
    """How long a department's system takes for a call, on average, in seconds."""
    is_over: bool = False
    met: dict[str, int] = field(default_factory=dict)

    @classmethod
    def drawn(cls, random: Random) -> "Faults":
        """Draw a world's illness: swarms of worlds that are each ill in few ways find more than one that is all ill."""

        def chance(most: float) -> float:
            return random.random() * most if random.random() < 0.6 else 0.0

        return cls(
            random,
            call=random.choice((0.0, 0.05, 0.2, 0.5)),
            store=chance(0.08),
            crash=random.choice((0.0, 0.0, 0.01, 0.03)),
            freeze=chance(0.1),
            mail=chance(0.3),
            clerk=chance(0.6),
            refusal=random.choice((0.0, 0.0, 0.0, 0.05, 0.3)),
            slow=random.choice((0.0, 0.0, 0.3, 3.0)),
        )

    def of_call(self, *, write: bool) -> str | None:
        """Return what goes wrong with a call of a department's system, None where nothing does."""
        if not self._strikes("call"):
            return None
        return self._one_of((REFUSED,) if self._strikes("refusal") else ON_WRITE if write else ON_READ)

    def of_store(self) -> str | None:
        """Return `before` or `after` where the database goes away before or after its commit."""
        return self._one_of(("before", "after")) if self._strikes("store") else None

    def of_mail(self) -> str | None:
        """Return what goes wrong with a mail."""
        return self._one_of((SWALLOWED, LOST, BUSY)) if self._strikes("mail") else None

    def strikes(self, what: str, *, times: int = 1) -> bool:
        """Whether something happens now: `crash`, `freeze`, `clerk`; so many times as often as elsewhere."""
        return self._strikes(what, times) and self._noted(what)

    def delay(self) -> float:
        """Return how long a system takes for a call."""
        return self.random.expovariate(1 / self.slow) if self.slow and not self.is_over else 0.0

    def _strikes(self, what: str, times: int = 1) -> bool:
        return not self.is_over and self.random.random() < times * getattr(self, what)

    def _one_of(self, kinds: tuple[str, ...]) -> str:
        kind = self.random.choice(kinds)
        self._noted(kind)
        return kind

    def _noted(self, kind: str) -> bool:
        self.met[kind] = self.met.get(kind, 0) + 1
        return True
