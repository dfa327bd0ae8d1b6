"""What a bench found out, and whether it is what was promised."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One measured figure. Where neither bound is given it is only reported.

    `unit` is empty for a ratio. `detail` goes into the JSON file and nowhere else: rounds, counts, absolute figures.
    """

    bench: str
    name: str
    value: float
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_required(self) -> bool:
        """Whether the bench fails on it."""
        return self.at_least is not None or self.at_most is not None

    @property
    def holds(self) -> bool:
        """Whether it keeps what was promised; a figure without a promise always does."""
        return (self.at_least is None or self.value >= self.at_least) and (
            self.at_most is None or self.value <= self.at_most
        )

    @property
    def requirement(self) -> str:
        """The promise as it stands in a table, empty where there is none."""
        bounds = [f"≥ {self.at_least:g}" if self.at_least is not None else ""]
        bounds.append(f"≤ {self.at_most:g}" if self.at_most is not None else "")
        return " ".join(bound for bound in bounds if bound)

    def as_json(self) -> dict[str, Any]:
        """Return the figure for the JSON file."""
        return {
            "bench": self.bench,
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "at_least": self.at_least,
            "at_most": self.at_most,
            "holds": self.holds,
            "detail": dict(self.detail),
        }


@dataclass(frozen=True)
class Plan:
    """How much is measured: `rounds` of everything, each contender for `seconds` where it is a matter of time."""

    short: bool = False
    profile: bool = False

    @property
    def rounds(self) -> int:
        """How often each contender has its turn."""
        return 3 if self.short else 5

    @property
    def seconds(self) -> float:
        """How long a turn lasts."""
        return 1.0 if self.short else 2.0


def all_hold(figures: Iterable[Figure]) -> bool:
    """Whether every promise is kept."""
    return all(figure.holds for figure in figures)
