"""A department's catalogue in a table: CSV (UTF-8) or XLSX, one service a row. Every Amt can join on day one.

    [sources.katalog]
    type = "sheet"
    path = "departments/buergeramt.csv"

Only the columns `id` and `name` are required. A row that cannot be read is left out and reported with its
line and column, and the rest is read.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from durchwahl.model.sheet_columns import COLUMNS, REQUIRED, CellError, column_of, record_of
from durchwahl.plugin import (
    Capabilities,
    Invalid,
    ServiceCatalogue,
    ServiceRecord,
    SourceSettings,
    SourceType,
    Toolbox,
    hookimpl,
)

if TYPE_CHECKING:
    from durchwahl_adapters.sheets import Table

RowProblem = tuple[str, str, str]


class SheetSettings(SourceSettings):
    """Where the table is."""

    path: str = Field(min_length=1, description="the .csv or .xlsx file, relative to the config's folder")
    sheet: str | None = Field(default=None, description="the worksheet of an XLSX; without it, the first")


@dataclass(frozen=True)
class Reading:
    """What one look into the file gave: the services, and what was left out as (place, reason, remedy)."""

    services: tuple[ServiceRecord, ...]
    problems: tuple[RowProblem, ...]


class Sheet(ServiceCatalogue):
    """The table, read anew each time, so that a saved file is the next sync's catalogue."""

    capabilities = Capabilities(data_location="on_prem")

    def __init__(self, settings: SheetSettings, toolbox: Toolbox) -> None:
        self._settings = settings
        self._toolbox = toolbox
        self._problems: tuple[RowProblem, ...] = ()

    async def check(self) -> None:
        """Read the table once; rows that are left out do not make it fail.

        Raises:
            Invalid: no such file, not a table, or one without the required columns.
        """
        await self._read()

    async def services(self) -> AsyncIterator[ServiceRecord]:
        """Yield the rows' services in the table's order."""
        reading = await self._read()
        self._problems = reading.problems
        for service in reading.services:
            yield service

    def row_problems(self) -> Sequence[RowProblem]:
        """Return what the last `services()` left out."""
        return self._problems

    async def _read(self) -> Reading:
        path = self._toolbox.files.path(self._settings.path)
        return await self._toolbox.blocking(_reading, path, self._settings.path, self._settings.sheet)


def _reading(path: Path, shown: str, worksheet: str | None) -> Reading:
    # In a thread: openpyxl takes seconds for a large workbook.
    from durchwahl_adapters.sheets import SheetError, read_file  # noqa: PLC0415 - an adapter loads when it is used

    try:
        table = read_file(path, sheet=worksheet)
    except SheetError as error:
        raise Invalid(f"{shown}: {error}") from error
    except OSError as error:
        reason = "does not exist" if isinstance(error, FileNotFoundError) else "cannot be opened"
        raise Invalid(f"{shown} {reason}.", detail=f"{path}: {error.strerror}") from error
    return _understood(table, shown)


def _understood(table: "Table", shown: str) -> Reading:
    known, problems = _columns(table, shown)
    for problem in table.problems:
        place = f"line {problem.line}" + (f", column {problem.column}" if problem.column else "")
        problems.append((f"{shown}: {place}", problem.reason, problem.remedy))
    services: dict[str, ServiceRecord] = {}
    lines: dict[str, int] = {}
    for row in table.rows:
        place = f"{shown}: line {row.line}"
        try:
            service = record_of({column: row.cells[heading] for column, heading in known.items()})
        except CellError as error:
            problems.append((f"{place}, column {known.get(error.column, error.column)}", error.reason, error.remedy))
            continue
        if service.id in services:
            reason = f'repeats the id "{service.id}" of line {lines[service.id]}.'
            problems.append((f"{place}, column {known['id']}", reason, "Give each service an id of its own."))
            continue
        services[service.id], lines[service.id] = service, row.line
    return Reading(tuple(services.values()), tuple(problems))


def _columns(table: "Table", shown: str) -> tuple[dict[str, str], list[RowProblem]]:
    """Return the known columns with the headings that they have here, and a problem for each other one."""
    known: dict[str, str] = {}
    problems: list[RowProblem] = []
    for heading in table.columns:
        column = column_of(heading)
        place = f"{shown}: column {heading[:60]}"
        if column is None:
            problems.append((place, "is not a known column and was not read.", _did_you_mean(heading)))
        elif column in known:
            problems.append((place, f"means the same as {known[column]} and was not read.", "Keep one of them."))
        else:
            known[column] = heading
    missing = [column for column in REQUIRED if column not in known]
    if missing:
        there = ", ".join(heading[:30] for heading in table.columns[:10])
        raise Invalid(f"{shown} has no column {' and no column '.join(missing)}; it has: {there}.")
    return known, problems


def _did_you_mean(heading: str) -> str:
    near = get_close_matches(heading.strip().casefold(), COLUMNS, n=1, cutoff=0.6)
    return f'Did you mean "{near[0]}"?' if near else f"Known here: {', '.join(COLUMNS)}."


SHEET = SourceType(name="sheet", settings=SheetSettings, build=Sheet)


@hookimpl
def durchwahl_service_catalogues() -> list[SourceType]:
    """Offer tables as service catalogues."""
    return [SHEET]
