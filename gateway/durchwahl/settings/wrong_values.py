"""What pydantic says of a wrong value, in the words of the config: what it must be, and what to write."""

import re
from typing import Any

from durchwahl.settings.located import Spot

NO_LIST, NO_TABLE = "must be a list.", "must be a table."

_SUBJECT = re.compile(
    r"^(?:Value error, |(?:Input|String|Tuple|List|Set|Dictionary|Data|Bytes) should (?=be|have|end))"
)
_TWO_SENTENCES = re.compile(r"(?<=\.) (?=[A-Z])")
_LISTS = frozenset(("tuple_type", "list_type", "set_type", "frozen_set_type"))
_TABLES = frozenset(("dict_type", "model_type", "model_attributes_type", "dataclass_type"))
_BARE = {
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
}


def reason_and_remedy(item: Any, place: str, spot: Spot) -> tuple[str, str]:
    """Return what is wrong with the value at a place, and what to do.

    `item` is one of pydantic's errors. The value itself is never said: it may be a secret that went astray.
    """
    kind, last = item["type"], item["loc"][-1] if item["loc"] else ""
    if kind in _LISTS | _TABLES and spot.is_list_of_tables:
        return "must be a list of tables.", f"Write [[{place.partition('[')[0]}]], in two brackets."
    if kind in _LISTS:
        return NO_LIST, f"Write {last} = {spot.example}." if isinstance(last, str) else "Write it in brackets."
    if kind in _TABLES:
        return NO_TABLE, "" if isinstance(last, int) else f"Write [{place}] on a line of its own."
    if kind in _BARE:
        return f"{_BARE[kind]}.", "Write it without quotes."
    if kind == "string_type":
        return "must be a text.", "Write it in quotes."
    if kind == "string_pattern_mismatch":
        return f"does not have the form {item['ctx']['pattern']}.", spot.described
    return _said(str(item["msg"]))


def _said(message: str) -> tuple[str, str]:
    """Return reason and remedy: the first sentence says what is wrong, any further ones what to do."""
    text = _SUBJECT.sub(lambda found: "" if found[0].startswith("Value") else "must ", message)
    text = text.replace(" after validation", "")
    reason, *remedy = _TWO_SENTENCES.split(text if text.endswith((".", "?")) else f"{text}.", maxsplit=1)
    return reason, "".join(remedy)
