"""Where bugs are registered by their names."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

Planted = Callable[[], AbstractContextManager[Any]]
PLANTED: dict[str, Planted] = {}


def planted(function: Callable[[], Iterator[None]]) -> Planted:
    """Register a bug under its function's name."""
    PLANTED[function.__name__.replace("_", "-")] = plant = contextmanager(function)
    return plant
