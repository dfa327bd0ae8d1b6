import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from durchwahl.model.sheet_columns import COLUMNS, CellError, column_of, guarded, record_of, row_of, unguarded
from durchwahl.plugin import ChannelHint, ChannelType, Form, Invalid, ServiceRecord
from durchwahl.testing.catalogue_contract import ServiceCatalogueContract, read
from durchwahl_adapters import sheets
from durchwahl_plugins.sheet import SHEET, Sheet, SheetSettings, durchwahl_service_catalogues
from tests.plugins.plain_toolbox import toolbox_in

WHOLE = {
    "id": "meldebescheinigung",
    "name": "Meldebescheinigung",
    "name_en": "Certificate of registration",
    "amt": "buergeramt",
    "traeger": "Ein Träger",
    "kurz": "Bescheinigt die Anschrift.",
    "kurz_en": "Certifies the address.",
    "beschreibung": "Erste Zeile\nzweite Zeile",
    "beschreibung_en": "First line\nsecond line",
    "unterlagen": "Personalausweis | Vollmacht",
    "unterlagen_en": "Identity card|Power of attorney",
    "kosten": "10 Euro",
    "kosten_en": "10 euros",
    "leika": "99115003012000, 99115003000000",
    "stichworte": "Meldebestätigung|Wohnsitzbescheinigung",
    "formular": "https://www.example.org/formular?a=1",
    "formular_name": "Onlineantrag",
    "formular_name_en": "Online application",
    "video": "ja",
    "telefon": "x",
    "vor_ort": "nein",
    "sprachen": "de, gsg",
    "abschluss": "abschliessend",
    "persoenlich": "nein",
    "webseite": "https://www.example.org/meldebescheinigung",
}


def sheet_of(folder: Path, content: bytes | str, *, name: str = "katalog.csv", **settings: Any) -> Sheet:
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return Sheet(SheetSettings(path=name, **settings), toolbox_in(folder))


class TestCsv(ServiceCatalogueContract):
    @pytest.fixture
    def catalogue(self, tmp_path: Path) -> Sheet:
        return sheet_of(tmp_path, sheets.write_csv([WHOLE, {"id": "b", "name": "B"}], COLUMNS))


class TestXlsx(ServiceCatalogueContract):
    @pytest.fixture
    def catalogue(self, tmp_path: Path) -> Sheet:
        book = openpyxl.Workbook()
        book.create_sheet("Katalog").append(COLUMNS)
        book["Katalog"].append([WHOLE[column] for column in COLUMNS])
        out = io.BytesIO()
        book.save(out)
        return sheet_of(tmp_path, out.getvalue(), name="katalog.xlsx", sheet="Katalog")


def test_a_contract_without_its_fixture_fails_where_the_class_is_written() -> None:
    with pytest.raises(TypeError, match="needs a fixture `catalogue`"):
        type("TestNothing", (ServiceCatalogueContract,), {})


def test_the_hook_offers_the_type() -> None:
    assert durchwahl_service_catalogues() == [SHEET]
    assert SHEET.name == "sheet"


def test_every_column_is_read() -> None:
    hint = {"basis": "explicit", "languages": ("de", "gsg")}
    assert record_of(WHOLE) == ServiceRecord(
        id="meldebescheinigung",
        name={"de": "Meldebescheinigung", "en": "Certificate of registration"},
        department="buergeramt",
        carrier="Ein Träger",
        summary={"de": "Bescheinigt die Anschrift.", "en": "Certifies the address."},
        description={"de": "Erste Zeile\nzweite Zeile", "en": "First line\nsecond line"},
        documents=(
            {"de": "Personalausweis", "en": "Identity card"},
            {"de": "Vollmacht", "en": "Power of attorney"},
        ),
        cost={"de": "10 Euro", "en": "10 euros"},
        leika_keys=("99115003012000", "99115003000000"),
        alt_names=("Meldebestätigung", "Wohnsitzbescheinigung"),
        forms=(
            Form(
                url="https://www.example.org/formular?a=1",
                name={"de": "Onlineantrag", "en": "Online application"},
            ),
        ),
        channels=(
            ChannelHint(type=ChannelType.VIDEO, detail="Spalte video", **hint),
            ChannelHint(type=ChannelType.PHONE, detail="Spalte telefon", **hint),
        ),
        outcome="completes",
        personal_appearance_required=False,
        url="https://www.example.org/meldebescheinigung",
    )


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("ID", "id"),
        ("Träger", "traeger"),
        ("Vor Ort", "vor_ort"),
        ("vor-ort", "vor_ort"),
        ("Persönlich", "persoenlich"),
        ("Abschluß", "abschluss"),
        ("Documents", "unterlagen"),
        ("Name EN", "name_en"),
        ("leika_keys", "leika"),
        ("Onlinedienst", None),
    ],
)
def test_headings_are_known_as_people_write_them(heading: str, column: str | None) -> None:
    assert column_of(heading) == column


