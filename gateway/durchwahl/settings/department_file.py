"""One department's file -> resolved tables. Each table is validated alone, so that one mistake costs one table."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from durchwahl.errors import Finding
from durchwahl.settings.department import DepartmentTable, LaneTable, OfferTable, OverlayTable, SourceTable
from durchwahl.settings.findings import did_you_mean, from_validation
from durchwahl.settings.resolved import DepartmentConfig, LaneConfig, OfferConfig, SourceConfig
from durchwahl.settings.words import Closure, Slug

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
        closures = raw.get("closures", [])
        self._departments[table.id] = DepartmentConfig(
            id=table.id,
            file=file,
            order=table.order if table.order is not None else 1_000_000,
            table=table,
            closures=tuple(self._each(Closure, closures if isinstance(closures, list) else [], file, "closures")),
            overlay=self._named(OverlayTable, raw.get("services", {}), file, "services"),
        )
        self.sources(table.id, raw.get("sources", {}), file)
        for name, offer in self._named(OfferTable, raw.get("offers", {}), file, "offers").items():
            self._offer(table.id, name, offer, file)

    def sources(self, department: str, raw: Any, file: str) -> None:
        """Read the `[sources.*]` tables of a department, or of the city."""
        for name, table in (raw if isinstance(raw, dict) else {}).items():
            place = f"sources.{name}"
            if not self._is_slug(name, file, place) or not isinstance(table, dict):
                continue
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
            parent = None if department.id in orphans else department.table.parent
            children.setdefault(parent, []).append(department)
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
        for name, table in (raw if isinstance(raw, dict) else {}).items():
            at = f"{place}.lanes.{name}"
            if not self._is_slug(name, file, at) or not isinstance(table, dict):
                continue
            shared = {key: table[key] for key in LaneTable.model_fields if key in table}
            if (common := self._table(LaneTable, shared, file, at)) is not None:
                own = {key: value for key, value in table.items() if key not in shared}
                lanes[name] = LaneConfig(name=name, table=common, own=own)
        return lanes

    def _named(self, model: type[M], raw: Any, file: str, place: str) -> dict[str, M]:
        found = {}
        for name, table in (raw if isinstance(raw, dict) else {}).items():
            at = f"{place}.{name}"
            if self._is_slug(name, file, at) and (one := self._table(model, table, file, at)) is not None:
                found[name] = one
        return found

    def _each(self, model: type[M], raw: Iterable[Any], file: str, place: str) -> list[M]:
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
        """Find the departments whose parents lead in a circle or nowhere; they are listed at the top."""
        orphans = set()
        for department in self._departments.values():
            parent, seen = department.table.parent, {department.id}
            while parent is not None and parent in self._departments and parent not in seen:
                seen.add(parent)
                parent = self._departments[parent].table.parent
            if parent is not None:
                orphans.add(department.id)
                reason = f'names "{department.table.parent}", which leads in a circle or to no department.'
                self._find(department.file, "department.parent", reason, did_you_mean(parent, self._departments))
        return orphans

    def _find(self, file: str, key: str, reason: str, remedy: str = "") -> None:
        self._findings.append(Finding(file, key, reason, remedy))


def _source_key(department: str, name: str) -> str:
    return name if "/" in name else f"{department}/{name}"


def _list_place(department: DepartmentConfig) -> tuple[int, str, str]:
    return (
        department.order,
        department.table.number or "\uffff",
        department.table.name.get("de", "").casefold(),
    )
