"""Asks sources whether they answer, side by side, and tells who kept all the others waiting meanwhile."""

import asyncio
import inspect
import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import Any

from durchwahl.errors import Invalid, SourceError
from durchwahl.sources.foreign import named_when_hanging, place_of
from durchwahl.sources.health import PluginBug
from durchwahl.sources.opening import OpenSource

BLOCKED = 1.0
"""Seconds without giving way after which a plugin is said to block."""


@dataclass
class Answer:
    """What a source answered: nothing wrong, or an error; `blocked` are the seconds that it let nobody else work."""

    error: SourceError | None = None
    blocked: float = 0.0

    @property
    def is_blocking(self) -> bool:
        """Whether the plugin sleeps, or waits for something, where it must give way."""
        return self.blocked >= BLOCKED


async def ask(sources: Iterable[OpenSource]) -> dict[str, Answer]:
    """Ask each source, by key; where one blocked, it and whoever failed beside it are asked once more, each alone.

    Who let nobody work only the first time was himself kept waiting, by a machine that is busy.
    """
    asked = {source.key: source for source in sources}
    answers = dict(zip(asked, await asyncio.gather(*map(_ask, asked.values())), strict=True))
    if any(answer.is_blocking for answer in answers.values()):
        for key, answer in answers.items():
            if answer.error is not None or answer.is_blocking:
                answers[key] = await _ask(asked[key])
    return answers


def said_of(source: OpenSource, answer: Answer, *, with_words: bool = False) -> str:
    """Return what there is to say of an answer that is not as it should be; see `said`."""
    if answer.is_blocking:
        plugin = source.resolved.offered.plugin
        return f"plugin {plugin} blocks: its check() let nothing else work for {answer.blocked:.1f} s."
    return said(answer.error, with_words=with_words) if answer.error is not None else ""


def said(error: SourceError, *, with_words: bool = False) -> str:
    """Return an error as operators read it; of a plugin's bug the place.

    `with_words` adds the exception's own text, which may hold anything: for a terminal, never for a log.
    """
    detail = "" if error.detail == error.message else f" ({error.detail})"
    if isinstance(error, PluginBug) and error.__cause__ is not None:
        detail = f" ({error.detail}: {place_of(error.__cause__, with_words=with_words)})"
    return f"{error.message}{detail}"


async def _ask(source: OpenSource) -> Answer:
    answer = Answer()
    plugin = source.resolved.offered.plugin
    doing = f"asking {source.key} by plugin {plugin}"

    def call() -> _Timed:
        return _Timed(source.source.check, answer, doing, f"plugin {plugin}: check()")

    try:
        await source.supervisor.read(call)
    except SourceError as error:
        answer.error = error
    return answer


class _Timed:
    """Awaits what a plugin's method gives, and notes for how long it ran without giving way."""

    def __init__(self, method: Callable[[], Any], answer: Answer, doing: str, name: str) -> None:
        self._method = method
        self._answer = answer
        self._doing = doing
        self._name = name

    def __await__(self) -> Generator[Any, Any, None]:
        work = self._step(self._method)
        if not inspect.isawaitable(work):
            raise Invalid(f"{self._name} gave a {type(work).__name__} instead of being an async def.")
        steps = work.__await__()
        value: Any = None
        resume: Callable[[Any], Any] = steps.send
        while True:
            try:
                waits_for = self._step(resume, value)
            except StopIteration:
                return
            try:
                value, resume = (yield waits_for), steps.send
            except BaseException as error:  # noqa: BLE001  # handed on to where it belongs
                value, resume = error, steps.throw

    def _step(self, run: Callable[..., Any], *arguments: Any) -> Any:
        began = time.monotonic()
        try:
            with named_when_hanging(self._doing):
                return run(*arguments)
        finally:
            self._answer.blocked = max(self._answer.blocked, time.monotonic() - began)
