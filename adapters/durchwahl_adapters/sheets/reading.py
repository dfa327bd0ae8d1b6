"""Bytes -> table: which format it is, which line holds the headings, which rows are whole."""

import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from durchwahl_adapters.sheets.delimited import delimited_rows
from durchwahl_adapters.sheets.records import (
    LARGEST_FILE,
    LONGEST_CELL,
    MOST_COLUMNS,
    MOST_PROBLEMS,
    MOST_ROWS,
    CellProblem,
    RawRow,
    SheetError,
    SheetRow,
    Table,
)
from durchwahl_adapters.sheets.workbook import workbook_rows
from durchwahl_adapters.sheets.writing import unguarded

_ZIP = b"PK\x03\x04"
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0"


def read_file(path: Path, *, sheet: str | None = None) -> Table:
    """Read a file of at most 5 MiB; `sheet` names the worksheet of an XLSX, None means its first.

    Raises:
        FileNotFoundError: there is no such file.
        SheetError: it is no table that can be read.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise SheetError("This is not a file.", "Name a .csv or .xlsx file.")
    with path.open("rb") as file:
        return read(file.read(LARGEST_FILE + 1), sheet=sheet)


def read(content: bytes, *, sheet: str | None = None) -> Table:
    """Return the table; the first line that is not empty holds the headings.

    Raises:
        SheetError: the content is too large, in an unknown format or encoding, or has no usable headings.
    """
    if len(content) > LARGEST_FILE:
        raise SheetError(f"The file is larger than {LARGEST_FILE // 1024 // 1024} MiB.", "Split it.")
    if content.startswith(_COMPOUND_FILE):
        raise SheetError("This is an old .xls or a workbook with a password.", "Save it as .xlsx without a password.")
    if content.startswith(_ZIP):
        return _table(workbook_rows(content, sheet))
    if sheet is not None:
        raise SheetError("A CSV file has no worksheets.", "Leave the worksheet's name out.")
    return _table(delimited_rows(content))


def _table(raw: Iterable[RawRow]) -> Table:
    lines = (row for row in raw if row.faults or any(row.texts))
    head = next(lines, None)
    if head is None:
        raise SheetError("The table is empty.", "Its first line holds the headings.")
    columns, problems = _headings(head)
    rows: list[SheetRow] = []
    for count, line in enumerate(lines, start=1):
        if count > MOST_ROWS:
            raise SheetError(f"The table has more than {MOST_ROWS} rows.", "Split it.")
        wrong = list(_problems(line, columns))
        problems.extend(wrong[: MOST_PROBLEMS - len(problems)])
        if not wrong:
            rows.append(SheetRow(line.line, _cells(line, columns)))
    return Table(tuple(name for name in columns if name), tuple(rows), tuple(problems))


def _headings(head: RawRow) -> tuple[list[str], list[CellProblem]]:
    """Return the headings, empty for columns that are left out, and what is wrong with them."""
    if head.faults:
        _index, reason, remedy = head.faults[0]
        raise SheetError(f"The headings cannot be read: line {head.line} {reason}", remedy)
    if len(head.texts) > MOST_COLUMNS:
        raise SheetError(f"The table has more than {MOST_COLUMNS} columns.", "Delete those that nobody needs.")
    columns: list[str] = []
    problems: list[CellProblem] = []
    for text in head.texts:
        name = unguarded(text)
        if name and name in columns:
            problems.append(CellProblem(head.line, name[:60], "is there twice.", "Only the first is read."))
            name = ""
        columns.append(name)
    return columns, problems


def _problems(row: RawRow, columns: list[str]) -> Iterator[CellProblem]:
    for index, reason, remedy in row.faults:
        yield CellProblem(row.line, columns[index] if 0 <= index < len(columns) else "", reason, remedy)
    if any(row.texts[len(columns) :]):
        remedy = "A cell with the separator in it needs quotation marks around it."
        yield CellProblem(row.line, "", "has more cells than there are headings.", remedy)
    for name, text in zip(columns, row.texts, strict=False):
        if len(text) > LONGEST_CELL:
            yield CellProblem(row.line, name, f"is longer than {LONGEST_CELL} characters.", "Shorten it.")


def _cells(row: RawRow, columns: list[str]) -> dict[str, str]:
    texts = row.texts + ("",) * (len(columns) - len(row.texts))
    return {name: unguarded(text) for name, text in zip(columns, texts, strict=False) if name}
