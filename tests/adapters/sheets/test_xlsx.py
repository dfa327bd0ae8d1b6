import io
import sys
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from durchwahl_adapters.sheets import SheetError, read, read_file


def workbook(*rows: tuple[object, ...], title: str = "Leistungen") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = title
    for row in rows:
        sheet.append(row)
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def changed(content: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, change(part.filename, old.read(part)))
    return out.getvalue()


def in_worksheet(old: bytes, new: bytes) -> Callable[[str, bytes], bytes]:
    return lambda name, text: text.replace(old, new) if name.startswith("xl/worksheets/") else text


def test_texts_numbers_dates_and_truths_become_texts() -> None:
    content = workbook(
        ("id", "leika", "kosten", "seit", "video"), ("a", 99115003012000, 12.5, date(2026, 11, 22), True)
    )
    row = read(content).rows[0]
    assert row.line == 2
    assert dict(row.cells) == {
        "id": "a",
        "leika": "99115003012000",
        "kosten": "12.5",
        "seit": "2026-11-22T00:00:00",
        "video": "True",
    }


def test_blank_rows_are_left_out_and_lines_kept() -> None:
    table = read(workbook((), ("id", "name"), ("a", "A"), (None, None), ("b", "B")))
    assert [(row.line, row.cells["id"]) for row in table.rows] == [(3, "a"), (5, "b")]


def test_a_worksheet_is_chosen_by_name() -> None:
    book = openpyxl.Workbook()
    book.create_sheet("Zweite").append(("id",))
    book["Zweite"].append(("from the second",))
    assert read(saved(book), sheet="Zweite").rows[0].cells["id"] == "from the second"


def test_an_unknown_worksheet_is_refused_and_the_known_ones_named() -> None:
    with pytest.raises(SheetError, match='no worksheet "Tabelle9"') as caught:
        read(workbook(("id",), ("a",)), sheet="Tabelle9")
    assert "Leistungen" in caught.value.remedy


def test_a_formula_without_a_result_is_a_problem_of_its_cell() -> None:
    table = read(workbook(("id", "name"), ("a", "=1+1"), ("b", "B")))
    assert [row.cells["id"] for row in table.rows] == ["b"]
    assert [(p.line, p.column, p.reason) for p in table.problems] == [(2, "name", "is a formula without a result.")]


def test_a_formula_with_a_result_is_its_result() -> None:
    content = changed(workbook(("id", "n"), ("a", "=1+1")), in_worksheet(b"<v />", b"<v>2</v>"))
    content = changed(content, in_worksheet(b"<v></v>", b"<v>2</v>"))
    assert dict(read(content).rows[0].cells) == {"id": "a", "n": "2"}


def test_an_error_value_is_a_problem_of_its_cell() -> None:
    table = read(workbook(("id", "name"), ("a", "#REF!")))
    assert table.rows == ()
    assert (table.problems[0].line, table.problems[0].column) == (2, "name")


def test_a_phone_number_that_was_disarmed_comes_back() -> None:
    assert read(workbook(("id", "telefon"), ("a", "'+49 351 00000"))).rows[0].cells["telefon"] == "+49 351 00000"


def test_a_zip_bomb_is_refused_unopened() -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b" " * (51 * 1024 * 1024))
    assert len(bomb.getvalue()) < 100_000
    with pytest.raises(SheetError, match="too large once it is unpacked"):
        read(bomb.getvalue())


def test_a_document_type_is_refused() -> None:
    lol = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet/>'
    content = changed(workbook(("id",)), lambda name, text: lol if name.startswith("xl/worksheets/") else text)
    with pytest.raises(SheetError, match="document type"):
        read(content)


def test_a_document_type_hidden_in_utf_16_is_refused() -> None:
    lol = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet/>'.encode("utf-16")
    content = changed(workbook(("id",)), lambda name, text: lol if name.startswith("xl/worksheets/") else text)
    with pytest.raises(SheetError, match="document type"):
        read(content)


def test_a_wrong_dimension_changes_nothing() -> None:
    content = changed(workbook(("id", "name"), ("a", "A")), in_worksheet(b'ref="A1:B2"', b'ref="A1:A1"'))
    assert dict(read(content).rows[0].cells) == {"id": "a", "name": "A"}


def test_an_absurd_row_number_ends_the_reading() -> None:
    content = workbook(("id", "name"), ("a", "A"), ("b", "B"))
    far = changed(content, in_worksheet(b'<row r="3">', b'<row r="999999999999">'))
    assert far != content
    assert [row.cells["id"] for row in read(far).rows] == ["a"]


def test_a_cell_far_to_the_right_is_not_padded_for() -> None:
    content = workbook(("id", "name"), ("a", "A"))
    far = changed(content, in_worksheet(b'r="B2"', b'r="XFD2"'))
    assert far != content
    assert dict(read(far).rows[0].cells) == {"id": "a", "name": ""}


@pytest.mark.parametrize(
    "content",
    [
        workbook(("id",))[:200],
        b"PK\x03\x04 and nothing more",
        changed(workbook(("id",), ("a",)), in_worksheet(b"</worksheet>", b"<")),
        changed(workbook(("id",), ("a",)), lambda name, text: b"" if name == "xl/workbook.xml" else text),
    ],
    ids=["cut off", "no archive", "broken worksheet", "empty workbook"],
)
def test_a_broken_workbook_is_refused(content: bytes) -> None:
    with pytest.raises(SheetError, match="cannot be read"):
        read(content)


def test_another_archive_is_refused_with_the_way_out() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as new:
        new.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    with pytest.raises(SheetError, match="ZIP archive"):
        read(archive.getvalue())


def test_a_file_is_read_by_its_content_and_not_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "katalog.csv"
    path.write_bytes(workbook(("id",), ("a",)))
    assert read_file(path).rows[0].cells["id"] == "a"


def test_a_folder_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(SheetError, match="not a file"):
        read_file(tmp_path)


def test_the_adapter_loads_no_workbook_library_before_it_needs_it() -> None:
    import subprocess

    program = "import durchwahl_adapters.sheets, sys; print('openpyxl' in sys.modules)"
    paths = {"PYTHONPATH": ":".join(path for path in sys.path if path)}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=paths)
    assert done.stdout.strip() == "False"
