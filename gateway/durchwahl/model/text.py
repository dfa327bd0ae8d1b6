"""Texts in several languages."""

from collections.abc import Mapping

Texts = Mapping[str, str]
"""BCP 47 language tag to text; German (`de`) is what every text falls back to."""

DEFAULT_LANGUAGE = "de"
INTERFACE_LANGUAGES = ("de", "en")


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
