"""From pydantic's errors to findings that an operator can act on."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from durchwahl.errors import Finding


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
    path = [str(part) for part in item["loc"] if part != "[key]"]  # pydantic's word for a table's key itself
    place = ".".join([key, *path] if key else path)
    if item["type"] == "extra_forbidden":
        own = [field.alias or name for name, field in model.model_fields.items()] if model else []
        known = [*own, *also]
        hint = did_you_mean(path[-1], known) if len(path) == 1 else ""
        listed = f"Known here: {', '.join(sorted(known))}." if known and not hint and len(path) == 1 else ""
        return Finding(file, place, "is not a known key.", hint or listed or "Remove it.")
    if item["type"] == "missing":
        described = model.model_fields.get(path[-1]) if model else None
        text = f"It is: {described.description}." if described is not None and described.description else ""
        return Finding(file, place, "Field required.", text or "Add it.")
    reason = str(item["msg"]).removeprefix("Value error, ")
    return Finding(file, place, reason[:1].upper() + reason[1:] + ("" if reason.endswith(".") else "."))
