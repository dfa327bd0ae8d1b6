"""CSV (RFC 4180) as spreadsheets write it: semicolons, commas or tabs, UTF-8 with or without a BOM."""

import csv
import io
import re
from collections.abc import Iterator

from durchwahl_adapters.sheets.records import RawRow, SheetError

_SEPARATORS = (";", ",", "\t")
_EXCEL_HINT = re.compile(r"sep=([;,\t])\r?\n")


def delimited_rows(content: bytes) -> Iterator[RawRow]:
    """Yield every line, its cells stripped.

    Raises:
        SheetError: the content is not UTF-8, or binary.
    """
    text = _decoded(content)
    hint = _EXCEL_HINT.match(text)
    separator = hint[1] if hint else _separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield RawRow(line, (), ((-1, *_explained(error, reader.line_num - line)),))
            if reader.line_num > line:  # a quotation mark swallowed lines: from here on every boundary is a guess
                return
            continue
        if not (hint and line == 1):
            yield RawRow(line, tuple(cell.strip() for cell in cells))


def _decoded(content: bytes) -> str:
    """Only UTF-8 is read: a guess among 8-bit encodings would turn "Straße" into rubbish unnoticed."""
    if b"\x00" in content:
        raise SheetError("This is not a CSV file in UTF-8.", 'Save it as "CSV UTF-8" or as .xlsx.')
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SheetError(
            f"Line {line} is not in UTF-8 but probably in Windows-1252.",
            'In Excel choose "Save as", type "CSV UTF-8"; in LibreOffice the character set UTF-8.',
        ) from error


def _separator(text: str) -> str:
    """Return what parts the headings: the candidate that is most often outside quotation marks."""
    head = next((line for line in text.splitlines() if line.strip()), "")
    bare = re.sub(r'"[^"]*"', "", head)
    return max(_SEPARATORS, key=bare.count)


def _explained(error: csv.Error, further_lines: int) -> tuple[str, str]:
    if further_lines > 0:
        remedy = "Look for a quotation mark that is not closed; nothing after this line was read."
        return f"cannot be told from the {further_lines} lines after it.", remedy
    return f"is not CSV ({error}).", 'A quotation mark inside a cell is written twice: "".'
