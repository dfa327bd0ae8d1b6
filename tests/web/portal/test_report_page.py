"""The report for the council: only where the city wants it, in both languages, as a page and as a sheet."""

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from durchwahl.store.cells import Cell, add_to_cells
from tests.gateways import GATEWAY, City, city

PUBLISHED = GATEWAY.replace('data_dir = "data"', 'data_dir = "data"\nreport_page = true')
VIDEO = "buergeramt-meldebescheinigung"


async def remember(here: City, number: int, service: str = VIDEO, day: str = "2026-10-05", **said: str) -> None:
    cell = Cell(day, "buergeramt", service, "video", "", "3-7", "held", "unknown")._replace(**said)
    for _ in range(number):
        await here.gateway.store.write(add_to_cells, [cell])


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[City]:
    """A city that publishes its report."""
    async with city(tmp_path, gateway=PUBLISHED) as running:
        yield running


async def sheet_of(here: City, address: str = "/bericht.csv") -> list[dict[str, str]]:
    answer = await here.client.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))


async def row_of(here: City, service: str, way: str = "Videoberatung") -> dict[str, str]:
    (row,) = [one for one in await sheet_of(here) if (one["Anliegen"], one["Weg"]) == (service, way)]
    return row


async def test_nobody_finds_it_unless_the_city_publishes_it(tmp_path: Path) -> None:
    async with city(tmp_path) as running:
        for path in ("/bericht", "/en/bericht", "/bericht.csv"):
            assert (await running.client.get(path)).status_code == 404
        assert "bericht" not in (await running.client.get("/abdeckung")).text


async def test_the_coverage_page_and_every_footer_lead_to_it(here: City) -> None:
    assert (await here.client.get("/abdeckung")).text.count('href="/bericht"') == 2
    assert (await here.client.get("/en/")).text.count('href="/en/bericht"') == 1


async def test_what_is_offered_stands_beside_what_is_asked_for(here: City) -> None:
    await remember(here, 7)
    row = await row_of(here, "Meldebescheinigung")
    assert (row["Online buchbar"], row["Gespräche"], row["Meist gebucht"]) == ("ja", "7", "3 bis 7 Tage vorher")
    assert (await row_of(here, "Meldebescheinigung", "Telefonberatung"))["Gespräche"] == "0"
    assert (await row_of(here, "Ummeldung", "Termin vor Ort"))["Online buchbar"] == "noch ohne Online-Buchung"


async def test_a_number_under_five_is_not_told(here: City) -> None:
    await remember(here, 4)
    row = await row_of(here, "Meldebescheinigung")
    assert (row["Gespräche"], row["Meist gebucht"]) == ("<5", "–")
    page = (await here.client.get("/bericht")).text
    assert "&lt;5</td>" in page


async def test_what_is_no_longer_offered_is_still_counted(here: City) -> None:
    await remember(here, 6, "buergeramt-fruehergab")
    row = await row_of(here, "buergeramt-fruehergab")
    assert (row["Online buchbar"], row["Gespräche"]) == ("nicht mehr im Angebot", "6")


async def test_a_department_that_is_gone_comes_last_by_its_id(here: City) -> None:
    await remember(here, 6, "altesamt-rat", department="altesamt")
    assert (await sheet_of(here))[-1]["Amt"] == "altesamt"
    assert "<h2>altesamt</h2>" in (await here.client.get("/bericht")).text


async def test_the_present_month_and_the_month_a_year_ago_and_more_do_not_count(here: City) -> None:
    for day in ("2026-11-02", "2025-10-31"):
        await remember(here, 9, day=day)
    await remember(here, 5, day="2025-11-01")
    await remember(here, 6, day="2026-10-31")
    assert (await row_of(here, "Meldebescheinigung"))["Gespräche"] == "11"
    assert "November 2025" in (await here.client.get("/bericht")).text
    assert "Oktober 2026" in (await here.client.get("/bericht")).text


async def test_it_is_there_in_english(here: City) -> None:
    page = (await here.client.get("/en/bericht")).text
    assert "What is offered and asked for" in page
    assert "Citizens&#39; Office" in page
    (first, *_) = await sheet_of(here, "/en/bericht.csv")
    assert first["Office"] == "Citizens' Office"


async def test_every_cell_says_on_a_narrow_screen_what_it_is(here: City) -> None:
    page = (await here.client.get("/bericht")).text
    cells = page.count("<td ")
    assert cells
    assert page.count("<td data-label=") == cells
    assert page.count('<th scope="col">') == 6
    assert page.count('<th scope="row">') * 5 == cells


async def test_no_cell_of_the_sheet_is_run_by_a_spreadsheet(here: City) -> None:
    await remember(here, 5, "=1+1")
    assert [row["Anliegen"] for row in await sheet_of(here) if "1+1" in row["Anliegen"]] == ["'=1+1"]


async def test_the_journal_is_not_asked_for_every_reader(here: City) -> None:
    assert (await row_of(here, "Meldebescheinigung"))["Gespräche"] == "0"
    await remember(here, 8)
    answer = await here.client.get("/bericht.csv")
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert (await row_of(here, "Meldebescheinigung"))["Gespräche"] == "0"


async def test_how_talks_ended_that_were_not_held_is_said_where_there_are_any(here: City) -> None:
    await remember(here, 6, outcome="no_show")
    await remember(here, 2, outcome="failed")
    page = (await here.client.get("/bericht")).text
    assert page.count("Nicht erschienen: 6<br>Nicht zustande gekommen: &lt;5</td>") == 1
    assert "Selbst abgesagt" not in page
