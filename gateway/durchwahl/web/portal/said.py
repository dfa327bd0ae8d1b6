"""What templates say in the page's language: texts of the catalogue with their own language, dates, times."""

import re
from collections.abc import Iterable, Mapping
from datetime import date as calendar_day
from datetime import datetime, time
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from durchwahl.model.text import pick
from durchwahl.settings.resolved import Settings
from durchwahl.texts import (
    say_city,
    say_clock,
    say_date,
    say_language,
    say_languages,
    say_month,
    say_start,
    say_weekdays,
    say_when,
)

_PARAGRAPHS = re.compile(r"\n\s*\n")


class Said:
    """Says things in one language and in the city's time zone."""

    def __init__(self, settings: Settings, language: str) -> None:
        self._settings = settings
        self._language = language
        self._zone = settings.gateway.timezone

    @property
    def city(self) -> str:
        """The city's name without its title."""
        return say_city(self._settings.gateway.city)

    def inline(self, texts: Mapping[str, str]) -> Markup:
        """Return a text inside a line; one that is not translated is marked with its own language (WCAG 3.1.2)."""
        text, language = pick(texts, self._language)
        if language == self._language:
            return escape(text)
        return Markup('<span lang="{}">{}</span>').format(language, text)

    def plain(self, texts: Mapping[str, str]) -> str:
        """Return a text for a title or an attribute, where no language can be marked."""
        return pick(texts, self._language)[0]

    def paragraphs(self, texts: Mapping[str, str]) -> Markup:
        """Return a text as paragraphs, where blank lines divide it."""
        text, language = pick(texts, self._language)
        mark = Markup("") if language == self._language else Markup(' lang="{}"').format(language)
        parts = [part.strip() for part in _PARAGRAPHS.split(text) if part.strip()]
        return Markup("\n").join(Markup("<p{}>{}</p>").format(mark, part) for part in parts)

    def date(self, at: datetime) -> str:
        """Return a date with its weekday."""
        return say_date(at, zone=self._zone, language=self._language)

    def clock(self, at: datetime) -> str:
        """Return a wall-clock time, with its offset where it would be ambiguous."""
        return say_clock(at, zone=self._zone)

    def start(self, at: datetime) -> str:
        """Return date and wall-clock time."""
        return say_start(at, zone=self._zone, language=self._language)

    def day(self, day: calendar_day) -> str:
        """Return a calendar day with its weekday."""
        return say_date(datetime.combine(day, time(12), ZoneInfo(self._zone)), zone=self._zone, language=self._language)

    def month(self, day: calendar_day) -> str:
        """Return a day's month and year."""
        return say_month(day, language=self._language)

    def weekdays(self) -> list[tuple[str, str]]:
        """Return the days of the week from Monday on, each short and whole."""
        return say_weekdays(self._language)

    def when(self, start: datetime, end: datetime) -> str:
        """Return date, times, and that they are the city's local time."""
        city = self._settings.gateway.city
        return say_when(start, end, zone=self._zone, language=self._language, city=city)

    def instant(self, text: str) -> datetime:
        """Return the instant that an answer of the interface names (RFC 3339)."""
        return datetime.fromisoformat(text)

    def language(self, tag: str) -> str:
        """Return a language's name."""
        return say_language(tag, self._language)

    def sorted_languages(self, tags: Iterable[str], besides: str = "") -> list[tuple[str, str]]:
        """Return names and tags of languages by name, and of one besides where it is not among them."""
        every = {*tags, *([besides] if besides else [])}
        return sorted((self.language(tag), tag) for tag in every)

    def languages(self, tags: tuple[str, ...]) -> str:
        """Return the names of languages any of which may be spoken."""
        return say_languages(tags, self._language)
