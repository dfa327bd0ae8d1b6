"""Tables as people keep them: CSV and XLSX in, typed rows and typed problems out; and CSV out again.

    table = read(Path("leistungen.csv").read_bytes())
    for row in table.rows: print(row.line, row.cells["name"])
    for problem in table.problems: print(problem)

A row with a bad cell is not in `rows` but in `problems`; a file that cannot be read raises `SheetError`.
"""

from durchwahl_adapters.sheets.reading import read, read_file
from durchwahl_adapters.sheets.records import CellProblem, SheetError, SheetRow, Table
from durchwahl_adapters.sheets.writing import guarded, unguarded, write_csv

__all__ = [
    "CellProblem",
    "SheetError",
    "SheetRow",
    "Table",
    "guarded",
    "read",
    "read_file",
    "unguarded",
    "write_csv",
]
