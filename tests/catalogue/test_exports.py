"""The catalogue in the formats of others: a sheet that reads back the same, JSON-LD, ready bytes."""

import csv
import gzip
import io
from pathlib import Path
from typing import Any

import brotli
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from durchwahl.catalogue.documents import SMALLEST_COMPRESSED, Documents, ready_document
from durchwahl.catalogue.exports import as_record, services_csv, services_jsonld
from durchwahl.catalogue.snapshot import Snapshot, build_snapshot
from durchwahl.model.catalogue import ServiceRecord
from durchwahl.model.sheet_columns import COLUMNS
from durchwahl.testing.catalogue_contract import read
from durchwahl_plugins.sheet import Sheet, SheetSettings
from tests.catalogue.catalogues import DEPARTMENT, hint, offer, page, record, settings_of, snapshot_of
from tests.plugins.plain_toolbox import toolbox_in

SETTINGS = settings_of(DEPARTMENT + offer("pass", "phone"))


async def read_back(folder: Path, snapshot: Snapshot) -> tuple[tuple[ServiceRecord, ...], list[tuple[str, str, str]]]:
    (folder / "export.csv").write_bytes(services_csv(snapshot))
    sheet = Sheet(SheetSettings(path="export.csv"), toolbox_in(folder))
    return tuple(await read(sheet)), list(sheet.row_problems())


def without_evidence(one: ServiceRecord) -> dict[str, Any]:
    dumped = one.model_dump()
    dumped["channels"] = [(str(c["type"]), c["languages"]) for c in dumped["channels"]]
    return dumped


plain = st.text(
    st.characters(blacklist_categories=("Cc", "Cs", "Cn", "Zl", "Zp"), blacklist_characters="<&"), max_size=40
).map(lambda text: " ".join(text.split()))
nasty = st.sampled_from(
    ["=1+1", "+49 351 0", "-5 °C", "@SUM(A1)", "'=x", "''+1", 'a;b"c', "a|b\\|c\\", "＝x", "ja", "0"]
)
line_text = plain | nasty
texts = st.fixed_dictionaries({"de": line_text.filter(bool)}, optional={"en": line_text.filter(bool)})
urls = st.sampled_from(["https://a.example/?x=1;2", "http://b.example/ä|b"])
forms = st.fixed_dictionaries({"url": urls, "name": texts | st.just({})})
records = st.builds(
    record,
    st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True),
    name=texts,
    carrier=st.none() | line_text.filter(bool),
    summary=texts | st.just({}),
    description=texts | st.just({}),
    cost=texts | st.just({}),
    documents=st.lists(texts, max_size=3),
    leika_keys=st.lists(st.from_regex(r"[0-9]{14}", fullmatch=True).filter(str.isascii), max_size=3, unique=True),
    alt_names=st.lists(line_text.filter(bool), max_size=3, unique=True),
    forms=st.lists(forms, max_size=2, unique_by=lambda form: form["url"]),
    channels=st.lists(st.sampled_from(["video", "phone", "in_person"]), unique=True, max_size=3).map(
        lambda kinds: [hint(kind, languages=["de", "pl"]) for kind in kinds]
    ),
    outcome=st.sampled_from([None, "completes", "advises_only"]),
    personal_appearance_required=st.sampled_from([None, True, False]),
    url=st.none() | st.just("https://www.example.org/a?b=c"),
)  # fmt: skip


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(records, min_size=1, max_size=4, unique_by=lambda one: one.id))
async def test_an_export_is_read_back_as_the_same_services(tmp_path: Path, given_records: list[ServiceRecord]) -> None:
    snapshot = build_snapshot(SETTINGS, [page(*given_records)], {})
    back, problems = await read_back(tmp_path, snapshot)
    assert problems == []
    assert [without_evidence(one) for one in back] == [without_evidence(as_record(one)) for one in snapshot.services]
    again = build_snapshot(SETTINGS, [page(*back)], {})
    assert services_csv(again) == services_csv(snapshot)


async def test_a_service_without_a_german_name_is_not_lost(tmp_path: Path) -> None:
    back, problems = await read_back(tmp_path, snapshot_of(SETTINGS, page(record(name={"en": "Passport"}))))
    assert problems == []
    assert back[0].name == {"de": "Passport", "en": "Passport"}


async def test_paragraphs_and_separators_survive_the_sheet(tmp_path: Path) -> None:
    one = record(
        description={"de": 'Erste Zeile; "zitiert"\nzweite, Zeile'}, documents=[{"de": "a|b"}, {"en": "only English"}]
    )
    back, problems = await read_back(tmp_path, snapshot_of(SETTINGS, page(one)))
    assert problems == []
    assert (back[0].description, back[0].documents) == (one.description, one.documents)


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1", "-1", "@x", "＝1", "\t=1", "'=1"])
def test_no_cell_of_an_export_is_run_by_a_spreadsheet(text: str) -> None:
    snapshot = snapshot_of(
        SETTINGS, page(record(name={"de": text}, carrier=text, alt_names=[text], summary={"de": text}))
    )
    cells = [
        cell
        for row in csv.reader(io.StringIO(services_csv(snapshot).decode("utf-8-sig")), delimiter=";")
        for cell in row
    ]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝"))]


