r"""The columns of a catalogue sheet, and a service as a row of them: reading and export share this mapping.

A sheet holds German and English texts, one set of languages for all its channels, and no time of change; of a
record that has more, `row_of` writes what a sheet can hold. In a cell of several entries `|` parts them, `\|`
is the character itself and `\\` a backslash. Online forms have columns of their own and are never a channel.
"""

import re
import unicodedata

from durchwahl.model.catalogue import ChannelHint, ChannelType, Form, ServiceRecord
from durchwahl.model.sheet_cells import (
    CellError,
    Row,
    address,
    aligned,
    entries,
    guarded,
    identifier,
    joined,
    language_tags,
    leika_keys,
    line,
    outcome,
    paragraph,
    unguarded,
    yes_or_no,
)
from durchwahl.model.text import Texts

__all__ = ["COLUMNS", "REQUIRED", "CellError", "column_of", "guarded", "record_of", "row_of", "unguarded"]

_OTHER_HEADINGS: dict[str, tuple[str, ...]] = {
    "id": ("kennung",),
    "name": ("name_de", "leistung", "bezeichnung"),
    "name_en": (),
    "amt": ("fachamt", "department"),
    "traeger": ("carrier",),
    "kurz": ("kurz_de", "kurztext", "summary", "summary_de"),
    "kurz_en": ("summary_en",),
    "beschreibung": ("beschreibung_de", "description", "description_de"),
    "beschreibung_en": ("description_en",),
    "unterlagen": ("unterlagen_de", "documents", "documents_de"),
    "unterlagen_en": ("documents_en",),
    "kosten": ("kosten_de", "gebuehren", "cost", "cost_de"),
    "kosten_en": ("cost_en",),
    "leika": ("leika_schluessel", "leika_keys", "leika_key"),
    "stichworte": ("stichwoerter", "alt_names", "keywords"),
    "formular": ("formulare", "forms", "form_url"),
    "formular_name": ("formular_name_de", "form_name", "form_name_de"),
    "formular_name_en": ("form_name_en",),
    "video": (),
    "telefon": ("phone",),
    "vor_ort": ("in_person",),
    "sprachen": ("languages",),
    "abschluss": ("outcome",),
    "persoenlich": ("personal_appearance_required",),
    "webseite": ("url", "website"),
}

COLUMNS = tuple(_OTHER_HEADINGS)
"""The columns in the order of an export."""

REQUIRED = ("id", "name")
"""The columns without which a sheet is no catalogue."""

_CHANNELS = {"video": ChannelType.VIDEO, "telefon": ChannelType.PHONE, "vor_ort": ChannelType.IN_PERSON}


def column_of(heading: str) -> str | None:
    """Return the column that a heading means, None for an unknown one; case, umlauts and spaces are free."""
    folded = unicodedata.normalize("NFC", heading).strip().casefold()
    for umlaut, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue")):
        folded = folded.replace(umlaut, letters)
    folded = re.sub(r"[\s_-]+", "_", folded)
    return next((name for name, others in _OTHER_HEADINGS.items() if folded == name or folded in others), None)


def row_of(record: ServiceRecord) -> dict[str, str]:
    """Return the record's cells, one for each of `COLUMNS`; not yet `guarded`."""
    row = {
        "id": record.id,
        "amt": record.department or "",
        "traeger": record.carrier or "",
        **_text_cells("name", record.name),
        **_text_cells("kurz", record.summary),
        **_text_cells("beschreibung", record.description),
        **_text_cells("kosten", record.cost),
        "unterlagen": joined(document.get("de", "") for document in record.documents),
        "unterlagen_en": joined(document.get("en", "") for document in record.documents),
        "leika": " ".join(record.leika_keys),
        "stichworte": joined(record.alt_names),
        "formular": joined(form.url for form in record.forms),
        "formular_name": joined(form.name.get("de", "") for form in record.forms),
        "formular_name_en": joined(form.name.get("en", "") for form in record.forms),
        "sprachen": " ".join(next((hint.languages for hint in record.channels if hint.languages), ())),
        "abschluss": {"completes": "abschliessend", "advises_only": "beratung"}.get(record.outcome or "", ""),
        "persoenlich": {True: "ja", False: "nein", None: ""}[record.personal_appearance_required],
        "webseite": record.url or "",
    }
    offered = {hint.type for hint in record.channels}
    row |= {column: "ja" if channel in offered else "" for column, channel in _CHANNELS.items()}
    return {column: row[column] for column in COLUMNS}


def record_of(row: Row) -> ServiceRecord:
    """Return the service that a row describes; its keys are `COLUMNS`, and a missing one is an empty cell.

    Raises:
        CellError: the first cell that cannot be read.
    """
    website = row.get("webseite", "").strip()
    return ServiceRecord(
        id=identifier(row),
        name=_name(row),
        department=line(row, "amt", at_most=120) or None,
        carrier=line(row, "traeger", at_most=200) or None,
        summary=_texts(line(row, "kurz"), line(row, "kurz_en")),
        description=_texts(paragraph(row, "beschreibung"), paragraph(row, "beschreibung_en")),
        documents=tuple(_texts(de, en) for de, en in aligned(row, "unterlagen", "unterlagen_en")),
        cost=_texts(paragraph(row, "kosten"), paragraph(row, "kosten_en")),
        leika_keys=leika_keys(row, "leika"),
        alt_names=tuple(name for name in entries(row, "stichworte") if name),
        forms=_forms(row),
        channels=_channels(row),
        outcome=outcome(row, "abschluss"),
        personal_appearance_required=yes_or_no(row, "persoenlich"),
        url=address(website, "webseite") if website else None,
    )


def _text_cells(column: str, texts: Texts) -> dict[str, str]:
    return {column: texts.get("de", ""), f"{column}_en": texts.get("en", "")}


def _texts(german: str, english: str) -> Texts:
    return {language: text for language, text in (("de", german), ("en", english)) if text}


def _name(row: Row) -> Texts:
    german = line(row, "name", at_most=200)
    if not german:
        raise CellError("name", "is empty.", "Write the service's German name.")
    return _texts(german, line(row, "name_en", at_most=200))


def _forms(row: Row) -> tuple[Form, ...]:
    found = aligned(row, "formular", "formular_name", "formular_name_en")
    return tuple(Form(url=address(url, "formular"), name=_texts(german, english)) for url, german, english in found)


def _channels(row: Row) -> tuple[ChannelHint, ...]:
    languages = language_tags(row, "sprachen")
    return tuple(
        ChannelHint(type=channel, basis="explicit", detail=f"Spalte {column}", languages=languages)
        for column, channel in _CHANNELS.items()
        if yes_or_no(row, column)
    )
