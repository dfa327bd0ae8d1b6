"""What stands in a whole collection: the busy spans of all its objects, ours told from others'."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from durchwahl_adapters.caldav.answers import Resource
from durchwahl_adapters.caldav.events import Span
from durchwahl_adapters.caldav.lines import MARK, Unreadable, unfolded
from durchwahl_adapters.caldav.recurrence import MOST_OCCURRENCES, Window, object_spans

SUFFIX = ".ics"
_GENERATED = re.compile(r"dw-[a-z2-7]{16,64}")


@dataclass(frozen=True)
class Occupied:
    """A busy span and, where it is an event that was written here, its name."""

    span: Span
    name: str | None


@dataclass(frozen=True)
class Reading:
    """`odd` maps the path of each object that was not understood to the reason; it is busy throughout."""

    occupied: tuple[Occupied, ...]
    odd: Mapping[str, str]


def read_collection(objects: Iterable[Resource], *, zone: str, window: Window) -> Reading:
    """Return the busy spans that touch the window; whole days and floating times are counted in `zone`.

    Raises:
        Unreadable: more occurrences than are looked at, or an event whose text the server did not give.
    """
    occupied: list[Occupied] = []
    odd: dict[str, str] = {}
    for resource in objects:
        if not resource.path or resource.status in (404, 410):
            continue
        if resource.calendar is None:
            raise Unreadable(f"the server named {resource.path!r} without its text ({resource.status})")
        try:
            spans = object_spans(resource.calendar, zone=zone, window=window)
        except Unreadable as error:
            odd[resource.path] = str(error)
            spans = [Span(window.start, window.end)]
        name = own_name(resource.path, resource.calendar)
        occupied.extend(Occupied(span, name) for span in spans)
        if len(occupied) > MOST_OCCURRENCES:
            raise Unreadable(f"more than {MOST_OCCURRENCES} occurrences in one collection")
    return Reading(tuple(occupied), odd)


def own_name(path: str, text: str) -> str | None:
    """Return the name under which the object was written here, None for anybody else's.

    Both the address and the mark must say it: a copy that somebody made of our event keeps the mark but not
    the address, and is an event of its own. Where a server drops unknown properties the UID says it too, if
    it is a generated name: every calendar program calls its files by the UID.
    """
    stem = path.rsplit("/", 1)[-1].removesuffix(SUFFIX)
    if not stem or stem not in text:
        return None
    marks = {f"{MARK}:{stem}", f"UID:{stem}"} if _GENERATED.fullmatch(stem) else {f"{MARK}:{stem}"}
    return stem if any(content in marks for content in unfolded(text)) else None
