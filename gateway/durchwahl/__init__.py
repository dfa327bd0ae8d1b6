"""Durchwahl: one gateway in front of a city's departments, each with its own catalogue, calendar and video platform."""

__version__ = "0.1.0"
