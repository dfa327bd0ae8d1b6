"""`durchwahl report`."""

import asyncio
import csv
import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from durchwahl.booking.counting import OUTCOMES
from durchwahl.booking.report import DIVISIONS, Figure, Row, gather, report, twelve_months_before
from durchwahl.model.sheet_columns import guarded
from durchwahl.operate.cli import config_option, json_option
from durchwahl.operate.printing import counted, print_json, print_table
from durchwahl.settings.load import load
from durchwahl.settings.resolved import Settings
from durchwahl.store.cells import Counted
from durchwahl.store.schema import open_store

DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command("report")
@click.option("--from", "first", type=DAY, help="The first day; without it, twelve whole months are counted.")
@click.option("--to", "last", type=DAY, help="The last day, included.")
@click.option("--by", type=click.Choice(list(DIVISIONS)), default="department", show_default=True)
@click.option("--csv", "file", type=click.Path(path_type=Path, dir_okay=False), help="Write a sheet for the council.")
@config_option
@json_option
def report_command(
    first: datetime | None, last: datetime | None, by: str, file: Path | None, config: Path, *, as_json: bool
) -> None:
    """Show how many talks were held, missed and cancelled, and how many wanted one in vain; nothing under five."""
    settings = load(config)
    start, end = _period(settings, first, last)
    rows = report(asyncio.run(_gathered(settings, start, end)), by)
    columns = (*DIVISIONS[by], *OUTCOMES, "lead")
    if file is not None:
        file.write_bytes(_sheet(columns, rows))
        click.echo(f"{counted(len(rows), 'row')} written to {file}")
    elif as_json:
        print_json([dict(zip(columns, _cells(row), strict=True)) for row in rows], **{"from": start, "to": end})
    else:
        print_table(f"{start} to {end}", columns, [[_said(cell) for cell in _cells(row)] for row in rows])


def _period(settings: Settings, first: datetime | None, last: datetime | None) -> tuple[str, str]:
    if first is None and last is None:
        return twelve_months_before(datetime.now(settings.zone).date())
    if first is None or last is None:
        raise click.UsageError("--from and --to belong together: give both or neither.")
    if last < first:
        raise click.UsageError("--to lies before --from.")
    return first.date().isoformat(), last.date().isoformat()


async def _gathered(settings: Settings, first: str, last: str) -> list[Counted]:
    store = open_store(settings.data_dir)
    try:
        return await store.read(gather, first, last)
    finally:
        await store.aclose()


def _cells(row: Row) -> list[Any]:
    """Return a row's cells: a number where it is told whole, else a text such as `<5` or `≥21`."""
    return [*row.key, *(_number(row.figures[outcome]) for outcome in OUTCOMES), row.lead]


def _number(figure: Figure) -> int | str:
    return figure.told if figure.is_exact else str(figure)


def _said(cell: Any) -> Any:
    return "–" if cell == "" else cell


def _sheet(columns: Sequence[str], rows: Sequence[Row]) -> bytes:
    """Return the rows as a spreadsheet reads them: semicolons, UTF-8 with BOM, no cell that it would run."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([guarded("" if cell is None else str(cell)) for cell in _cells(row)])
    return out.getvalue().encode("utf-8-sig")