def test_an_export_has_all_columns_and_every_service_also_those_without_a_channel() -> None:
    rows = list(
        csv.DictReader(
            io.StringIO(services_csv(snapshot_of(SETTINGS, page(record(), record("info")))).decode("utf-8-sig")),
            delimiter=";",
        )
    )
    assert list(rows[0]) == list(COLUMNS)
    assert [(row["id"], row["telefon"], row["amt"]) for row in rows] == [("info", "", "amt"), ("pass", "ja", "amt")]


def test_candidates_and_hidden_channels_are_not_exported() -> None:
    config = settings_of(DEPARTMENT + '[services.pass.channels]\nphone = "hidden"\n')
    snapshot = snapshot_of(config, page(record(channels=[hint("video", "text"), hint("phone"), hint("in_person")])))
    assert [str(one.type) for one in as_record(snapshot.services[0]).channels] == ["in_person"]


def test_an_export_is_utf_8_with_a_mark_that_spreadsheets_know() -> None:
    body = services_csv(snapshot_of(SETTINGS, page(record(name={"de": "Führungszeugnis"}))))
    assert body.startswith(b"\xef\xbb\xbf")
    assert "Führungszeugnis" in body.decode()
    assert body.endswith(b"\r\n")


# --- JSON-LD


def graph(*given_records: ServiceRecord, language: str = "de") -> dict[str, Any]:
    document = services_jsonld(SETTINGS, snapshot_of(SETTINGS, page(*given_records)), language)
    assert document["@context"] == "https://schema.org"
    return {node["@id"]: node for node in document["@graph"]}


BASE = "https://www.example.org/beratung/v1"


def test_every_service_belongs_to_its_department_under_the_public_address() -> None:
    nodes = graph(record(leika_keys=["99000000000001"]))
    service = nodes[f"{BASE}/services/amt-pass"]
    assert service["@type"] == "GovernmentService"
    assert nodes[service["provider"]["@id"]]["@type"] == "GovernmentOrganization"
    assert service["areaServed"] == "Teststadt"
    assert service["identifier"] == [{"@type": "PropertyValue", "propertyID": "LeiKa", "value": "99000000000001"}]


def test_a_bookable_channel_says_where_and_another_does_not() -> None:
    channels = graph(record(channels=[hint("video")]))[f"{BASE}/services/amt-pass"]["availableChannel"]
    assert [(one["name"], one.get("serviceUrl")) for one in channels] == [
        ("video", None), ("phone", f"{BASE}/services/amt-pass/slots?channel=phone"),
    ]  # fmt: skip


def test_a_form_stands_apart_from_the_channels() -> None:
    service = graph(record("antrag", forms=[{"url": "https://form.example.org/"}]))[f"{BASE}/services/amt-antrag"]
    assert "availableChannel" not in service
    assert service["potentialAction"][0]["target"]["urlTemplate"] == "https://form.example.org/"


def test_texts_say_their_language_and_nothing_is_null() -> None:
    english = graph(record(name={"de": "Pass", "en": "Passport"}), language="en")[f"{BASE}/services/amt-pass"]
    german = graph(record(name={"de": "Pass"}), language="en")[f"{BASE}/services/amt-pass"]
    assert (english["name"], english["inLanguage"]) == ("Passport", "en")
    assert (german["name"], german["inLanguage"]) == ("Pass", "de")
    assert None not in english.values()
    assert [] not in english.values()


# --- Ready bytes


@given(st.binary(max_size=4_000))
def test_every_coding_of_a_document_opens_to_the_same_bytes(body: bytes) -> None:
    document = ready_document("text/plain", body, "de")
    opened = {"identity": bytes, "gzip": gzip.decompress, "br": brotli.decompress}
    for name, one in document.representations.items():
        assert opened[name](one.body) == body
    assert set(document.representations) == (
        {"identity", "gzip", "br"} if len(body) >= SMALLEST_COMPRESSED else {"identity"}
    )


def test_each_coding_has_a_strong_etag_of_its_own() -> None:
    etags = [one.etag for one in ready_document("text/plain", b"x" * 1_000, None).representations.values()]
    assert len(set(etags)) == 3
    assert all(etag.startswith('"') and etag.endswith('"') for etag in etags)


def test_the_same_bytes_have_the_same_etags_and_others_have_others() -> None:
    def etags(body: bytes) -> list[str]:
        return [one.etag for one in ready_document("text/plain", body, None).representations.values()]

    assert etags(b"x" * 1_000) == etags(b"x" * 1_000)
    assert not set(etags(b"x" * 1_000)) & set(etags(b"y" * 1_000))


def test_a_document_is_made_once_for_each_question() -> None:
    made: list[str] = []

    def make(name: str) -> Any:
        def body() -> tuple[str, bytes, str | None]:
            made.append(name)
            return "text/plain", name.encode(), None

        return body

    documents = Documents()
    for name in ("a", "b", "a"):
        documents.get((name,), make(name))
    assert made == ["a", "b"]
