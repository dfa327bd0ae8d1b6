"""One department's file -> resolved tables. Each table is validated alone, so that one mistake costs one table."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from durchwahl.errors import Finding
from durchwahl.settings.department import (
    LONGEST_OFFER_ID,
    DepartmentTable,
    LaneTable,
    OfferTable,
    OverlayTable,
    PartOfOfferTable,
    SourceTable,
)
from durchwahl.settings.resolved import DepartmentConfig, LaneConfig, OfferConfig, SourceConfig
from durchwahl.settings.tables import TableReader, remainder
from durchwahl.settings.words import Closure

TOP_KEYS = ("department", "sources", "offers", "closures", "services")
CITY = "city"
STAND_INS = {"channels": ["phone"], "calendar": "", "hours": {}}
"""What lets the rest of a wrong offer be looked at; an empty calendar is none."""


class DepartmentReader:
    """Collects what the departments' files say; what is wrong goes to `findings` and is left out.

    `left_out` are offers that nobody is offered, as far as they can be read, so that whoever mends them is told of all
    mistakes at once. `broken` are the departments, sources and lanes that are left out, so that nobody who names them
    is told that there are none.
    """

    def __init__(self, findings: list[Finding]) -> None:
        self._findings = findings
        self.departments: dict[str, DepartmentConfig] = {}
        self.source_configs: dict[str, SourceConfig] = {}
        self.offers: dict[str, OfferConfig] = {}
        self.left_out: dict[str, OfferConfig] = {}
        self.broken: set[str] = set()

    def read(self, raw: Mapping[str, Any], file: str) -> None:
        """Read one department's tables."""
        reader = TableReader(file, self._findings)
        reader.unknown_keys(raw, TOP_KEYS)
        given = raw.get("department", {})
        table = reader.as_far_as_right(DepartmentTable, given, "department", indispensable=("id", "name"))
        if table is None:
            self.broken.add(_id_of(given) or file.rpartition("/")[2].removesuffix(".toml"))
        if table is None or self._is_taken(table.id, reader):
            # A department without a place of its own is left out, but what else is wrong in its file is said, too.
            DepartmentReader(self._findings).read_tables("", raw, reader)
            return
        closures = reader.each(Closure, raw.get("closures", []), "closures")
        self.departments[table.id] = DepartmentConfig(
            id=table.id,
            file=file,
            order=table.order if table.order is not None else 1_000_000,
            table=table,
            closures=tuple(closures),
            overlay=_overlays(raw.get("services", {}), reader),
        )
        self.read_tables(table.id, raw, reader)
        if len(closures) != _length(raw.get("closures", [])):
            self._close(table.id, reader)

    def read_tables(self, department: str, raw: Mapping[str, Any], reader: TableReader) -> None:
        """Read the sources and offers of a department."""
        self.sources(department, raw.get("sources", {}), reader)
        for name, at, table in reader.tables(raw.get("offers", {}), "offers"):
            self._offer(f"{department}/{name}", at, table, reader)

    def sources(self, department: str, raw: Any, reader: TableReader) -> None:
        """Read the `[sources.*]` tables of a department, or of the city."""
        for name, place, table in reader.tables(raw, "sources"):
            shared = {key: table[key] for key in SourceTable.model_fields if key in table}
            common = reader.whole(SourceTable, shared, place)
            if common is None:
                continue
            own = {key: value for key, value in table.items() if key not in shared and key != "lanes"}
            lanes = _lanes(table.get("lanes", {}), place, reader)
            key = f"{department}/{name}"
            self.broken.update(f"{key}/{lane}" for lane in _names(table.get("lanes")) if lane not in lanes)
            self.source_configs[key] = SourceConfig(key=key, file=reader.file, table=common, own=own, lanes=lanes)

        keys = {f"{department}/{name}" for name in _names(raw)}
        self.broken.update(keys - self.source_configs.keys())

    def _is_taken(self, department: str, reader: TableReader) -> bool:
        if department not in self.departments and department != CITY:
            return False
        taken = "the whole city's name" if department == CITY else f"used by {self.departments[department].file}"
        reader.find("department.id", f'"{department}" is already {taken}.', "Give each department its own id.")
        return True

    def _offer(self, key: str, place: str, raw: Mapping[str, Any], reader: TableReader) -> None:
        if len(key) > LONGEST_OFFER_ID:
            reason = f'"{key}" has more than {LONGEST_OFFER_ID} characters.'
            reader.find(place, reason, "Give the table a shorter name.")
            return
        if (table := reader.whole(OfferTable, raw, place)) is not None:
            self.offers[key] = _resolved(key, table, reader.file)
        elif (part := _part(raw)) is not None:
            self.left_out[key] = _resolved(key, part, reader.file)

    def _close(self, department: str, reader: TableReader) -> None:
        """Leave out all offers of a department of which nobody knows when it is closed."""
        own = [key for key, offer in self.offers.items() if offer.department == department]
        self.left_out.update({key: self.offers.pop(key) for key in own})
        if own:
            reason = "are left out as long as a closure cannot be read: times on closed days would be booked."
            reader.find("offers", reason, "Mend the closure.")


def _part(raw: Mapping[str, Any]) -> PartOfOfferTable | None:
    try:
        return PartOfOfferTable.model_validate(raw)
    except ValidationError as error:
        return remainder(PartOfOfferTable, raw, error, STAND_INS)


def _resolved(key: str, table: OfferTable, file: str) -> OfferConfig:
    department = key.split("/", maxsplit=1)[0]
    return OfferConfig(
        id=key,
        department=department,
        file=file,
        table=table,
        calendar=_source_key(department, table.calendar) if table.calendar else "",
        video=_source_key(department, table.video) if table.video else None,
        also_busy=tuple(_source_key(department, name) for name in table.also_busy),
    )


def _overlays(raw: Any, reader: TableReader) -> dict[str, OverlayTable]:
    read = (
        (name, reader.as_far_as_right(OverlayTable, table, at)) for name, at, table in reader.tables(raw, "services")
    )
    return {name: overlay for name, overlay in read if overlay is not None}


def _lanes(raw: Any, place: str, reader: TableReader) -> dict[str, LaneConfig]:
    lanes = {}
    for name, at, table in reader.tables(raw, f"{place}.lanes"):
        shared = {key: table[key] for key in LaneTable.model_fields if key in table}
        if (common := reader.whole(LaneTable, shared, at)) is not None:
            own = {key: value for key, value in table.items() if key not in shared}
            lanes[name] = LaneConfig(name=name, table=common, own=own)
    return lanes


def _names(raw: Any) -> list[str]:
    return list(raw) if isinstance(raw, dict) else []


def _id_of(raw: Any) -> str | None:
    found = raw.get("id") if isinstance(raw, dict) else None
    return found if isinstance(found, str) and found else None


def _length(raw: Any) -> int:
    return len(raw) if isinstance(raw, list) else 1


def _source_key(department: str, name: str) -> str:
    return name if "/" in name else f"{department}/{name}"
