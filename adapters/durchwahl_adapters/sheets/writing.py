"""A table as CSV that a German Excel opens by a double click: semicolons, UTF-8 with BOM, CRLF."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

BYTE_ORDER_MARK = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def guarded(cell: str) -> str:
    """Return the cell with an apostrophe before what a spreadsheet would run (OWASP: CSV injection).

    A phone number such as `+49 …` gets one too; `unguarded` takes exactly that one away again.
    """
    return "'" + cell if cell.lstrip("'").startswith(_FORMULA) else cell


def unguarded(cell: str) -> str:
    """Return the cell as it was before `guarded`: one apostrophe less where that had put one."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_FORMULA) else cell


def write_csv(rows: Iterable[Mapping[str, str]], columns: Sequence[str]) -> bytes:
    """Return the rows under a line of headings (RFC 4180); a column that a row lacks is empty."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([guarded(column) for column in columns])
    for row in rows:
        writer.writerow([guarded(row.get(column, "")) for column in columns])
    return (BYTE_ORDER_MARK + text.getvalue()).encode()
