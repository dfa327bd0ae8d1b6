"""`durchwahl report` counts for the council, for programs and for sheets; nothing under five stands in any of them."""

import csv
import io
import json
from pathlib import Path

import pytest

from durchwahl.store.cells import Cell, add_to_cells
from durchwahl.store.schema import DATABASE
from durchwahl.store.sqlite import SqliteStore
from tests.gateways import fresh_journal
from tests.operate.commands import Run

PERIOD = ("--from", "2026-11-01", "--to", "2026-11-30")


async def remember(folder: Path, number: int, service: str = "buergeramt-pass", outcome: str = "held") -> None:
    if not (folder / "data" / DATABASE).exists():
        fresh_journal(folder / "data")
    store = SqliteStore(folder / "data" / DATABASE)
    cell = Cell("2026-11-02", "buergeramt", service, "video", "", "1-2", outcome, "unknown")
    for _ in range(number):
        await store.write(add_to_cells, [cell])
    await store.aclose()


@pytest.fixture
def some(folder: Path) -> Path:
    """A journal with two services, of which one has few appointments."""
    import asyncio

    async def fill() -> None:
        await remember(folder, 12)
        await remember(folder, 3, "buergeramt-ausweis")

    asyncio.run(fill())
    return folder


def test_the_report_is_a_table_of_departments(some: Path, run: Run) -> None:
    done = run("report", *PERIOD)
    assert done.code == 0
    assert "2026-11-01 to 2026-11-30" in done.out
    (line,) = [one for one in done.out.splitlines() if "buergeramt" in one]
    assert "≥13" in line


def test_programs_get_numbers_where_these_are_whole(some: Path, run: Run) -> None:
    done = run("report", *PERIOD, "--by", "service", "--json")
    told = {item["service"]: item["held"] for item in done.items}
    assert told == {"buergeramt-pass": 12, "buergeramt-ausweis": "<5"}
    assert json.loads(done.out)["from"] == "2026-11-01"


def test_a_sheet_has_the_same_rows(some: Path, run: Run) -> None:
    done = run("report", *PERIOD, "--by", "service", "--csv", "demand.csv")
    assert done.out.strip() == "2 rows written to demand.csv"
    rows = list(csv.DictReader(io.StringIO((some / "demand.csv").read_text("utf-8-sig")), delimiter=";"))
    assert [(row["service"], row["held"], row["lead"]) for row in rows] == [
        ("buergeramt-ausweis", "<5", ""),
        ("buergeramt-pass", "12", "1-2"),
    ]


def test_no_cell_of_a_sheet_is_run_by_a_spreadsheet(folder: Path, run: Run) -> None:
    import asyncio

    asyncio.run(remember(folder, 5, "=1+1"))
    run("report", *PERIOD, "--by", "service", "--csv", "demand.csv")
    assert ";'=1+1;" in (folder / "demand.csv").read_text("utf-8-sig")


def test_without_a_period_twelve_whole_months_are_counted(some: Path, run: Run) -> None:
    answer = json.loads(run("report", "--json").out)
    assert answer["from"].endswith("-01")
    assert answer["from"][5:7] != answer["to"][5:7] or answer["from"][:4] != answer["to"][:4]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--from", "2026-11-01"), "--from and --to belong together"),
        (("--from", "2026-11-02", "--to", "2026-11-01"), "--to lies before --from"),
        (("--from", "November", "--to", "2026-11-01"), "November"),
    ],
)
def test_a_period_that_is_none_is_refused(some: Path, run: Run, words: tuple[str, ...], reason: str) -> None:
    done = run("report", *words)
    assert done.code == 2
    assert reason in done.err


def test_without_a_journal_it_says_how_to_make_one(folder: Path, run: Run) -> None:
    done = run("report", *PERIOD)
    assert done.code == 1
    assert "run `durchwahl migrate` once" in done.err
