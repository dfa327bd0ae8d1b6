"""One department's file -> resolved tables. Each table is validated alone, so that one mistake costs one table."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from durchwahl.errors import Finding
from durchwahl.settings.department import (
    LONGEST_OFFER_ID,
    DepartmentTable,
    LaneTable,
    OfferTable,
    OverlayTable,
    SourceTable,
)
from durchwahl.settings.findings import did_you_mean, from_validation
from durchwahl.settings.resolved import DepartmentConfig, LaneConfig, OfferConfig, SourceConfig
from durchwahl.settings.words import Closure, Slug, collated

M = TypeVar("M", bound=BaseModel)

TOP_KEYS = ("department", "sources", "offers", "closures", "services")
_SLUG = TypeAdapter(Slug)
CITY = "city"


class DepartmentReader:
    """Collects what the departments' files say; what is wrong goes to `findings` and is left out."""

    def __init__(self, folder: Path, findings: list[Finding]) -> None:
        self._folder = folder
        self._findings = findings
        self._departments: dict[str, DepartmentConfig] = {}
        self.source_configs: dict[str, SourceConfig] = {}
        self.offers: dict[str, OfferConfig] = {}

    def read(self, raw: Mapping[str, Any], file: str) -> None:
        """Read one department's tables."""
        self.unknown_keys(raw, file, TOP_KEYS)
        table = self._table(DepartmentTable, raw.get("department", {}), file, "department")
        if table is None:
            return
        if table.id in self._departments or table.id == CITY:
            taken = "the whole city's name" if table.id == CITY else f"used by {self._departments[table.id].file}"
            self._find(file, "department.id", f'"{table.id}" is already {taken}.', "Give each department its own id.")
            return
        self._departments[table.id] = DepartmentConfig(
            id=table.id,
            file=file,
            order=table.order if table.order is not None else 1_000_000,
            table=table,
            closures=tuple(self._each(Closure, raw.get("closures", []), file, "closures")),
            overlay=self._named(OverlayTable, raw.get("services", {}), file, "services"),
        )
        self.sources(table.id, raw.get("sources", {}), file)
        for name, offer in self._named(OfferTable, raw.get("offers", {}), file, "offers").items():
            self._offer(table.id, name, offer, file)

    def sources(self, department: str, raw: Any, file: str) -> None:
        """Read the `[sources.*]` tables of a department, or of the city."""
        for name, place, table in self._tables(raw, file, "sources"):
            shared = {key: table[key] for key in SourceTable.model_fields if key in table}
            common = self._table(SourceTable, shared, file, place)
            if common is None:
                continue
            own = {key: value for key, value in table.items() if key not in shared and key != "lanes"}
            lanes = self._lanes(table.get("lanes", {}), file, place)
            key = f"{department}/{name}"
            self.source_configs[key] = SourceConfig(key=key, file=file, table=common, own=own, lanes=lanes)

    def in_order(self) -> tuple[DepartmentConfig, ...]:
        """Return the departments in the order of every list: a parent before its children, then order, number, name."""
        orphans = self._without_root()
        children: dict[str | None, list[DepartmentConfig]] = {}
        for department in self._departments.values():
            if department.id in orphans:
                table = department.table.model_copy(update={"parent": None})
                department = replace(department, table=table)  # noqa: PLW2901  # nobody is shown a parent that is none
            children.setdefault(department.table.parent, []).append(department)
        ordered: list[DepartmentConfig] = []

        def walk(parent: str | None) -> None:
            for child in sorted(children.get(parent, []), key=_list_place):
                ordered.append(child)
                walk(child.id)

        walk(None)
        return tuple(ordered)

    def unknown_keys(self, raw: Mapping[str, Any], file: str, known: Iterable[str]) -> None:
        """Find top-level keys that nobody reads."""
        for key in raw:
            if key not in known:
                remedy = did_you_mean(key, known) or f"Known here: {', '.join(known)}."
                self._find(file, key, "is not a known table.", remedy)

    def _offer(self, department: str, name: str, table: OfferTable, file: str) -> None:
        offer_id = f"{department}/{name}"
        if len(offer_id) > LONGEST_OFFER_ID:
            reason = f'"{offer_id}" has more than {LONGEST_OFFER_ID} characters.'
            self._find(file, f"offers.{name}", reason, "Give the table a shorter name.")
            return
        self.offers[offer_id] = OfferConfig(
            id=offer_id,
            department=department,
            file=file,
            table=table,
            calendar=_source_key(department, table.calendar),
            video=_source_key(department, table.video) if table.video else None,
            also_busy=tuple(_source_key(department, name) for name in table.also_busy),
        )

    def _lanes(self, raw: Any, file: str, place: str) -> dict[str, LaneConfig]:
        lanes = {}
        for name, at, table in self._tables(raw, file, f"{place}.lanes"):
            shared = {key: table[key] for key in LaneTable.model_fields if key in table}
            if (common := self._table(LaneTable, shared, file, at)) is not None:
                own = {key: value for key, value in table.items() if key not in shared}
                lanes[name] = LaneConfig(name=name, table=common, own=own)
        return lanes

    def _named(self, model: type[M], raw: Any, file: str, place: str) -> dict[str, M]:
        found = {}
        for name, at, table in self._tables(raw, file, place):
            if (one := self._table(model, table, file, at)) is not None:
                found[name] = one
        return found

    def _tables(self, raw: Any, file: str, place: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield name, key and content of the tables in a table; what is none is found."""
        if not isinstance(raw, dict):
            self._find(file, place, "must be a table of tables.", f"Write [{place}.<name>], in single brackets.")
            return
        for name, table in raw.items():
            at = f"{place}.{name}"
            if not isinstance(table, dict):
                self._find(file, at, "must be a table.", f"Write [{at}] on a line of its own.")
            elif self._is_slug(name, file, at):
                yield name, at, table

    def _each(self, model: type[M], raw: Any, file: str, place: str) -> list[M]:
        if not isinstance(raw, list):
            self._find(file, place, "must be a list of tables.", f"Write [[{place}]], in two brackets.")
            return []
        tables = (self._table(model, table, file, f"{place}[{index}]") for index, table in enumerate(raw))
        return [table for table in tables if table is not None]

    def _table(self, model: type[M], raw: Any, file: str, place: str) -> M | None:
        try:
            return model.model_validate(raw)
        except ValidationError as error:
            self._findings.extend(from_validation(error, file=file, key=place, model=model))
            return None

    def _is_slug(self, name: str, file: str, place: str) -> bool:
        try:
            _SLUG.validate_python(name)
        except ValidationError as error:
            self._findings.extend(from_validation(error, file=file, key=place))
            return False
        return True

    def _without_root(self) -> set[str]:
        """Find the departments whose parent is none, or who are their own ancestors; they are listed at the top."""
        orphans = set()
        for department in self._departments.values():
            parent = department.table.parent
            if parent is None or (parent in self._departments and not self._is_own_ancestor(department.id)):
                continue
            orphans.add(department.id)
            reason = f'names "{parent}", which leads in a circle or to no department.'
            hint = "" if parent in self._departments else did_you_mean(parent, self._departments)
            self._find(
                department.file, "department.parent", reason, hint or "Name the department above, or leave it out."
            )
        return orphans

    def _is_own_ancestor(self, department_id: str) -> bool:
        seen: set[str] = set()
        above = self._departments[department_id].table.parent
        while above is not None and above in self._departments and above not in seen:
            if above == department_id:
                return True
            seen.add(above)
            above = self._departments[above].table.parent
        return False

    def _find(self, file: str, key: str, reason: str, remedy: str = "") -> None:
        self._findings.append(Finding(file, key, reason, remedy))


def _source_key(department: str, name: str) -> str:
    return name if "/" in name else f"{department}/{name}"


def _list_place(department: DepartmentConfig) -> tuple[int, bool, list[tuple[int, str]], str, str]:
    """Return what lists are ordered by; of numbers, 9 comes before 33 and 33 before 33.2."""
    number = department.table.number or ""
    parts = [(int(part), "") if part.isdigit() else (-1, part) for part in re.findall(r"[0-9]+|[^0-9]+", number)]
    return department.order, not number, parts, collated(department.table.name.get("de", "")), department.id
