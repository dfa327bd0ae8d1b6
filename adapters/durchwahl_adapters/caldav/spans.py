"""What stands in a whole collection: the busy spans of all its objects, ours told from others'."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b

from durchwahl_adapters.caldav.answers import Resource
from durchwahl_adapters.caldav.events import Span
from durchwahl_adapters.caldav.lines import MARK, Unreadable, unfolded
from durchwahl_adapters.caldav.recurrence import MOST_OCCURRENCES, Window, object_spans

SUFFIX = ".ics"
MOST_KNOWN = 10_000
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


class CollectionReader:
    """Reads collections for one zone, in which whole days and floating times are counted.

    It remembers the spans of events that do not recur, by a digest of their text: most are the same each time.
    """

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self._known: dict[bytes, tuple[Span, ...]] = {}

    def read(self, objects: Iterable[Resource], window: Window) -> Reading:
        """Return the busy spans that touch the window; safe to call from several threads.

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
                spans = self._spans(resource.calendar, window)
            except Unreadable as error:
                odd[resource.path] = str(error)
                spans = (Span(window.start, window.end),)
            name = own_name(resource.path, resource.calendar)
            occupied += [Occupied(one, name) for one in spans if one.touches(window.start, window.end)]
            if len(occupied) > MOST_OCCURRENCES:
                raise Unreadable(f"more than {MOST_OCCURRENCES} occurrences in one collection")
        return Reading(tuple(occupied), odd)

    def _spans(self, text: str, window: Window) -> tuple[Span, ...]:
        digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        known = self._known.get(digest)
        if known is not None:
            return known
        spans, lasting = object_spans(text, zone=self._zone, window=window)
        if lasting:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[digest] = tuple(spans)
        return tuple(spans)


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
