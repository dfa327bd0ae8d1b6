"""Text in calendar files. Ours, because icalendar 7.3 takes a backslash before a capital N for a break of lines.

Imported where it is needed only: the library costs 60 ms.
"""

from icalendar import vText

_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


class CalendarText(vText):
    """A text whose every character comes back as it was (RFC 5545 §3.3.11); breaks of lines are LF."""

    def to_ical(self) -> bytes:
        """Return the text as it stands in the file, not folded."""
        return str(self).translate(_ESCAPED).encode("utf-8")
