"""What is known of a source, and the log of it: one line when it goes, one for each further cause, one when it is back.

A cause is told once however often it is met, because a log that repeats itself is read by nobody. Refused credentials
are a cause of their own (an operator has to act), and so is each kind of bug in a plugin (its author has to).
"""

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from durchwahl.errors import OutcomeUnknown, Refused, SourceError, Unavailable
from durchwahl.sources.breaker import LONGEST_REFUSED
from durchwahl.sources.foreign import without_words

logger = logging.getLogger("durchwahl.sources")


class PluginBug(Unavailable):
    """A plugin failed with something that is no `SourceError`: asking it again would fail again."""


class PluginBugAfterSending(OutcomeUnknown):
    """The same, when something was sent already that may have changed the system."""


@dataclass
class Health:
    """Shown by `/v1/sources` and `durchwahl sources`; `retry_after` is in seconds. `refused`: our credentials are."""

    state: Literal["ok", "unavailable", "refused"] = "ok"
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    message: str | None = None
    retry_after: float | None = None


class Standing:
    """Keeps one source's health. `plugin` is name and version; `place` is the file and table of its settings."""

    def __init__(self, source: str, *, plugin: str, place: str) -> None:
        self.health = Health()
        self._source = source
        self._plugin = plugin
        self._place = place
        self._told: set[str] = set()
        self._unanswered: set[str] = set()

    def fails(self, error: SourceError, *, retry_after: float | None) -> None:
        """Note a failed call."""
        since = self.health.since if self._told else datetime.now(UTC)
        state: Literal["refused", "unavailable"] = "refused" if isinstance(error, Refused) else "unavailable"
        self.health = Health(state, since, error.message, retry_after)
        is_bug = isinstance(error, PluginBug | PluginBugAfterSending)
        cause = error.detail if is_bug else state
        if cause in self._told or (self._told and cause == "unavailable"):
            return
        self._told.add(cause)
        if is_bug:
            self._log_bug(error)
        elif state == "refused":
            logger.error(
                "source %s refuses our credentials: %s (%s). Mend them at %s. A secret that is mended in its place is"
                " tried by itself, in %d minutes at the latest.",
                *(self._source, error.message, error.detail, self._place, LONGEST_REFUSED / 60),
            )
        else:
            logger.warning("source %s is unavailable: %s (%s)", self._source, error.message, error.detail)

    def failed_to_answer(self, error: SourceError) -> None:
        """Note a bug in answering a call from outside: it says nothing of the system, and is logged once."""
        if error.detail not in self._unanswered:
            self._unanswered.add(error.detail)
            self._log_bug(error)

    def _log_bug(self, error: SourceError) -> None:
        """Log type and frames, never the text: it may hold a name or a link."""
        bug = error.__cause__ or error
        logger.error(
            "plugin %s failed in source %s: %s",
            *(self._plugin, self._source, type(bug).__name__),
            exc_info=without_words(bug),
        )

    def works(self) -> None:
        """Note a call that succeeded."""
        if self._told:
            logger.warning("source %s is back", self._source)
            self._told.clear()
            self.health = Health()
