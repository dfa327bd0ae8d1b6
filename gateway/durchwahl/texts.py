"""Every word that people read, from gettext catalogues whose message ids are keys such as `mail.greeting`.

A text holds `{name}` placeholders. Whoever asks names a key; a sentence in the code would escape translation.
`tools/messages.py` compiles the catalogues and holds both languages to the same keys and placeholders.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from gettext import GNUTranslations
from importlib.resources import files
from zoneinfo import ZoneInfo

from durchwahl.model.text import DEFAULT_LANGUAGE, INTERFACE_LANGUAGES

_RANGE = re.compile(
    r"\s*(?P<tag>\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*"
    r"(?:;\s*[qQ]=(?P<q>0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?"
)
_CITY_TITLE = re.compile(r"^(?:(?:Landeshaupt|Bundes|(?:Freie und )?Hanse)stadt|Stadt|Große Kreisstadt) ")


_RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"})
_RIGHT_TO_LEFT_SCRIPTS = frozenset({"arab", "hebr", "syrc", "thaa", "nkoo", "adlm"})


@cache  # package data does not change under a running process, and reading a catalogue takes milliseconds
def _catalogue(language: str) -> GNUTranslations:
    place = files("durchwahl") / "locale" / language / "LC_MESSAGES" / "durchwahl.mo"
    with place.open("rb") as file:
        return GNUTranslations(file)


def translate(key: str, language: str, /, **values: str) -> str:
    """Return the text that `key` stands for, in the interface language closest to `language`, else in German.

    `values` fill the placeholders; surplus ones are ignored. They are not cleaned here: whoever puts the text
    into HTML, a header or a calendar escapes it there.

    Raises:
        KeyError: no such key, or a placeholder without its value. A citizen never sees a key.
    """
    template = _catalogue(closest(language)).gettext(key)
    if not key or template == key:  # the empty key holds the catalogue's own header
        raise KeyError(key)
    try:
        return template.format_map(values)
    except KeyError as error:
        raise KeyError(f"{key} needs a value for {error}") from error


def closest(language: str) -> str:
    """Return the interface language for a BCP 47 tag: itself, its primary language, or German."""
    wanted = language.lower()
    candidates = (wanted, wanted.split("-", maxsplit=1)[0])
    return next((tag for tag in candidates if tag in INTERFACE_LANGUAGES), DEFAULT_LANGUAGE)


def negotiate(accept_language: str | None, supported: Sequence[str] = INTERFACE_LANGUAGES) -> str:
    """Return the supported language that an `Accept-Language` header prefers (RFC 9110 §12.5.4).

    Ranges are looked up by dropping subtags from the right (RFC 4647 §3.4); equal weights keep the header's
    order; what cannot be read is passed over. Where nothing fits: German, else the first supported.
    """
    ranges = _ranges(accept_language or "")
    named = {tag for tag, _ in ranges}
    refused = {tag for tag, weight in ranges if weight == 0}
    for wanted, weight in sorted(ranges, key=lambda item: -item[1]):
        if weight == 0:
            break
        for tag in supported:
            if tag.lower() in refused:
                continue
            if wanted.startswith(f"{tag.lower()}-") or wanted == tag.lower():
                return tag
            if wanted == "*" and tag.lower() not in named:
                return tag
    return DEFAULT_LANGUAGE if DEFAULT_LANGUAGE in supported else supported[0]


def _ranges(header: str) -> list[tuple[str, float]]:
    matches = (_RANGE.fullmatch(element) for element in header.split(","))
    return [(match["tag"].lower(), float(match["q"] or 1)) for match in matches if match]


def say_when(start: datetime, end: datetime, *, zone: str, language: str, city: str) -> str:
    """Return date and wall-clock times in `zone`, saying that it is the city's local time.

    Where the clocks change and a wall-clock time might be two instants, each carries its offset from UTC.

    Raises:
        ValueError: an instant without a time zone.
    """
    first, last = _wall(start, zone), _wall(end, zone)
    exact = _ambiguous(first) or _ambiguous(last) or first.utcoffset() != last.utcoffset()
    one_day = first.date() == last.date()
    return translate(
        "when.span" if one_day else "when.span_over_midnight",
        language,
        date=say_date(start, zone=zone, language=language),
        end_date=say_date(end, zone=zone, language=language),
        start=_clock(first, exact=exact),
        end=_clock(last, exact=exact),
        city=say_city(city),
    )


def say_city(city: str) -> str:
    """Return a city's name without its title: of the "Landeshauptstadt Dresden", "Dresden"."""
    return _CITY_TITLE.sub("", city)


