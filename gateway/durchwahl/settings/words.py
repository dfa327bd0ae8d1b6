"""The small languages of the config: durations, times of day, weekly hours, language tags, closures."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from durchwahl.model.schedule import WEEKDAYS, WeeklyHours
from durchwahl.model.text import canonical_tag

_DURATION = re.compile(r"(\d{1,5})\s*(s|min|h|d)")
_UNITS = {"s": "seconds", "min": "minutes", "h": "hours", "d": "days"}
_SPAN = re.compile(r"(\d{1,2}:\d{2})\s*[-–]\s*(\d{1,2}:\d{2})")
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")


class Table(BaseModel):
    """A TOML table: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def parse_duration(value: object) -> timedelta:
    """Read `"20min"`, `"2h"`, `"60d"` or `"30s"`; a bare number is refused, because its unit would be guessed."""
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError('must be a number with its unit: "30s", "20min", "2h" or "60d"')
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _some_length(value: timedelta) -> timedelta:
    if not value:
        raise ValueError("must be longer than nothing")
    return value


def parse_time(value: object) -> time | None:
    """Read `"09:00"`; `"24:00"` is the midnight that ends the day, returned as None."""
    if isinstance(value, time):
        return value
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError('must be a time of day such as "09:00"')
    if (hour := int(match[1]), minute := int(match[2])) == (24, 0):
        return None
    if hour > 23 or minute > 59:
        raise ValueError(f'"{value}" is no time of day')
    return time(hour, minute)


def _moment(value: object) -> time:
    moment = parse_time(value)
    if moment is None:
        raise ValueError('"24:00" ends a span; the moment itself is "00:00"')
    return moment


def _parse_span(text: object) -> tuple[time, time | None]:
    match = _SPAN.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f'"{text}" must be a span such as "09:00-12:00"')
    start, end = parse_time(match[1]), parse_time(match[2])
    if start is None or (end is not None and end <= start):
        raise ValueError(f'"{text}" must end after it begins; a span over midnight is two spans, the first to "24:00"')
    return start, end


def parse_hours(value: object) -> WeeklyHours:
    """Read `{ tue = ["09:00-12:00", "14:00-18:00"] }`."""
    if isinstance(value, WeeklyHours):
        return value
    if not isinstance(value, Mapping):
        raise ValueError('must be a table such as { tue = ["09:00-12:00"] }')
    spans: dict[str, tuple[tuple[time, time | None], ...]] = {}
    for day, texts in value.items():
        if day not in WEEKDAYS:
            raise ValueError(f'"{day}" is no weekday: write {", ".join(WEEKDAYS)}')
        if not isinstance(texts, list):
            raise ValueError(f'{day} must be a list such as ["09:00-12:00"]')
        spans[day] = tuple(sorted((_parse_span(text) for text in texts), key=lambda span: span[0]))
    return WeeklyHours(spans)


def _slug(value: str) -> str:
    if not _SLUG.fullmatch(value):
        raise ValueError("must be lower-case letters, digits and hyphens, at most 64, e.g. meldewesen")
    return value


def collated(text: str) -> str:
    """Return what sorts in German dictionary order (DIN 5007-1): umlauts like their vowels, ß like ss, no case."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in folded if not unicodedata.combining(c))


def _toml_date(value: object) -> object:
    if not isinstance(value, date):  # a datetime is one, too
        raise ValueError("must be a date such as 2026-12-24 or 2026-12-24T12:00:00, without quotes")
    return value


Duration = Annotated[timedelta, BeforeValidator(parse_duration, json_schema_input_type=str)]
Length = Annotated[Duration, AfterValidator(_some_length)]
TimeOfDay = Annotated[time, BeforeValidator(_moment, json_schema_input_type=str)]
Hours = Annotated[WeeklyHours, BeforeValidator(parse_hours, json_schema_input_type=dict[str, list[str]])]
Slug = Annotated[str, AfterValidator(_slug)]
LanguageTag = Annotated[str, AfterValidator(canonical_tag)]
TomlDate = Annotated[datetime | date, BeforeValidator(_toml_date, json_schema_input_type=datetime | date)]


class Closure(Table):
    """A time when nothing is bookable: dates are whole days and `to` is included, or an iCalendar file's events."""

    from_: TomlDate | None = Field(default=None, alias="from", description="first closed day, or an instant")
    to: TomlDate | None = Field(default=None, description="last closed day (included), or an instant (not)")
    ics: str | None = Field(default=None, description="an .ics file in the config's folder: each event closes")
    reason: str = Field(default="", description="for those who read the configuration")

    @model_validator(mode="after")
    def _either(self) -> "Closure":
        if (self.ics is None) == (self.from_ is None):
            raise ValueError("needs either `from` (and `to`) or `ics`")
        if self.to is None:
            if isinstance(self.from_, datetime):
                raise ValueError("a date-time in `from` needs `to`; a date alone is a whole day")
            return self
        if type(self.from_) is not type(self.to):
            raise ValueError("`from` and `to` must both be dates or both be date-times")
        if _has_offset(self.from_) != _has_offset(self.to):
            raise ValueError("`from` and `to` must both have an offset such as +01:00, or neither")
        if self.to < self.from_:
            raise ValueError("`to` lies before `from`")
        return self


def _has_offset(moment: datetime | date | None) -> bool:
    return isinstance(moment, datetime) and moment.tzinfo is not None
