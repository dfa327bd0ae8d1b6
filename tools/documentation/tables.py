"""Every TOML block of a page is read by the models that read the configuration; only missing keys are forgiven."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from durchwahl.errors import Finding
from durchwahl.settings.clients import ClientTable
from durchwahl.settings.department import DepartmentTable, LaneTable, OfferTable, OverlayTable, SourceTable
from durchwahl.settings.findings import from_validation
from durchwahl.settings.gateway import (
    GatewayTable,
    KeysTable,
    MailTable,
    RequiredService,
    SearchTable,
    StoreTable,
    WebsiteTable,
)
from durchwahl.settings.words import Closure
from durchwahl.sources.discovery import Discovery
from tools.documentation.markdown import blocks

Model = type[BaseModel]

SINGLE: Mapping[str, Model] = {
    "gateway": GatewayTable,
    "website": WebsiteTable,
    "keys": KeysTable,
    "mail": MailTable,
    "store": StoreTable,
    "search": SearchTable,
    "department": DepartmentTable,
}
LISTED: Mapping[str, Model] = {"required": RequiredService, "closures": Closure}
NAMED: Mapping[str, Model] = {"clients": ClientTable, "offers": OfferTable, "services": OverlayTable}
ELSEWHERE = "toml pyproject"


def faults(page: Path, discovery: Discovery) -> Iterator[str]:
    """Yield a sentence for each key that nobody reads, and for each value that nobody could read."""
    reader = Reader(discovery)
    for block in blocks(page.read_text(encoding="utf-8")):
        if block.info.split(" ")[0] != "toml" or block.info == ELSEWHERE:
            continue
        try:
            tables = tomllib.loads(block.body)
        except tomllib.TOMLDecodeError as error:
            yield f"line {block.line}: is not TOML: {error}"
            continue
        yield from (f"line {block.line}: {found}" for found in reader.faults(tables))


class Reader:
    """Reads parts of a configuration, a source's by its `type` or, without one, by any type that knows its keys."""

    def __init__(self, discovery: Discovery) -> None:
        self._types = {name: offered.type for name, offered in discovery.types.items()}

    def faults(self, tables: Mapping[str, Any]) -> Iterator[str]:
        """Yield what is wrong with tables of gateway.toml or of a department's file."""
        for top, value in tables.items():
            if top in SINGLE:
                yield from _wrong(SINGLE[top], value, top)
            elif top in LISTED:
                for table in value:
                    yield from _wrong(LISTED[top], table, top)
            elif top in NAMED:
                for name, table in value.items():
                    yield from _wrong(NAMED[top], table, f"{top}.{name}")
            elif top == "sources":
                for name, table in value.items():
                    yield from self._source(table, f"sources.{name}")
            else:
                yield f"{top} is not a known table"

    def _source(self, table: Mapping[str, Any], place: str) -> Iterator[str]:
        shared = {key: value for key, value in table.items() if key in SourceTable.model_fields}
        yield from _wrong(SourceTable, shared, place)
        kind = table.get("type")
        if kind is not None and kind not in self._types:
            yield f'{place}.type: there is no source type "{kind}"'
            return
        candidates = [self._types[kind]] if kind is not None else list(self._types.values())
        own = {key: value for key, value in table.items() if key not in shared and key != "lanes"}
        yield from _fewest([one.settings for one in candidates], own, place)
        for lane, given in table.get("lanes", {}).items():
            at = f"{place}.lanes.{lane}"
            common = {key: value for key, value in given.items() if key in LaneTable.model_fields}
            rest = {key: value for key, value in given.items() if key not in common}
            yield from _wrong(LaneTable, common, at)
            yield from _fewest([one.lane_settings for one in candidates], rest, at)
        for lane, room in table.get("rooms", {}).items():
            yield from _fewest([one.room_settings for one in candidates], room, f"{place}.rooms.{lane}")


def _wrong(model: Model | None, given: Mapping[str, Any], place: str) -> Iterator[str]:
    if model is None:
        yield from (f"{place}.{key}: is not a known key." for key in given)
        return
    try:
        model(**given) if model is GatewayTable else model.model_validate(given)
    except ValidationError as error:
        for found in from_validation(error, file="", key=place, model=model):
            if found.reason != "Field required.":
                yield _sentence(found)


def _fewest(models: list[Model | None], given: Mapping[str, Any], place: str) -> list[str]:
    return min((list(_wrong(model, given, place)) for model in models), key=len, default=[])


def _sentence(found: Finding) -> str:
    return f"{found.key}: {found.reason} {found.remedy}".rstrip()
