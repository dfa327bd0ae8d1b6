"""Pages that are the same for everybody, as ready documents; those with times are made anew when their times change."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import NoReturn

from durchwahl.availability.first_times import FirstTimes
from durchwahl.catalogue.documents import Document, Documents
from durchwahl.web.assembly import Gateway
from durchwahl.web.portal.catalogue.scene import Scene
from durchwahl.web.portal.rendering import HTML
from durchwahl.web.ready_answer import ReadyAnswer

LASTS = 15
A_MOMENT = 1
"""For pages whose times are being read anew at this moment, in seconds."""

MOST_BYTES = 6 << 20
MOST_TABLES = 4
"""How many tables of times (each for other languages) have pages that are kept, all of at most `MOST_BYTES`."""

Question = tuple[str, ...]


@dataclass(frozen=True)
class _Kept:
    """The pages made of one snapshot and one state of a table, and those that are being made."""

    snapshot: object
    version: str
    documents: Documents = field(default_factory=lambda: Documents(MOST_BYTES))
    begun: dict[Question, asyncio.Task[str]] = field(default_factory=dict)

    async def page(self, question: Question, language: str, make: Callable[[], str]) -> Document:
        """Return a page, made beside the loop by one task however many ask for it."""
        try:
            return self.documents.get(question, _not_there)
        except LookupError:
            task = self.begun.get(question)
        if task is None:
            task = self.begun[question] = asyncio.create_task(asyncio.to_thread(make), name="page")
            task.add_done_callback(lambda _: self.begun.pop(question))
        html = await asyncio.shield(task)
        return self.documents.get(question, lambda: (HTML, html.encode(), language))


class ReadyPages:
    """Keeps the pages of all languages. What was made of an older snapshot or of older times is dropped at once."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._kept: dict[tuple[str, ...], _Kept] = {}

    async def timed(
        self, question: Question, scene: Scene, make: Callable[[FirstTimes], str], spoken: tuple[str, ...] = ()
    ) -> ReadyAnswer:
        """Answer with a page that shows first times: those where one of `spoken` is spoken, or all.

        `make` runs in a thread: a long list takes a tenth of a second, in which nobody else would be answered.
        The page may be kept for 15 seconds, and for one second while its times are being read anew.
        """
        times = await self._gateway.earliest_times.table(spoken)
        kept = self._kept_of(spoken, times, scene)
        document = await kept.page((*question, scene.language), scene.language, lambda: make(times))
        return ReadyAnswer(_lasting(document, LASTS if times.is_settled else A_MOMENT))

    def untimed(self, question: Question, media_type: str, make: Callable[[], str]) -> ReadyAnswer:
        """Answer with a file that is in no language and only changes with the snapshot."""
        return ReadyAnswer(self._gateway.documents.get(question, lambda: (media_type, make().encode(), None)))

    def _kept_of(self, spoken: tuple[str, ...], times: FirstTimes, scene: Scene) -> _Kept:
        """Return what is kept of the scene's snapshot, which may have been replaced since the question came."""
        kept = self._kept.pop(spoken, None)
        if kept is None or kept.snapshot is not scene.snapshot or kept.version != times.version:
            kept = _Kept(scene.snapshot, times.version)
        self._kept[spoken] = kept
        if len(self._kept) > MOST_TABLES:
            self._kept.pop(next(iter(self._kept)))
        return kept


def _not_there() -> NoReturn:
    raise LookupError


def _lasting(document: Document, seconds: int) -> Document:
    # The path says the language: caches need not keep a page apart for every browser.
    lasting = f"public, max-age={seconds}"
    return replace(document, cache_control=lasting, lasts=float(seconds), is_negotiated=False)
