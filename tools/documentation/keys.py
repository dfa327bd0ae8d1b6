"""docs/settings.md: every key of the configuration, from the models that read it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from durchwahl.plugin import SourceType
from durchwahl.settings import words
from durchwahl.settings.clients import ClientTable
from durchwahl.settings.department import (
    ContactTable,
    DepartmentTable,
    LaneTable,
    OfferTable,
    OverlayTable,
    SourceTable,
)
from durchwahl.settings.gateway import (
    GatewayTable,
    KeysTable,
    MailTable,
    RequiredService,
    SearchTable,
    StoreTable,
    WebsiteTable,
)
from durchwahl.sources.discovery import Discovery
from tools.documentation.kinds import is_table, said

HEAD = """# Settings

Generated from the code by `make messages`; how they play together stands in [operator.md](operator.md). One file
for the gateway, `gateway.toml`, and one for each department in `departments/` beside it. Paths in them are relative to
the folder of `gateway.toml`. Unknown keys are refused. `durchwahl schema` prints all of this as one JSON Schema.

A key without a default has to be given. Below, a

- **duration** is a number with its unit: `"30s"`, `"20min"`, `"2h"`, `"60d"`,
- **time** is `"09:00"`, and `"24:00"` ends a day,
- **hours** are spans per weekday in the city's time zone: `{ tue = ["09:00-12:00", "14:00-18:00"] }`,
- **slug** is made of lower-case letters, digits and hyphens,
- **language** is a BCP 47 tag: `de`, `en`, `gsg` for German Sign Language,
- **text** is a text in German or one for each language: `"Bürgeramt"`, `{ de = "Bürgeramt", en = "Citizens' Office" }`,
- **secret** is a reference, never the secret: `{ file = "/run/secrets/caldav" }` or `{ env = "CALDAV_PASSWORD" }`.
"""

GATEWAY: tuple[tuple[str, type[BaseModel]], ...] = (
    ("[gateway]", GatewayTable), ("[website]", WebsiteTable), ("[keys]", KeysTable),
    ("[clients.NAME]", ClientTable), ("[mail]", MailTable), ("[store]", StoreTable), ("[search]", SearchTable),
    ("[[required]]", RequiredService),
)  # fmt: skip
DEPARTMENT: tuple[tuple[str, type[BaseModel]], ...] = (
    ("[department]", DepartmentTable), ("[department.contact]", ContactTable), ("[offers.NAME]", OfferTable),
    ("[services.SLUG]", OverlayTable), ("[[closures]]", words.Closure),
)  # fmt: skip
SOURCE: tuple[tuple[str, type[BaseModel]], ...] = (
    ("[sources.NAME]", SourceTable), ("[sources.NAME.lanes.LANE]", LaneTable),
)  # fmt: skip


def page(discovery: Discovery) -> str:
    """Return the whole page; the source types are those of the plugins in the tree."""
    lines = [HEAD, "## gateway.toml\n"]
    lines.append("`DURCHWAHL_` and a key of `[gateway]` in upper case, in the environment, win over the file.\n")
    for title, model in GATEWAY:
        lines += _table(title, model)
    lines.append("## departments/*.toml\n")
    for title, model in DEPARTMENT:
        lines += _table(title, model)
    lines.append("## Sources\n")
    lines.append("In a department's file, or in gateway.toml for the whole city: then known as `city/NAME`.\n")
    for title, model in SOURCE:
        lines += _table(title, model)
    for name, offered in sorted(discovery.types.items()):
        kinds = " and ".join(offered.kinds).replace("_", " ")
        lines.append(f'### type = "{name}"\n\nA {kinds}. Beside the keys of every source:\n')
        lines += _source_type(offered.type)
    return "\n".join(lines).rstrip() + "\n"


def undescribed(discovery: Discovery) -> Iterator[str]:
    """Yield each key that has no description, as `[table] key`."""
    tables = [*GATEWAY, *DEPARTMENT, *SOURCE]
    for name, offered in discovery.types.items():
        tables += [(f'type = "{name}"', model) for _, model in _models(offered.type)]
    for title, model in tables:
        yield from _silent(title, model)


def _silent(place: str, model: type[BaseModel]) -> Iterator[str]:
    yield from (f"{place} {info.alias or key}" for key, info in model.model_fields.items() if not info.description)
    for where, inner in _within(place, model):
        yield from _silent(where, inner)


def _models(source_type: SourceType) -> list[tuple[str, type[BaseModel]]]:
    own = (
        ("[sources.NAME]", source_type.settings), ("[sources.NAME.lanes.LANE]", source_type.lane_settings),
        ('[sources.NAME.rooms."DEPARTMENT/SOURCE/LANE"]', source_type.room_settings),
        ("[offers.NAME.remote]", source_type.offer_settings),
    )  # fmt: skip
    return [(place, model) for place, model in own if model is not None]


def _source_type(source_type: SourceType) -> Iterator[str]:
    for place, model in _models(source_type):
        if model.model_fields:
            yield f"`{place}`\n"
            yield from _rows(place, model)
        elif model is source_type.settings:
            yield "None.\n"


def _within(place: str, model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield the tables within a table that no word of the page's head stands for."""
    for key, hint in get_type_hints(model, include_extras=True).items():
        where = f"{place.strip('[]')}.{key}"
        for inner in filter(is_table, (hint, *get_args(hint))):
            yield f"[[{where}]]" if get_origin(hint) is tuple else f"[{where}]", inner


def _table(title: str, model: type[BaseModel]) -> Iterator[str]:
    yield f"### {title}\n"
    yield from _rows(title, model)


def _rows(place: str, model: type[BaseModel]) -> Iterator[str]:
    hints = get_type_hints(model, include_extras=True)
    yield "| key | what it takes | default | |\n|---|---|---|---|"
    for key, info in model.model_fields.items():
        kind = said(hints[key]).replace("|", "\\|")
        default = _default(info).replace("|", "\\|")
        yield f"| `{info.alias or key}` | {kind} | {default} | {info.description or ''} |"
    yield ""
    for where, inner in _within(place, model):
        yield f"`{where}`\n"
        yield from _rows(where, inner)


def _default(info: FieldInfo) -> str:
    value = info.get_default(call_default_factory=True, validated_data={})
    if info.is_required() or value is PydanticUndefined:
        return "**to be given**"
    return f"`{_toml(value)}`" if (_toml(value)) else ""


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, timedelta):
        return f'"{_duration(round(value.total_seconds()))}"'
    if isinstance(value, str):
        return f'"{value}"' if value else ""
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(one) for one in value)}]" if value else ""
    return str(value) if isinstance(value, int | float) else ""


def _duration(seconds: int) -> str:
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds and seconds % length == 0 and (unit != "d" or seconds > length):
            return f"{seconds // length}{unit}"
    return f"{seconds}s" if seconds else "0min"
