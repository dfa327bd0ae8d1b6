"""What somebody needs so that a talk succeeds, as pages ask for it and say it."""

from collections.abc import Mapping
from typing import Any

from durchwahl.texts import say_languages, translate

TICKS = ("support_person", "captions", "easy_language")
"""What a box is ticked for."""


def needs_said(needs: Mapping[str, Any], language: str) -> list[str]:
    """Return what somebody needs in words."""
    said = []
    if needs["interpreter"]:
        spoken = say_languages([needs["interpreter"]], language)
        said.append(translate("needs.interpreter", language, language=spoken))
    return said + [translate(f"needs.{tick}", language) for tick in TICKS if needs[tick]]
