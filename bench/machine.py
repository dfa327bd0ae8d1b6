"""What was measured on, in general words: no names and no paths."""

import os
import platform
import sqlite3
from importlib.metadata import version
from typing import Any

PACKAGES = ("aiohttp", "fastapi", "httptools", "httpx", "pydantic", "starlette", "uvicorn", "uvloop")


def described() -> dict[str, Any]:
    """Return cores, interpreter and versions."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "architecture": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **{name: version(name) for name in PACKAGES},
    }
