"""docs/hooks.md: what `durchwahl.plugin` promises, from its own source and docstrings."""

import ast
import inspect
import re
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

from durchwahl import hookspecs, plugin
from durchwahl.plugin import toolbox

HEAD = """# The promise to plugin authors

Generated from the code by `make messages`; how to use it stands in [plugin-author.md](plugin-author.md).
Everything here is imported from `durchwahl.plugin` and stays as it is within an API version (now {version}). The
gateway accepts plugins of this version and of the one before, and says so where it is the one before.
"""

PARTS: dict[str, tuple[str, ...]] = {
    "What a plugin offers": ("hookimpl", "SourceType", "Privacy", "API_VERSION"),
    "Settings": ("SourceSettings", "Url", "Secret"),
    "What a source is given": ("Toolbox", "OAuth2", "Blocking", "Memory", "Files"),
    "Capabilities": ("Capabilities",),
    "Kinds of source": (
        "Source", "ServiceCatalogue", "BusyTimes", "FreeBusyCalendar", "AppointmentSystem", "DeepLink",
        "VideoPlatform", "Inbound",
    ),
    "Catalogue": ("ServiceRecord", "ChannelHint", "ChannelType", "Form"),
    "Time and place": ("Interval", "Lane", "Occupant", "wall_time"),
    "Appointments": (
        "Appointment", "Placed", "SlotQuery", "RemoteSlot", "Person", "Needs", "Visitor", "FormField", "Link",
    ),
    "Rooms": ("Meeting", "Role", "Joined", "Redirect", "BuiltInRoom", "IceServer", "DialIn"),
    "Calls from outside": ("InboundRequest", "InboundResponse"),
    "Errors": (
        "SourceError", "NotSent", "Unavailable", "OutcomeUnknown", "Refused", "Invalid", "Rejected", "classify",
    ),
}  # fmt: skip
"""Each name of `durchwahl.plugin.__all__` once; a new one that is put nowhere here is a fault."""

UNNAMED = frozenset({"OAuth2", "Blocking"})
"""What a Toolbox holds and no plugin needs to import."""


def page() -> str:
    """Return the whole page.

    Raises:
        LookupError: a name of the promise is in no part, or a part names something that was not promised.
    """
    placed = [name for names in PARTS.values() for name in names]
    if odd := set(plugin.__all__) ^ (set(placed) - UNNAMED):
        raise LookupError(f"tools/documentation/promise.py: put where it belongs: {', '.join(sorted(odd))}")
    lines = [HEAD.format(version=plugin.API_VERSION), "## Hooks\n"]
    lines += _doc(inspect.getdoc(hookspecs) or "")
    for name, function in inspect.getmembers(hookspecs, inspect.isfunction):
        if name.startswith("durchwahl_"):
            lines += _callable(_node(function))
    for part, names in PARTS.items():
        lines.append(f"## {part}\n")
        for name in names:
            lines += _member(name)
    return "\n".join(lines).rstrip() + "\n"


def _member(name: str) -> Iterator[str]:
    value = getattr(toolbox if name in UNNAMED else plugin, name)
    if inspect.isclass(value):
        yield from _class(name, value)
    elif inspect.isfunction(value):
        yield from _callable(_node(value))
    else:
        yield f"### `{name}`\n"
        yield from _doc(_said_of(name))


def _class(name: str, value: type[Any]) -> Iterator[str]:
    node = _node(value)
    bases = [base.__name__ for base in value.__bases__ if base.__name__ in plugin.__all__]
    yield f"### `{name}`" + (f" (a `{bases[0]}`)" if bases else "") + "\n"
    yield from _doc(ast.get_docstring(node) or "")
    if fields := list(_fields(node)):
        yield "| field | type | default | |\n|---|---|---|---|"
        yield from (
            f"| `{field}` | {_code(kind)} | {_code(default)} | {said} |" for field, kind, default, said in fields
        )
        yield ""
    methods = [one for one in node.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
    public = [one for one in methods if not one.name.startswith("_") or one.name == "__call__"]
    must = [one for one in public if _is_abstract(one)]
    for heading, group in (("Must:", must), ("May:" if must else "", [one for one in public if one not in must])):
        if group and heading:
            yield f"{heading}\n"
        for one in group:
            yield from _callable(one, heading="####")


def _fields(node: ast.ClassDef) -> Iterator[tuple[str, str, str, str]]:
    for place, one in enumerate(node.body):
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
            default, said = _default(one.value)
            yield one.target.id, ast.unparse(one.annotation), default, said or _text_after(node.body, place)
        elif isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name) and one.targets[0].id.isupper():
            yield one.targets[0].id, "", ast.unparse(one.value), ""


def _default(value: ast.expr | None) -> tuple[str, str]:
    """Return the default as written, and a pydantic or dataclass field's description."""
    if not (isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in ("Field", "field")):
        return ("" if value is None else ast.unparse(value)), ""
    given = {one.arg: one.value for one in value.keywords}
    said = given.get("description")
    factory = given.get("default_factory")
    default = given.get("default")
    shown = f"{ast.unparse(factory)}()" if factory else ast.unparse(default) if default else ""
    return shown, str(said.value) if isinstance(said, ast.Constant) else ""


def _text_after(body: list[ast.stmt], place: int) -> str:
    following = body[place + 1] if place + 1 < len(body) else None
    if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
        return " ".join(str(following.value.value).split())
    return ""


def _callable(node: ast.FunctionDef | ast.AsyncFunctionDef, *, heading: str = "###") -> Iterator[str]:
    decorated = {ast.unparse(one) for one in node.decorator_list}
    yield f"{heading} `{node.name}`\n"
    if "property" not in decorated:
        kind = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
        returned = f" -> {ast.unparse(node.returns)}" if node.returns else ""
        yield f"```python\n{kind} {node.name}({ast.unparse(node.args)}){returned}\n```\n"
    yield from _doc(ast.get_docstring(node) or "")


def _is_abstract(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(isinstance(one, ast.Name) and one.id == "abstractmethod" for one in node.decorator_list)


def _doc(text: str) -> list[str]:
    """Return a docstring as Markdown, its `Raises:` as a list."""
    told, heading, raised = text.partition("\nRaises:\n")
    errors = re.sub(r"\n {8,}", " ", f"\n{raised}").replace("\n    ", "\n- ").strip()
    return [f"{told.rstrip()}\n\nRaises:\n\n{errors}" if heading else text, ""]


def _code(text: str) -> str:
    return "`{}`".format(text.strip("'\"") if "." in text else text).replace("|", "\\|") if text else ""


def _said_of(name: str) -> str:
    """Return the text below an assignment in whichever module of the promise makes it."""
    for module in (plugin.source_type, plugin.settings, sys.modules[plugin.Meeting.__module__]):
        body = _module(inspect.getsource(module)).body
        for place, one in enumerate(body):
            if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name) and one.targets[0].id == name:
                return _text_after(body, place) or f"```text\n{ast.unparse(one)}\n```"
    raise LookupError(f"nothing is said of {name}")


def _node(value: Any) -> Any:
    tree = _module(inspect.getsource(sys.modules[value.__module__]))
    return next(one for one in tree.body if getattr(one, "name", None) == value.__name__)


@cache
def _module(source: str) -> ast.Module:
    return ast.parse(source)
