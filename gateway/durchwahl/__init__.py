"""Durchwahl: one gateway in front of a city's departments, each with its own catalogue, calendar and video platform."""

import sys

__version__ = "0.1.0"

# Where rich is installed, httpx imports its own command line, and with it rich and pygments: 4 MB that no server needs.
# `None` lets that import fail, which httpx expects (https://docs.python.org/3/reference/import.html#the-module-cache).
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
