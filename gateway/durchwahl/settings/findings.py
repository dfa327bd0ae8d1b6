"""From pydantic's errors to findings that an operator can act on."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from durchwahl.errors import Finding
from durchwahl.settings.located import located
from durchwahl.settings.wrong_values import reason_and_remedy


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `Did you mean "…"?`, or an empty text where nothing is near."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f'Did you mean "{near[0]}"?' if near else ""


def from_validation(
    error: ValidationError,
    *,
    file: str,
    key: str,
    model: type[BaseModel] | None = None,
    also: Iterable[str] = (),
) -> list[Finding]:
    """Return a finding for each of the error's places.

    `key` is the table that was read; `also` are keys that it may have beside those of `model`.
    """
    items = error.errors(include_url=False, include_input=False)
    wrong = {item["loc"][:-1] for item in items if item["loc"]}
    return [
        _one(item, file=file, key=key, model=model, also=also)
        for item in items
        if item["type"] != "too_short" or item["loc"] not in wrong  # a list is too short by its wrong items
    ]


def _one(item: Any, *, file: str, key: str, model: type[BaseModel] | None, also: Iterable[str]) -> Finding:
    path = [part for part in item["loc"] if part != "[key]"]  # pydantic's word for a table's key itself
    place, spot = _place(key, path), located(model, path)
    if item["type"] == "extra_forbidden":
        word, known = str(path[-1]), [*spot.keys, *(also if len(path) == 1 else ())]
        listed = f"Known here: {', '.join(sorted(known))}." if known else "Remove it."
        return Finding(file, place, "is not a known key.", did_you_mean(word, known) or listed)
    if item["type"] == "missing":
        return Finding(file, place, "Field required.", spot.described or "Add it.")
    return Finding(file, place, *reason_and_remedy(item, place, spot))


def _place(key: str, path: Iterable[str | int]) -> str:
    """Return `sources.raeume.turn[0].urls`: dots before keys, numbers in brackets."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return f"{key}{''.join(parts)}".removeprefix(".")
