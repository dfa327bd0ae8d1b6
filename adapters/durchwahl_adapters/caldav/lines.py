"""iCalendar as lines of text: what is kept of an object before it is parsed."""

import re
from typing import Any

MARK = "X-DURCHWAHL-NAME"
"""The property that says under which name an event was written."""

BROKEN = (
    *(ValueError, TypeError, KeyError, AttributeError),
    *(IndexError, ArithmeticError, AssertionError, RecursionError, OSError),
)
"""What the parsing libraries raise on hostile input."""

_FOLD = re.compile(r"\r?\n[ \t]")
_LINE = re.compile(r"\r?\n")
_WORD = re.compile(r"[^:;]*")
_TIMES = ("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID")
_KEPT = {
    "VCALENDAR": ("BEGIN", "END", "CALSCALE"),
    "VEVENT": ("BEGIN", "END", "UID", "STATUS", "TRANSP", "SEQUENCE", MARK, *_TIMES),
}
_COMPONENTS = ("VCALENDAR", "VEVENT", "VTIMEZONE", "STANDARD", "DAYLIGHT")
_DEEPEST = 8


class Unreadable(ValueError):
    """The event's times cannot be told; the text says why, without what the event is about."""


def unfolded(text: str) -> list[str]:
    """Return the content lines; only CRLF and LF end one, U+2028 and its like are text (§3.1)."""
    return _LINE.split(_FOLD.sub("", text))


def essence(text: str) -> str:
    """Return the text with only what decides about times: faster to parse, and the rest cannot break it.

    Raises:
        Unreadable: components nested deeper than any calendar's.
    """
    kept: list[str] = []
    inside: list[str] = []
    for content in unfolded(text):
        word = _WORD.match(content)
        name = word[0].strip().upper() if word else ""
        if name == "BEGIN":
            inside.append(content.partition(":")[2].strip().upper())
        if len(inside) > _DEEPEST:
            raise Unreadable("components nested too deeply")
        known = bool(inside) and all(component in _COMPONENTS for component in inside)
        if known and content and name in _KEPT.get(inside[-1], (name,)):
            kept.append(content)
        if name == "END" and inside:
            inside.pop()
    return "\r\n".join(kept) + "\r\n"


def without_zones(text: str) -> tuple[str, dict[str, str]]:
    """Return the text without its VTIMEZONEs, and what stands in each of these by its TZID.

    Raises:
        Unreadable: a VTIMEZONE that does not end.
    """
    kept: list[str] = []
    zones: dict[str, str] = {}
    block: list[str] | None = None
    for content in unfolded(text):
        word = content.strip().upper()
        if word == "BEGIN:VTIMEZONE" and block is None:
            block = []
        elif word == "END:VTIMEZONE" and block is not None:
            names = [line.partition(":")[2].strip() for line in block if line.upper().startswith("TZID")]
            zones[names[0] if names else ""] = "\r\n".join(_observances(block))
            block = None
        else:
            (kept if block is None else block).append(content)
    if block is not None:
        raise Unreadable("a time zone without an end")
    return "\r\n".join(kept), zones


def _observances(block: list[str]) -> list[str]:
    """Return a VTIMEZONE's STANDARDs and DAYLIGHTs."""
    begins = [number for number, line in enumerate(block) if line.upper().startswith("BEGIN:")]
    return block[begins[0] :] if begins else []


def listed(value: Any) -> list[Any]:
    """Return a property's values: the library gives None, one, or a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