def say_start(start: datetime, *, zone: str, language: str) -> str:
    """Return date and wall-clock time in `zone`, short enough for a mail's subject.

    Raises:
        ValueError: an instant without a time zone.
    """
    local = _wall(start, zone)
    date = say_date(start, zone=zone, language=language)
    return translate("when.start", language, date=date, start=_clock(local, exact=_ambiguous(local)))


def say_date(at: datetime, *, zone: str, language: str) -> str:
    """Return the date that it is in `zone`, with its weekday, as the language writes it.

    Raises:
        ValueError: an instant without a time zone.
    """
    from babel.dates import format_date  # noqa: PLC0415 - its locale data is not needed to discover or check

    pattern = translate("when.date_pattern", language)
    return format_date(_wall(at, zone).date(), pattern, locale=closest(language))


def say_clock(at: datetime, *, zone: str) -> str:
    """Return the wall-clock time in `zone`; where it might be two instants, with its offset from UTC.

    Raises:
        ValueError: an instant without a time zone.
    """
    local = _wall(at, zone)
    return _clock(local, exact=_ambiguous(local))


def say_month(day: date, *, language: str) -> str:
    """Return the month and year of a day."""
    from babel.dates import format_skeleton  # noqa: PLC0415 - see say_date

    return format_skeleton("yMMMM", day, locale=closest(language))


def say_weekdays(language: str) -> list[tuple[str, str]]:
    """Return the days of the week from Monday on, each short and whole."""
    from babel.dates import get_day_names  # noqa: PLC0415 - see say_date

    locale = closest(language)
    short = get_day_names("short", context="stand-alone", locale=locale)
    whole = get_day_names("wide", context="stand-alone", locale=locale)
    return [(short[day], whole[day]) for day in range(7)]


def say_own_name(language: str) -> str:
    """Return what the speakers of an interface language call it."""
    return translate("language.own_name", language)


def direction(language: str) -> str:
    """Return the direction in which a language is written: `ltr` or `rtl`."""
    primary, *rest = language.lower().split("-")
    return "rtl" if primary in _RIGHT_TO_LEFT or not _RIGHT_TO_LEFT_SCRIPTS.isdisjoint(rest) else "ltr"


def say_language(tag: str, language: str) -> str:
    """Return the name of the language `tag` (BCP 47); the tag itself where nobody knows its name.

    Sign languages and plain German have names of our own: the Unicode locale data has none for them.
    """
    from babel import Locale  # noqa: PLC0415 - see say_date

    try:
        return translate(f"language.{tag.lower()}", language)
    except KeyError:
        return Locale.parse(closest(language)).languages.get(tag.split("-", maxsplit=1)[0].lower()) or tag


def say_languages(tags: Sequence[str], language: str) -> str:
    """Return the names of languages any of which may be spoken; empty where there are none."""
    from babel.lists import format_list  # noqa: PLC0415 - see say_date

    return format_list([say_language(tag, language) for tag in tags], style="or", locale=closest(language))


def _wall(at: datetime, zone: str) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no time zone")
    return at.astimezone(ZoneInfo(zone))


def _ambiguous(local: datetime) -> bool:
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def _clock(local: datetime, *, exact: bool) -> str:
    offset = local.strftime("%z")
    return f"{local:%H:%M} (UTC{offset[:3]}:{offset[3:5]})" if exact else f"{local:%H:%M}"
