"""Bugs that others have had, planted at run time: what the checker is worth shows by finding them.

Each is a context manager; nothing of it is in the code that is delivered.
"""

from tests.simulation.planted import answers, calendars, endings, journal, reconciling
from tests.simulation.planted.planting import PLANTED

__all__ = ["PLANTED", "answers", "calendars", "endings", "journal", "reconciling"]
