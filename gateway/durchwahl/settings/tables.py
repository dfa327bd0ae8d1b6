"""Raw TOML tables -> validated ones. What is wrong goes to the findings; how much it costs depends on the table.

- A table by which something is booked (a source, a lane, an offer, a closure) is left out whole: half of one would
  offer times that the department did not mean.
- A table that describes (a department, a service's overlay, the website) loses the wrong keys alone, unless one of
  them is indispensable.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from durchwahl.errors import Finding
from durchwahl.settings.findings import did_you_mean, from_validation
from durchwahl.settings.words import Slug

M = TypeVar("M", bound=BaseModel)

_SLUG = TypeAdapter(Slug)


class TableReader:
    """Reads the tables of one file."""

    def __init__(self, file: str, findings: list[Finding]) -> None:
        self.file = file
        self._findings = findings

    def find(self, key: str, reason: str, remedy: str = "") -> None:
        """Add a finding."""
        self._findings.append(Finding(self.file, key, reason, remedy))

    def unknown_keys(self, raw: Mapping[str, Any], known: Iterable[str]) -> None:
        """Find top-level keys that nobody reads."""
        for key in raw:
            if key not in known:
                remedy = did_you_mean(key, known) or f"Known here: {', '.join(known)}."
                self.find(key, "is not a known table.", remedy)

    def whole(self, model: type[M], raw: Any, place: str) -> M | None:
        """Return the table, None where anything in it is wrong."""
        try:
            return model.model_validate(raw)
        except ValidationError as error:
            self._findings.extend(from_validation(error, file=self.file, key=place, model=model))
            if all(item["type"] == "extra_forbidden" for item in error.errors()):
                self._find_in_the_rest(model, raw, error, place)
            return None

    def as_far_as_right(self, model: type[M], raw: Any, place: str, *, indispensable: Sequence[str] = ()) -> M | None:
        """Return the table without its wrong keys; None where an indispensable one is wrong, or the whole."""
        try:
            return model.model_validate(raw)
        except ValidationError as error:
            self._findings.extend(from_validation(error, file=self.file, key=place, model=model))
            if any(item["loc"][:1] in [(key,) for key in indispensable] for item in error.errors()):
                return None
            return remainder(model, raw, error)

    def named(self, model: type[M], raw: Any, place: str) -> dict[str, M]:
        """Return the right ones of tables with names."""
        read = ((name, self.whole(model, table, at)) for name, at, table in self.tables(raw, place))
        return {name: one for name, one in read if one is not None}

    def each(self, model: type[M], raw: Any, place: str) -> list[M]:
        """Return the right ones of a list of tables."""
        if not isinstance(raw, list):
            self.find(place, "must be a list of tables.", f"Write [[{place}]], in two brackets.")
            return []
        read = (self.whole(model, table, f"{place}[{index}]") for index, table in enumerate(raw))
        return [table for table in read if table is not None]

    def tables(self, raw: Any, place: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield name, key and content of the tables in a table; what is none is found."""
        if not isinstance(raw, dict):
            self.find(place, "must be a table of tables.", f"Write [{place}.<name>], in single brackets.")
            return
        for name, table in raw.items():
            at = f"{place}.{name}"
            if not isinstance(table, dict):
                self.find(at, "must be a table.", f"Write [{at}] on a line of its own.")
            elif self._is_slug(name, at):
                yield name, at, table

    def _find_in_the_rest(self, model: type[M], raw: Any, error: ValidationError, place: str) -> None:
        """Find what is wrong with the table as a whole, which nobody looks at while single keys are unknown."""
        try:
            model.model_validate(_without(raw, error))
        except ValidationError as further:
            self._findings.extend(from_validation(further, file=self.file, key=place, model=model))

    def _is_slug(self, name: str, place: str) -> bool:
        try:
            _SLUG.validate_python(name)
        except ValidationError as error:
            self._findings.extend(from_validation(error, file=self.file, key=place))
            return False
        return True


def remainder(model: type[M], raw: Any, error: ValidationError, stand_ins: Mapping[str, Any] | None = None) -> M | None:
    """Return the table without what the error names, None where that does not make it right.

    `stand_ins` take the place of keys that the table cannot be without.
    """
    rest = _without(raw, error)
    if not isinstance(rest, dict):
        return None
    try:
        return model.model_validate({**(stand_ins or {}), **rest})
    except ValidationError:
        return None


def _without(raw: Any, error: ValidationError) -> Any:
    rest = deepcopy(raw)
    for item in error.errors(include_url=False, include_input=False):
        _drop(rest, item["loc"])
    return rest


def _drop(table: Any, path: Sequence[str | int]) -> None:
    """Take the innermost key of a path out of nested tables; a wrong item takes its whole list with it."""
    for depth, key in enumerate(path):
        if not isinstance(table, dict) or key not in table:
            return
        inner = table[key]
        if depth + 1 == len(path) or not isinstance(inner, dict) or path[depth + 1] not in inner:
            del table[key]
            return
        table = inner
