"""Texts in several languages."""

import re
from collections.abc import Mapping

Texts = Mapping[str, str]
"""BCP 47 language tag to text; German (`de`) is what every text falls back to."""

DEFAULT_LANGUAGE = "de"
INTERFACE_LANGUAGES = ("de", "en")
LONGEST_TAG = 35
"""RFC 5646 §4.4.1."""

_SIGNED = frozenset(
    {"sgn", "gsg", "sgg", "ssr", "slf", "asq", "fsl", "bfi", "ase", "ise", "pso", "cse", "rsl", "tsm", "ukl"}
)
"""Sign languages of Germany, its neighbours and of many who live here (ISO 639-3), and their collective `sgn`."""
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")


def canonical_tag(tag: str) -> str:
    """Return a language tag in its usual case, which means nothing (RFC 5646 §2.1.1): `gsg`, `de-AT`, `sr-Latn`.

    Raises:
        ValueError: it is not well-formed, or longer than 35 characters.
    """
    if not _TAG.fullmatch(tag) or len(tag) > LONGEST_TAG:
        raise ValueError(f"must be a language tag (BCP 47) such as de, en or gsg, at most {LONGEST_TAG} characters")
    first, *rest = tag.lower().split("-")
    for place, part in enumerate(rest):
        if "x" in rest[:place]:
            break
        if len(part) == 2:
            rest[place] = part.upper()
        elif len(part) == 4 and part.isalpha():
            rest[place] = part.title()
    return "-".join([first, *rest])


def is_signed(tag: str) -> bool:
    """Whether a language is signed: nobody can be called in it."""
    return tag.split("-", maxsplit=1)[0].lower() in _SIGNED


def pick(texts: Texts, language: str) -> tuple[str, str]:
    """Return the text in `language`, else in German, else in any language; and the language that it is in.

    An empty mapping gives `("", language)`: nothing to read is in every language.
    """
    for candidate in (language, language.split("-", maxsplit=1)[0], DEFAULT_LANGUAGE):
        if texts.get(candidate):
            return texts[candidate], candidate
    for tag, text in texts.items():
        if text:
            return text, tag
    return "", language