def test_every_column_is_known_by_its_own_name() -> None:
    assert [column_of(column) for column in COLUMNS] == list(COLUMNS)


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("id", ""),
        ("id", "Über uns"),
        ("id", "../etc"),
        ("name", " "),
        ("name", "<b>Pass</b>"),
        ("kurz", "Bell\x07"),
        ("kurz", "eins\u2028zwei"),
        ("beschreibung", "<script>alert(1)</script>"),
        ("beschreibung", "R&amp;D"),
        ("leika", "9,9115E+13"),
        ("leika", "9911500301200"),
        ("formular", "javascript:alert(1)"),
        ("formular", "https://user:pw@example.org/"),
        ("formular", "www.example.org"),
        ("webseite", "ftp://example.org/"),
        ("webseite", "https://exa mple.org/"),
        ("video", "vielleicht"),
        ("persoenlich", "manchmal"),
        ("abschluss", "fertig"),
        ("sprachen", "Deutsch!"),
        ("unterlagen_en", "only one for two"),
        ("formular_name", "eins|zwei"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(column: str, cell: str) -> None:
    with pytest.raises(CellError) as caught:
        record_of({**WHOLE, column: cell})
    assert caught.value.column == column
    assert caught.value.reason
    assert caught.value.remedy


def test_a_form_is_no_channel() -> None:
    record = record_of({"id": "a", "name": "A", "formular": "https://www.example.org/"})
    assert record.channels == ()
    assert [form.url for form in record.forms] == ["https://www.example.org/"]


def test_a_phone_number_is_no_phone_consultation() -> None:
    with pytest.raises(CellError, match="neither yes nor no"):
        record_of({"id": "a", "name": "A", "telefon": "0351 00000"})


def test_an_entry_can_hold_the_separator() -> None:
    row = row_of(ServiceRecord(id="a", name={"de": "A"}, alt_names=("a|b", "c\\", "\\|")))
    assert record_of(row).alt_names == ("a|b", "c\\", "\\|")


async def test_a_bad_row_is_reported_and_the_rest_is_read(tmp_path: Path) -> None:
    sheet = sheet_of(tmp_path, "ID;Name;Video;LeiKa\na;A;ja;\nb;B;vielleicht;\nc;C;;123\nd;D;x;\n")
    assert [record.id for record in await read(sheet)] == ["a", "d"]
    assert [place for place, _, _ in sheet.row_problems()] == [
        "katalog.csv: line 3, column Video",
        "katalog.csv: line 4, column LeiKa",
    ]
    assert all(reason and remedy for _, reason, remedy in sheet.row_problems())


async def test_a_duplicate_id_is_reported_and_the_first_kept(tmp_path: Path) -> None:
    sheet = sheet_of(tmp_path, "id;name\na;First\na;Second\n")
    assert [record.name["de"] for record in await read(sheet)] == ["First"]
    assert sheet.row_problems()[0][:2] == ("katalog.csv: line 3, column id", 'repeats the id "a" of line 2.')


async def test_an_unknown_column_is_one_warning_with_the_nearest_name(tmp_path: Path) -> None:
    sheet = sheet_of(tmp_path, "id;name;vidoe;Zimmer\na;A;ja;1\nb;B;ja;2\n")
    assert [record.channels for record in await read(sheet)] == [(), ()]
    first, second = sheet.row_problems()
    assert first[0] == "katalog.csv: column vidoe"
    assert first[2] == 'Did you mean "video"?'
    assert second[0] == "katalog.csv: column Zimmer"


async def test_two_headings_for_one_column_are_reported(tmp_path: Path) -> None:
    sheet = sheet_of(tmp_path, "id;name;Telefon;phone\na;A;ja;\n")
    assert [len(record.channels) for record in await read(sheet)] == [1]
    assert sheet.row_problems()[0][0] == "katalog.csv: column phone"


async def test_problems_are_those_of_the_last_read(tmp_path: Path) -> None:
    sheet = sheet_of(tmp_path, "id;name\n;A\n")
    await read(sheet)
    assert len(sheet.row_problems()) == 1
    (tmp_path / "katalog.csv").write_text("id;name\na;A\n", encoding="utf-8")
    assert [record.id for record in await read(sheet)] == ["a"]
    assert sheet.row_problems() == ()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("name;video\nA;ja\n", "katalog.csv has no column id; it has: name, video"),
        ("id;name\na;Straße\n".encode("cp1252"), "not in UTF-8"),
        ("", "empty"),
    ],
)
async def test_an_unreadable_sheet_is_invalid(tmp_path: Path, content: bytes | str, said: str) -> None:
    sheet = sheet_of(tmp_path, content)
    with pytest.raises(Invalid, match=said):
        await sheet.check()
    with pytest.raises(Invalid, match=said):
        await read(sheet)


async def test_a_missing_file_is_named(tmp_path: Path) -> None:
    sheet = Sheet(SheetSettings(path="amt/fehlt.csv"), toolbox_in(tmp_path))
    with pytest.raises(Invalid, match=r"amt/fehlt\.csv does not exist"):
        await sheet.check()


