import pytest
from hypothesis import given
from hypothesis import strategies as st

from durchwahl_adapters.sheets import SheetError, Table, guarded, read, unguarded, write_csv

HEAD = "id;name\r\n"


def cells(table: Table) -> list[dict[str, str]]:
    return [dict(row.cells) for row in table.rows]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_separator_and_byte_order_mark_are_found_out(mark: bytes, separator: str) -> None:
    table = read(mark + f"id{separator}name\r\na{separator}Straße\r\n".encode())
    assert table.columns == ("id", "name")
    assert cells(table) == [{"id": "a", "name": "Straße"}]
    assert table.problems == ()


def test_the_separator_is_counted_outside_quotation_marks() -> None:
    table = read(b'id;"a,b,c,d"\nx;y\n')
    assert table.columns == ("id", "a,b,c,d")


def test_excels_separator_line_is_not_the_headings() -> None:
    table = read(b"sep=,\r\nid,name\r\na,b\r\n")
    assert table.columns == ("id", "name")
    assert [row.line for row in table.rows] == [3]


def test_windows_1252_is_refused_with_the_way_out() -> None:
    with pytest.raises(SheetError, match="Line 2 is not in UTF-8") as caught:
        read((HEAD + "a;Straße\r\n").encode("cp1252"))
    assert "CSV UTF-8" in caught.value.remedy


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_utf_16_is_refused(encoding: str) -> None:
    with pytest.raises(SheetError, match="UTF-8"):
        read((HEAD + "a;b").encode(encoding))


def test_a_row_knows_the_line_where_it_begins() -> None:
    table = read(b'id;name\n\na;"over\nthree\nlines"\nb;B\n')
    assert [(row.line, row.cells["id"]) for row in table.rows] == [(3, "a"), (6, "b")]
    assert table.rows[0].cells["name"] == "over\nthree\nlines"


def test_short_rows_are_filled_and_empty_ones_left_out() -> None:
    table = read(b"id;name;kosten\na\n;;\n  ; ;\nb;B;1\n")
    assert cells(table) == [{"id": "a", "name": "", "kosten": ""}, {"id": "b", "name": "B", "kosten": "1"}]


def test_a_row_with_too_many_cells_is_a_problem_of_its_line() -> None:
    table = read(b"id;name\na;Text;with;semicolons\nb;B;;\n")
    assert [row.cells["id"] for row in table.rows] == ["b"]
    assert [(problem.line, problem.column) for problem in table.problems] == [(2, "")]
    assert "quotation marks" in table.problems[0].remedy


def test_bad_quoting_costs_its_line_only() -> None:
    table = read(b'id;name\na;"A" B\nb;B\n')
    assert [row.cells["id"] for row in table.rows] == ["b"]
    assert table.problems[0].line == 2


def test_an_open_quotation_mark_does_not_swallow_rows_unnoticed() -> None:
    table = read(b'id;name\na;A\nb;"B\nc;C\nd;D\n')
    assert [row.cells["id"] for row in table.rows] == ["a"]
    assert table.problems[0].line == 3
    assert "not closed" in table.problems[0].remedy


def test_a_heading_that_comes_twice_is_read_once() -> None:
    table = read(b"id;name;name\na;first;second\n")
    assert cells(table) == [{"id": "a", "name": "first"}]
    assert (table.problems[0].line, table.problems[0].column) == (1, "name")


def test_a_cell_that_is_too_long_costs_its_row() -> None:
    table = read(f"id;name\na;{'x' * 20_001}\nb;{'x' * 20_000}\n".encode())
    assert [row.cells["id"] for row in table.rows] == ["b"]
    assert (table.problems[0].line, table.problems[0].column) == (2, "name")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\n\n;;\n", "empty"),
        (b"x" * (5 * 1024 * 1024 + 1), "larger than 5 MiB"),
        (";".join(f"c{n}" for n in range(101)).encode(), "more than 100 columns"),
        (b"id\n" + b"a\n" * 20_001, "more than 20000 rows"),
        (b'"id;name\na;b\n', "headings cannot be read"),
        (b"\xd0\xcf\x11\xe0 old workbook", "old .xls"),
    ],
)
def test_what_is_no_usable_table_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(SheetError, match=reason):
        read(content)


def test_a_worksheet_of_a_csv_file_is_refused() -> None:
    with pytest.raises(SheetError, match="no worksheets"):
        read(b"id\na\n", sheet="Tabelle1")


def test_problems_are_capped() -> None:
    table = read(b"id\n" + b"a;too many\n" * 2_000)
    assert len(table.problems) == 500
    assert table.rows == ()


def test_a_file_for_excel_has_bom_semicolons_and_crlf() -> None:
    written = write_csv([{"id": "a", "name": "Straße; breit", "unknown": "x"}, {"id": "b"}], ["id", "name"])
    assert written == '\ufeffid;name\r\na;"Straße; breit"\r\nb;\r\n'.encode()


@pytest.mark.parametrize("cell", ["=1+1", "+49 351", "-", "@SUM(A1)", "\tx", "\rx", "'=1", "''+1", "＝1"])
def test_a_formula_is_disarmed_and_comes_back(cell: str) -> None:
    assert guarded(cell) == "'" + cell
    assert unguarded(guarded(cell)) == cell


@pytest.mark.parametrize("cell", ["'s-Hertogenbosch", "'", "a=b", "0351 1", "'quoted'"])
def test_what_is_no_formula_stays_as_it_is(cell: str) -> None:
    assert guarded(cell) == cell
    assert unguarded(cell) == cell


@given(st.text(alphabet=st.sampled_from("'=+-@\t\r\nab ;\""), max_size=8))
def test_guarding_is_undone_exactly(cell: str) -> None:
    assert unguarded(guarded(cell)) == cell


_CELLS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=30).map(str.strip)


@given(st.lists(st.tuples(_CELLS.filter(bool), _CELLS), min_size=1, max_size=5))
def test_what_is_written_is_read_again(rows: list[tuple[str, str]]) -> None:
    records = [{"id": first, "name": second} for first, second in rows]
    table = read(write_csv(records, ["id", "name"]))
    assert table.problems == ()
    assert cells(table) == records
