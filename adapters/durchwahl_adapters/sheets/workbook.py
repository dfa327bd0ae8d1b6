"""XLSX (ECMA-376) by openpyxl, behind the checks that a file from somebody else needs.

openpyxl trusts what a file says of itself: dimensions, row numbers, sizes. So the archive is looked through
first, the dimensions are dropped, and rows and columns are read up to a limit.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import islice, repeat
from typing import Any

from durchwahl_adapters.sheets.records import LARGEST_UNPACKED, MOST_COLUMNS, RawRow, SheetError

MOST_PARTS = 2_000
LAST_LINE = 1_048_576
"""The last row that a worksheet can have (ECMA-376 part 1, §18.3.1.73 as Excel bounds it)."""

_WORKSHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_CELL_ERROR = re.compile(r"#(?:REF!|N/A|NAME\?|VALUE!|DIV/0!|NULL!|NUM!|SPILL!|CALC!|GETTING_DATA)")
# What openpyxl and its parsers were seen to raise; both XML parsers' errors are SyntaxErrors.
_MALFORMED = (
    zipfile.BadZipFile, zlib.error, SyntaxError, KeyError, ValueError, TypeError, IndexError, AttributeError,
    OSError, EOFError, OverflowError, NotImplementedError, RuntimeError,
)  # fmt: skip


def workbook_rows(content: bytes, sheet: str | None) -> Iterator[RawRow]:
    """Yield the filled lines of a worksheet, None meaning the first; dates become ISO 8601.

    Raises:
        SheetError: a bomb, a document type, no such worksheet, or no workbook at all.
    """
    try:
        has_formulas = _looked_through(content)
        values = _lines(content, sheet, values=True)
        formulas = _lines(content, sheet, values=False) if has_formulas else repeat(())
        for number, (line, written) in enumerate(zip(values, formulas, strict=False), start=1):
            if not (_is_blank(line) and _is_blank(written)):
                yield _row(number, line, written)
    except _MALFORMED as error:
        raise SheetError("The workbook cannot be read.", "Open it and save it anew as .xlsx.") from error


def _looked_through(content: bytes) -> bool:
    """Return whether any worksheet has formulas; refuse bombs and document types first."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
            raise SheetError("The workbook is too large once it is unpacked.", "Keep only the one worksheet.")
        if "[Content_Types].xml" not in archive.namelist():
            raise SheetError("This is a ZIP archive and no .xlsx workbook.", "Save the table as .xlsx or CSV UTF-8.")
        found = False
        for part in parts:
            if part.filename.endswith((".xml", ".rels", ".vml")):
                text = archive.read(part)  # at most `file_size` bytes: zipfile stops there
                # A zero byte is UTF-16, in which the next test would be blind.
                if b"\x00" in text or b"<!DOCTYPE" in text:
                    raise SheetError("The workbook holds a document type.", "Open it and save it anew as .xlsx.")
                found = found or bool(_WORKSHEET.fullmatch(part.filename) and _FORMULA.search(text))
        return found


def _lines(content: bytes, sheet: str | None, *, values: bool) -> Iterator[tuple[Any, ...]]:
    # openpyxl costs 15 MB and 0.1 s: only whoever has a workbook pays.
    from openpyxl import load_workbook  # noqa: PLC0415

    book = load_workbook(io.BytesIO(content), read_only=True, data_only=values, keep_links=False)
    try:
        worksheets = {worksheet.title: worksheet for worksheet in book.worksheets}
        if not worksheets or (sheet is not None and sheet not in worksheets):
            known = ", ".join(f'"{title[:40]}"' for title in list(worksheets)[:10])
            raise SheetError(f'The workbook has no worksheet "{sheet or ""}".', f"It has: {known}.")
        worksheet = worksheets[sheet] if sheet is not None else next(iter(worksheets.values()))
        worksheet.reset_dimensions()
        yield from islice(worksheet.iter_rows(max_col=MOST_COLUMNS + 1, values_only=True), LAST_LINE)
    finally:
        book.close()


def _row(number: int, values: tuple[Any, ...], formulas: tuple[Any, ...]) -> RawRow:
    texts = [_text(value) for value in values]
    faults = []
    for index, text in enumerate(texts):
        if text.startswith("#") and _CELL_ERROR.fullmatch(text):
            faults.append((index, f"holds the error {text}.", "Mend the formula."))
    for index, (value, formula) in enumerate(zip(values, formulas, strict=False)):
        if value is None and formula is not None:
            faults.append((index, "is a formula without a result.", "Open the workbook in Excel and save it."))
    while texts and not texts[-1]:
        texts.pop()
    return RawRow(number, tuple(texts), tuple(faults))


def _is_blank(values: tuple[Any, ...]) -> bool:
    # Worksheets are often formatted down to their last line: a million of these must cost next to nothing.
    return values.count(None) == len(values)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    return str(value).strip()
