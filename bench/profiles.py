"""Where the time goes: the functions that take the most of it themselves."""

import cProfile
import pstats
from collections.abc import Callable
from pathlib import Path
from typing import Any

SHOWN = 25


def hottest(work: Callable[[], object]) -> list[dict[str, Any]]:
    """Profile the work in this thread and return its hottest functions, by their own time."""
    profiler = cProfile.Profile()
    profiler.enable()
    try:
        work()
    finally:
        profiler.disable()
    statistics = pstats.Stats(profiler).stats  # type: ignore[attr-defined]  # typeshed does not know it
    found = [
        {"function": f"{Path(file).name}:{line} {name}", "calls": calls, "own": own, "total": total}
        for (file, line, name), (_, calls, own, total, _) in statistics.items()
    ]
    return sorted(found, key=lambda one: -one["own"])[:SHOWN]
