"""What a checker says is wrong."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Violation:
    """One thing that must not be. `invariant` is its number, `booking` the one concerned, where there is one."""

    invariant: str
    booking: str | None
    text: str

    def __str__(self) -> str:
        of = f" booking {self.booking}" if self.booking else ""
        return f"{self.invariant}{of}: {self.text}"
