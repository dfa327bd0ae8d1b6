"""docs/settings.md: every key of the configuration, from the models that read it."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from durchwahl.model.catalogue import ChannelType
from durchwahl.plugin import Secret, SourceType, Url
from durchwahl.settings import words
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
    LocalizedText,
    MailTable,
    Network,
    PublicUrl,
    RequiredService,
    SearchTable,
    WebsiteTable,
)
from durchwahl.sources.discovery import Discovery

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

NAMED: tuple[tuple[object, str], ...] = (
    (words.Duration, "duration"), (words.TimeOfDay, "time"), (words.Hours, "hours"), (words.Slug, "slug"),
    (words.LanguageTag, "language"), (LocalizedText, "text"), (Url, "http(s) address"), (PublicUrl, "http(s) address"),
    (Network, "address or network"), (Secret, "secret"), (words.Closure, "closure"), (ContactTable, "contact"),
    (bool, "true or false"), (int, "number"), (float, "number"), (str, "string"), (Any, "anything"),
    (date, "date"), (datetime, "date-time"),
    (ChannelType, "`video`, `phone`, `in_person`"), (NoneType, ""),
)  # fmt: skip

GATEWAY: tuple[tuple[str, type[BaseModel]], ...] = (
    ("[gateway]", GatewayTable), ("[website]", WebsiteTable), ("[keys]", KeysTable), ("[mail]", MailTable),
    ("[search]", SearchTable), ("[[required]]", RequiredService),
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
        tables += [(f'type = "{name}"', model) for model in _models(offered.type)]
    for title, model in tables:
        yield from (f"{title} {info.alias or key}" for key, info in model.model_fields.items() if not info.description)


def _models(source_type: SourceType) -> list[type[BaseModel]]:
    own = (source_type.settings, source_type.lane_settings, source_type.room_settings, source_type.offer_settings)
    return [model for model in own if model is not None]


def _source_type(source_type: SourceType) -> Iterator[str]:
    places = ("[sources.NAME]", "[sources.NAME.lanes.LANE]", '[sources.NAME.rooms."DEPARTMENT/SOURCE/LANE"]',
              "[offers.NAME.remote]")  # fmt: skip
    own = (source_type.settings, source_type.lane_settings, source_type.room_settings, source_type.offer_settings)
    for place, model in zip(places, own, strict=True):
        if model is not None and model.model_fields:
            yield f"`{place}`\n"
            yield from _rows(model)
        elif model is source_type.settings:
            yield "None.\n"


def _table(title: str, model: type[BaseModel]) -> Iterator[str]:
    yield f"### {title}\n"
    yield from _rows(model)


def _rows(model: type[BaseModel]) -> Iterator[str]:
    hints = get_type_hints(model, include_extras=True)
    yield "| key | what it takes | default | |\n|---|---|---|---|"
    for key, info in model.model_fields.items():
        kind = said(hints[key]).replace("|", "\\|")
        default = _default(info).replace("|", "\\|")
        yield f"| `{info.alias or key}` | {kind} | {default} | {info.description or ''} |"
    yield ""


def said(hint: Any) -> str:
    """Return a type in the words of the page's head."""
    if (name := next((name for kind, name in NAMED if kind == hint), None)) is not None:
        return name
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _narrowed(inner) or said(inner[0])
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in inner)
    if origin in (Union, UnionType):
        return " or ".join(filter(None, map(said, inner)))
    if origin is tuple:
        return f"list of: {said(inner[0])}"
    if origin is dict:
        return f"table of {said(inner[0])} to {said(inner[1])}"
    return getattr(hint, "__name__", str(hint))


def _narrowed(inner: tuple[Any, ...]) -> str | None:
    """Return the word for a type of which this one is a narrower kind: it begins as that one does."""
    wider = ((get_args(kind), name) for kind, name in NAMED if get_origin(kind) is Annotated)
    return max(((len(args), name) for args, name in wider if inner[: len(args)] == args), default=(0, None))[1]


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