async def test_a_path_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="outside"):
        await Sheet(SheetSettings(path="../secrets.csv"), toolbox_in(tmp_path)).check()


async def test_the_file_is_read_in_a_thread(tmp_path: Path) -> None:
    toolbox = toolbox_in(tmp_path)
    (tmp_path / "k.csv").write_text("id;name\na;A\n", encoding="utf-8")
    await Sheet(SheetSettings(path="k.csv"), toolbox).check()
    assert toolbox.blocking.calls == 1  # type: ignore[attr-defined]  # the test's own thread pool counts


async def test_an_export_for_excel_is_read_again_as_it_was(tmp_path: Path) -> None:
    records = [
        record_of(WHOLE),
        record_of({"id": "b", "name": "-B", "kosten": "=1+1", "stichworte": "+49 351"}),
    ]
    sheet = sheet_of(tmp_path, sheets.write_csv(map(row_of, records), COLUMNS))
    assert await read(sheet) == records
    assert sheet.row_problems() == ()


@given(st.text(alphabet=st.sampled_from("'=+-@\t\r\n＝ab"), max_size=6))
def test_gateway_and_adapter_guard_alike(cell: str) -> None:
    assert (guarded(cell), unguarded(cell)) == (sheets.guarded(cell), sheets.unguarded(cell))


def _plain(characters: str) -> st.SearchStrategy[str]:
    """Texts that a sheet can hold: plain, without blanks at either end."""
    controls = {"exclude_categories": ("Cs", "Cc", "Zl", "Zp"), "include_characters": characters}
    texts = st.text(st.characters(exclude_characters="<&", **controls), min_size=1, max_size=20)
    return texts.map(str.strip).filter(bool)


_LINE = _plain("|\\'=+-@;\"")
_PARAGRAPH = st.lists(_LINE, min_size=1, max_size=3).map("\n".join)
_TAGS = st.lists(st.sampled_from(["de", "en", "gsg", "de-simple", "uk"]), max_size=3, unique=True).map(tuple)
_URL = st.sampled_from(
    ["https://www.example.org/a?b=c;d=|", "http://127.0.0.1:8000/", "https://[::1]/", "HTTPS://A.example"]
)


def _texts(text: st.SearchStrategy[str], *, german: bool = False) -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries(
        {"de": text} if german else {}, optional={"en": text} if german else {"de": text, "en": text}
    )


def _channels(languages: tuple[str, ...]) -> st.SearchStrategy[tuple[ChannelHint, ...]]:
    columns = {"video": ChannelType.VIDEO, "telefon": ChannelType.PHONE, "vor_ort": ChannelType.IN_PERSON}
    return st.sets(st.sampled_from(sorted(columns)), max_size=3).map(
        lambda chosen: tuple(
            ChannelHint(type=columns[column], detail=f"Spalte {column}", languages=languages)
            for column in columns
            if column in chosen
        )
    )


_RECORDS = st.builds(
    ServiceRecord,
    id=st.from_regex(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", fullmatch=True),
    name=_texts(_LINE, german=True),
    department=st.none() | _LINE,
    carrier=st.none() | _LINE,
    summary=_texts(_LINE),
    description=_texts(_PARAGRAPH),
    documents=st.lists(_texts(_LINE).filter(bool), max_size=3).map(tuple),
    cost=_texts(_PARAGRAPH),
    leika_keys=st.lists(st.from_regex(r"[0-9]{14}", fullmatch=True), max_size=3, unique=True).map(tuple),
    alt_names=st.lists(_LINE, max_size=3).map(tuple),
    forms=st.lists(st.builds(Form, url=_URL, name=_texts(_LINE)), max_size=3).map(tuple),
    channels=_TAGS.flatmap(_channels),
    outcome=st.sampled_from(["completes", "advises_only", None]),
    personal_appearance_required=st.sampled_from([True, False, None]),
    url=st.none() | _URL,
    modified_at=st.none(),
)


@given(_RECORDS)
def test_a_record_survives_its_row(record: ServiceRecord) -> None:
    row = row_of(record)
    assert tuple(row) == COLUMNS
    assert record_of(row) == record


@given(st.lists(_RECORDS, max_size=3))
def test_records_survive_the_file(records: list[ServiceRecord]) -> None:
    table = sheets.read(sheets.write_csv(map(row_of, records), COLUMNS))
    assert table.problems == ()
    assert [record_of(row.cells) for row in table.rows] == records


def test_every_field_of_a_record_but_the_time_of_change_has_a_column() -> None:
    assert set(ServiceRecord.model_fields) - {"modified_at"} == {
        "id", "name", "department", "carrier", "summary", "description", "documents", "cost", "leika_keys",
        "alt_names", "forms", "channels", "outcome", "personal_appearance_required", "url",
    }  # fmt: skip
