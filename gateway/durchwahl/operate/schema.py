"""One JSON Schema for all config files, composed from the gateway's tables and the settings of every source type."""

from typing import Any

from pydantic import BaseModel

from durchwahl.settings.clients import ClientTable
from durchwahl.settings.department import DepartmentTable, LaneTable, OfferTable, OverlayTable, SourceTable
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
from durchwahl.sources.discovery import Discovery, OfferedType

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def config_schema(discovery: Discovery) -> dict[str, Any]:
    """Return the schema; a source's keys depend on its `type`."""
    definitions: dict[str, Any] = {}
    offered = [one for _, one in sorted(discovery.types.items())]
    source = {"anyOf": [_source(one, definitions) for one in offered]} if offered else {"type": "object"}
    return {
        "$schema": DRAFT,
        "title": "Durchwahl: gateway.toml and departments/*.toml",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "gateway": _model(GatewayTable, definitions),
            "website": _model(WebsiteTable, definitions),
            "keys": _model(KeysTable, definitions),
            "clients": {"type": "object", "additionalProperties": _model(ClientTable, definitions)},
            "mail": _model(MailTable, definitions),
            "store": _model(StoreTable, definitions),
            "search": _model(SearchTable, definitions),
            "required": {"type": "array", "items": _model(RequiredService, definitions)},
            "department": _model(DepartmentTable, definitions),
            "sources": {"type": "object", "additionalProperties": source},
            "offers": {"type": "object", "additionalProperties": _model(OfferTable, definitions)},
            "services": {"type": "object", "additionalProperties": _model(OverlayTable, definitions)},
            "closures": {"type": "array", "items": _model(Closure, definitions)},
        },
        "$defs": definitions,
    }


def _source(offered: OfferedType, definitions: dict[str, Any]) -> dict[str, Any]:
    common, own = _plain(SourceTable, definitions), _plain(offered.type.settings, definitions)
    lane = _plain(LaneTable, definitions)
    if offered.type.lane_settings is not None:
        _merge(lane, _plain(offered.type.lane_settings, definitions))
    schema = _merge(common, own)
    schema["title"] = offered.type.name
    schema["properties"]["type"] = {"const": offered.type.name}
    schema["properties"]["lanes"] = {"type": "object", "additionalProperties": lane}
    if offered.type.room_settings is not None:
        room = _plain(offered.type.room_settings, definitions)
        schema["properties"]["rooms"] = {"type": "object", "additionalProperties": room}
    return schema


def _merge(into: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    into.setdefault("properties", {}).update(more.get("properties", {}))
    into["required"] = sorted({*into.get("required", []), *more.get("required", [])})
    return into


def _model(model: type[BaseModel], definitions: dict[str, Any]) -> dict[str, Any]:
    schema = _plain(model, definitions)
    definitions[model.__name__] = schema
    return {"$ref": f"#/$defs/{model.__name__}"}


def _plain(model: type[BaseModel], definitions: dict[str, Any]) -> dict[str, Any]:
    schema = model.model_json_schema(by_alias=True, mode="validation")
    definitions.update(schema.pop("$defs", {}))
    return schema
