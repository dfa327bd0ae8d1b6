"""Where in a model a mistake is: which table holds it, and which field it is about."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from durchwahl.plugin.settings import Secret

LISTS = (tuple, list, set, frozenset)


@dataclass(frozen=True)
class Spot:
    """What is known of a place; None where the model says nothing of it, as inside a free table.

    `owner` is the table that holds the key; `annotation` is the type of what is written there.
    """

    owner: type[BaseModel] | None
    field: FieldInfo | None
    annotation: Any

    @property
    def keys(self) -> list[str]:
        """The keys that the table has, as they are written."""
        fields = self.owner.model_fields if self.owner else {}
        return [field.alias or name for name, field in fields.items()]

    @property
    def described(self) -> str:
        """`It is: …`, or an empty text."""
        return f"It is: {self.field.description}." if self.field is not None and self.field.description else ""

    @property
    def is_list_of_tables(self) -> bool:
        """Whether it is written in two brackets."""
        written = _alternatives(self.field.annotation) if self.field is not None else []
        return any(get_origin(one) in LISTS and _model_in(_inside(one)) is not None for one in written)

    @property
    def example(self) -> str:
        """What may be written there, as TOML; three dots for what only the operator knows."""
        if self.field is not None and self.field.examples and self.field.annotation == self.annotation:
            return json.dumps(self.field.examples[0], ensure_ascii=False)  # of texts and lists, TOML writes the same
        return _example(self.annotation)


def located(model: type[BaseModel] | None, path: Sequence[str | int]) -> Spot:
    """Return what the model knows of the place that a path of keys and numbers leads to."""
    owner, field = model, None
    annotation: Any = model
    for part in path:
        if isinstance(part, int):
            annotation = _inside(annotation)
            continue
        owner = _model_in(annotation)
        field = _field(owner, part)
        annotation = field.annotation if field is not None else _inside(annotation)
    return Spot(owner, field, annotation)


def _field(owner: type[BaseModel] | None, key: str) -> FieldInfo | None:
    fields = owner.model_fields if owner else {}
    return next((field for name, field in fields.items() if key in (name, field.alias)), None)


def _alternatives(annotation: Any) -> list[Any]:
    """Return the types that a value may have, without None."""
    if get_origin(annotation) is Annotated:
        return _alternatives(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [one for arg in get_args(annotation) for one in _alternatives(arg) if one is not type(None)]
    return [annotation]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    models = (one for one in _alternatives(annotation) if isinstance(one, type) and issubclass(one, BaseModel))
    return next(models, None)


def _inside(annotation: Any) -> Any:
    """Return the type of a list's items, or of a free table's values."""
    for one in _alternatives(annotation):
        given = get_args(one)
        if get_origin(one) in LISTS and given:
            return given[0]
        if get_origin(one) is dict:
            return given[1]
    return None


def _example(annotation: Any) -> str:
    one = next(iter(_alternatives(annotation)), None)
    if get_origin(one) in LISTS:
        return f"[{_example(_inside(one))}]"
    return '{ file = "…" }' if one is Secret else '"…"'
