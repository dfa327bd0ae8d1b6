"""How a cell of a catalogue sheet is read and written: one strict reader a kind of cell.

What people paste into sheets is untrusted: control characters, HTML and addresses other than http(s) are
refused.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal
from urllib.parse import urlsplit

from durchwahl.model.text import canonical_tag

Row = Mapping[str, str]

_YES = frozenset({"ja", "j", "x", "yes", "y", "true", "wahr", "1"})
_NO = frozenset({"nein", "n", "no", "false", "falsch", "0", "-"})
_OUTCOMES: dict[str, Literal["completes", "advises_only"]] = {
    "abschliessend": "completes",
    "abschließend": "completes",
    "completes": "completes",
    "beratung": "advises_only",
    "advises_only": "advises_only",
}
_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,118}[a-z0-9])?")
_MARKUP = re.compile(r"<[/!]?[A-Za-z]|<!--|&(?:[A-Za-z]{2,8}|#\w{2,8});")
_SEPARATORS = re.compile(r"[\s,;|]+")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class CellError(ValueError):
    """A cell that cannot be read: which `column`, why, and what to write instead."""

    def __init__(self, column: str, reason: str, remedy: str = "") -> None:
        super().__init__(f"{column}: {reason} {remedy}".strip())
        self.column = column
        self.reason = reason
        self.remedy = remedy


def guarded(cell: str) -> str:
    """Return the cell with an apostrophe before what a spreadsheet would run (OWASP: CSV injection).

    A phone number such as `+49 …` gets one too; `unguarded` takes exactly that one away again.
    """
    return "'" + cell if cell.lstrip("'").startswith(_FORMULA) else cell


def unguarded(cell: str) -> str:
    """Return the cell as it was before `guarded`: one apostrophe less where that had put one."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_FORMULA) else cell


def paragraph(row: Row, column: str, *, at_most: int = 20_000) -> str:
    """Return plain text that may have line breaks (LF); empty where the cell is."""
    value = row.get(column, "").replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ").strip()
    if any((unicodedata.category(c) == "Cc" and c != "\n") or c in "\u2028\u2029" for c in value):
        raise CellError(column, "holds a control character.", "Type the text anew instead of pasting it.")
    if _MARKUP.search(value):
        raise CellError(column, "holds HTML.", "Write plain text.")
    if len(value) > at_most:
        raise CellError(column, f"is longer than {at_most} characters.", "Shorten it.")
    return value


def line(row: Row, column: str, *, at_most: int = 1_000) -> str:
    """Return plain text on one line; line breaks become spaces."""
    return re.sub(r" *\n[ \n]*", " ", paragraph(row, column, at_most=at_most))


def identifier(row: Row) -> str:
    """Return the cell `id`, which becomes part of addresses."""
    value = row.get("id", "").strip()
    if not value:
        raise CellError("id", "is empty.", "Give each service an id that never changes.")
    if not _ID.fullmatch(value):
        remedy = "Write lower-case letters, digits and hyphens, e.g. meldebescheinigung."
        raise CellError("id", f'"{value[:40]}" cannot be an id.', remedy)
    return value


def entries(row: Row, column: str) -> list[str]:
    """Return what `|` parts, empty entries included; an empty list for an empty cell."""
    cell = line(row, column, at_most=20_000)
    if not cell:
        return []
    found = [""]
    for piece in re.findall(r"\\[\\|]|\||[^\\|]+|\\", cell):
        if piece == "|":
            found.append("")
        else:
            found[-1] += piece[1:] if piece in ("\\\\", "\\|") else piece
    return [entry.strip() for entry in found]


def joined(parts: Iterable[str]) -> str:
    """Return the cell that `entries` reads as these parts."""
    escaped = [part.replace("\\", "\\\\").replace("|", "\\|") for part in parts]
    return "|".join(escaped) if any(escaped) else ""


def aligned(row: Row, first: str, *others: str) -> Iterator[tuple[str, ...]]:
    """Yield the n-th entries of several columns together; a column is empty or has as many as the others."""
    cells = {column: entries(row, column) for column in (first, *others)}
    leading = next((column for column, found in cells.items() if found), first)
    count = len(cells[leading])
    for column, found in cells.items():
        if found and len(found) != count:
            reason = f"has {len(found)} entries where {leading} has {count}."
            raise CellError(column, reason, "Part the entries with | and leave one empty rather than out.")
    for together in zip(*(found or [""] * count for found in cells.values()), strict=True):
        if any(together):
            yield together


def address(value: str, column: str) -> str:
    """Return an http(s) address without a user name, at most 2,000 characters."""
    try:
        parts = urlsplit(value)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
    except ValueError:
        sound = False
    if not sound or len(value) > 2_000 or any(c.isspace() or c in "<>\"'`\\" or ord(c) < 0x20 for c in value):
        raise CellError(column, f'"{value[:60]}" is no address.', "Write it whole, e.g. https://www.example.org/seite.")
    return value


def yes_or_no(row: Row, column: str) -> bool | None:
    """Return None for an empty cell."""
    value = row.get(column, "").strip().casefold()
    if value in _YES or value in _NO:
        return value in _YES
    if value:
        raise CellError(column, f'"{value[:20]}" is neither yes nor no.', "Write ja, nein or nothing.")
    return None


def outcome(row: Row, column: str) -> Literal["completes", "advises_only"] | None:
    """Return what the talk achieves, None for an empty cell."""
    value = row.get(column, "").strip().casefold()
    if value and value not in _OUTCOMES:
        raise CellError(column, f'"{value[:20]}" is not known.', "Write abschliessend or beratung.")
    return _OUTCOMES.get(value)


def language_tags(row: Row, column: str) -> tuple[str, ...]:
    """Return BCP 47 tags, each once."""
    tags = []
    for part in filter(None, _SEPARATORS.split(row.get(column, ""))):
        try:
            tags.append(canonical_tag(part))
        except ValueError as error:
            raise CellError(column, f'"{part[:20]}" is no language tag.', "Write tags such as de, en, gsg.") from error
    return tuple(dict.fromkeys(tags))


def leika_keys(row: Row, column: str) -> tuple[str, ...]:
    """Return LeiKa keys, 14 digits each, each once."""
    keys = list(dict.fromkeys(part for part in _SEPARATORS.split(row.get(column, "")) if part))
    for key in keys:
        if re.fullmatch(r"[0-9][.,]?[0-9]*[eE]\+?[0-9]+", key):
            raise CellError(column, "was turned into a number.", "Format the column as text and type it anew.")
        if not re.fullmatch(r"[0-9]{14}", key):
            raise CellError(column, f'"{key[:20]}" is no LeiKa key.', "A LeiKa key has 14 digits.")
    return tuple(keys)
