"""What is wrong with a request, field by field: the validation's own words are English and for programmers."""

from collections.abc import Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError

from durchwahl.booking.particulars import json_pointer
from durchwahl.errors import FieldError, Problem

MOST_ERRORS = 50
"""Of several thousand wrong names, nobody reads the rest."""
REASONS: Mapping[str, str] = {
    "missing": "required",
    "extra_forbidden": "unknown",
    "json_invalid": "no_json",
    "string_too_long": "too_long",
    "string_too_short": "too_short",
    "too_long": "too_many",
    "too_short": "too_few",
    "greater_than_equal": "at_least",
    "less_than_equal": "at_most",
    "literal_error": "not_one_of",
    "int_parsing": "no_number",
    "int_parsing_size": "no_number",
    "int_type": "no_number",
    "int_from_float": "no_number",
    "bool_parsing": "no_truth",
    "bool_type": "no_truth",
    "string_type": "no_text",
    "string_unicode": "no_text",
    "controls": "controls",
    "language_tag": "no_language",
}
"""pydantic's types of error, and the key below `wrong.` that says them to a citizen. All others are `wrong.wrong`."""


def problem_of(error: RequestValidationError) -> Problem:
    """Return the problem that names every wrong place, `invalid-body` or `invalid-parameter`."""
    items = error.errors()[:MOST_ERRORS]
    in_body = any(item["loc"][0] == "body" for item in items)
    return Problem("invalid-body" if in_body else "invalid-parameter", errors=[field_error(item) for item in items])


def field_error(item: Mapping[str, Any]) -> FieldError:
    """Return one wrong place."""
    given = item.get("ctx", {})
    # Of a text that is cleaned first, pydantic counts "items".
    kind = f"string_{item['type']}" if given.get("field_type") == "Value" else item["type"]
    reason = REASONS.get(kind, "wrong")
    values = {name: str(value) for name, value in given.items()}
    return FieldError("" if reason == "no_json" else _pointer(item["loc"]), reason, values)


def _pointer(loc: tuple[str | int, ...]) -> str:
    where, *path = [str(part) for part in loc]
    if where == "body":
        # Where a member's name is wrong, pydantic says so behind it: the pointer is to the member.
        return json_pointer(*(path[:-1] if path[-1:] == ["[key]"] else path))
    name = path[0] if path else where
    return f"?{name}" if where == "query" else name
