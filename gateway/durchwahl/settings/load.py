"""The config folder -> `Settings`. A wrong table costs itself and nothing else; only `[gateway]` is indispensable."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_settings import SettingsError

from durchwahl.errors import ConfigError, Finding
from durchwahl.settings.department_file import CITY, DepartmentReader
from durchwahl.settings.department_order import in_order
from durchwahl.settings.findings import from_validation
from durchwahl.settings.gateway import (
    PREFIX,
    GatewayTable,
    KeysTable,
    MailTable,
    RequiredService,
    SearchTable,
    WebsiteTable,
)
from durchwahl.settings.resolved import Settings
from durchwahl.settings.tables import TableReader

M = TypeVar("M", bound=BaseModel)

LARGEST_FILE = 1 << 20
TOP_KEYS = ("gateway", "website", "keys", "mail", "search", "required", "sources")


def load(path: Path, *, overrides: Mapping[str, Any] | None = None) -> Settings:
    """Read `gateway.toml` and the `departments/` beside it. `overrides` replace keys of `[gateway]`.

    Raises:
        ConfigError: `gateway.toml` cannot be read or its `[gateway]` table is wrong. Anything else that is wrong is in
            `Settings.findings`, and left out.
    """
    folder = path.resolve().parent
    findings: list[Finding] = []
    raw = anchored(read_toml(path, folder), folder)
    gateway = _gateway(raw.get("gateway", {}), overrides or {}, path.name)
    tables, reader = TableReader(path.name, findings), DepartmentReader(findings)
    tables.unknown_keys(raw, TOP_KEYS)
    reader.sources(CITY, raw.get("sources", {}), tables)
    for file in sorted((folder / "departments").glob("*.toml")):
        _department(file, folder, reader, findings)
    departments, misplaced = in_order(reader.departments)
    findings.extend(misplaced)
    return Settings(
        folder=folder,
        file=path.name,
        gateway=gateway,
        website=_table(WebsiteTable, raw, "website", tables),
        keys=_table(KeysTable, raw, "keys", tables),
        mail=_table(MailTable, raw, "mail", tables),
        search=_table(SearchTable, raw, "search", tables),
        required=tuple(tables.each(RequiredService, raw.get("required", []), "required")),
        departments=departments,
        sources=dict(reader.source_configs),
        offers=dict(reader.offers),
        left_out=dict(reader.left_out),
        findings=tuple(findings),
    )


def read_toml(path: Path, folder: Path) -> dict[str, Any]:
    """Return the file's tables.

    Raises:
        ConfigError: missing, too large, not UTF-8, not TOML; the finding names line and column.
    """
    name = path.resolve().relative_to(folder).as_posix() if path.resolve().is_relative_to(folder) else str(path)
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ConfigError([Finding(name, "", f"is larger than {LARGEST_FILE} bytes.", "Is it the right file?")])
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        remedy = "`durchwahl init DIR` writes an example; --config names another file."
        raise ConfigError([Finding(name, "", "does not exist.", remedy)]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Finding(name, "", f"cannot be read: {error}.", "Save it as UTF-8.")]) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([Finding(name, "", f"is not TOML: {error}.")]) from error
    except RecursionError as error:
        raise ConfigError([Finding(name, "", "is nested too deeply.", "Is it the right file?")]) from error


def anchored(value: Any, folder: Path) -> Any:
    """Return the tables with the relative files of secrets made absolute, from the config's folder."""
    if isinstance(value, dict):
        if set(value) == {"file"} and isinstance(value["file"], str) and value["file"]:
            return {"file": os.path.normpath(folder / value["file"])}
        return {key: anchored(item, folder) for key, item in value.items()}
    return [anchored(item, folder) for item in value] if isinstance(value, list) else value


def _gateway(raw: Any, overrides: Mapping[str, Any], file: str) -> GatewayTable:
    if not isinstance(raw, dict):
        raise ConfigError([Finding(file, "gateway", "must be a table.", "Write [gateway] on a line of its own.")])
    try:
        return GatewayTable(**{**raw, **overrides})
    except ValidationError as error:
        found = from_validation(error, file=file, key="gateway", model=GatewayTable)
        raise ConfigError([_where_it_was_said(one) for one in found]) from error
    except SettingsError as error:
        remedy = """Write lists and tables as JSON, e.g. DURCHWAHL_TRUSTED_PROXIES='["127.0.0.1"]'."""
        raise ConfigError([Finding("environment", f"{PREFIX}*", f"{error}.", remedy)]) from error


def _where_it_was_said(finding: Finding) -> Finding:
    """Name the variable where the environment, and not the file, holds the mistake."""
    variable = PREFIX + finding.key.split(".")[1].upper()
    return replace(finding, file="environment", key=variable) if variable in os.environ else finding


def _department(path: Path, folder: Path, reader: DepartmentReader, findings: list[Finding]) -> None:
    try:
        raw = anchored(read_toml(path, folder), folder)
    except ConfigError as error:
        findings.extend(error.findings)
        return
    reader.read(raw, path.relative_to(folder).as_posix())


def _table(model: type[M], raw: Mapping[str, Any], key: str, tables: TableReader) -> M:
    """Return the table without its wrong keys: those are left at their defaults."""
    return tables.as_far_as_right(model, raw.get(key, {}), key) or model()
