"""What a key takes, in the words of docs/settings.md."""

from datetime import date, datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeGuard, Union, get_args, get_origin

from pydantic import BaseModel

from durchwahl.model.catalogue import ChannelType
from durchwahl.plugin import Secret, Url
from durchwahl.settings import words
from durchwahl.settings.clients import SecretHashes
from durchwahl.settings.department import ContactTable
from durchwahl.settings.gateway import LocalizedText, Network, PublicUrl

NAMED: tuple[tuple[object, str], ...] = (
    (words.Duration, "duration"), (words.TimeOfDay, "time"), (words.Hours, "hours"), (words.Slug, "slug"),
    (words.LanguageTag, "language"), (LocalizedText, "text"), (Url, "http(s) address"), (PublicUrl, "http(s) address"),
    (Network, "address or network"), (SecretHashes, "64 hex digits, or a list of such"),
    (Secret, "secret"), (words.Closure, "closure"), (ContactTable, "contact"),
    (bool, "true or false"), (int, "number"), (float, "number"), (str, "string"), (Any, "anything"),
    (date, "date"), (datetime, "date-time"),
    (ChannelType, "`video`, `phone`, `in_person`"), (NoneType, ""),
)  # fmt: skip


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
    return "table" if is_table(hint) else getattr(hint, "__name__", str(hint))


def _narrowed(inner: tuple[Any, ...]) -> str | None:
    """Return the word for a type of which this one is a narrower kind: it begins as that one does."""
    wider = ((get_args(kind), name) for kind, name in NAMED if get_origin(kind) is Annotated)
    return max(((len(args), name) for args, name in wider if inner[: len(args)] == args), default=(0, None))[1]


def is_table(hint: object) -> TypeGuard[type[BaseModel]]:
    """Tell whether a type is a table of keys that no word stands for."""
    return isinstance(hint, type) and issubclass(hint, BaseModel) and all(kind != hint for kind, _ in NAMED)
