"""The config folder -> `Settings`. A wrong table costs itself and nothing else; only `[gateway]` is indispensable."""

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from durchwahl.errors import ConfigError, Finding
from durchwahl.settings.clients import ClientTable
from durchwahl.settings.department_file import CITY, DepartmentReader
from durchwahl.settings.department_order import in_order
from durchwahl.settings.environment import gateway_table, unknown_variables
from durchwahl.settings.gateway import (
    KeysTable,
    MailTable,
    RequiredService,
    SearchTable,
    StoreTable,
    WebsiteTable,
)
from durchwahl.settings.plausible import implausible
from durchwahl.settings.resolved import Settings
from durchwahl.settings.tables import TableReader

M = TypeVar("M", bound=BaseModel)

LARGEST_FILE = 1 << 20
TOP_KEYS = ("gateway", "website", "keys", "clients", "mail", "store", "search", "required", "sources")


def load(path: Path, *, overrides: Mapping[str, Any] | None = None) -> Settings:
    """Read `gateway.toml` and the `departments/` beside it. `overrides` replace keys of `[gateway]`.

    Raises:
        ConfigError: `gateway.toml` cannot be read, or a value of its `[gateway]` table is wrong; what else is wrong is
            said as well. Otherwise it is in `Settings.findings`, and left out.
    """
    folder = path.resolve().parent
    findings: list[Finding] = []
    raw = anchored(_whole_file(path), folder)
    gateway, wrong = gateway_table(raw.get("gateway", {}), overrides or {}, path.name)
    tables, reader = TableReader(path.name, findings), DepartmentReader(findings)
    tables.unknown_keys(raw, TOP_KEYS)
    reader.sources(CITY, raw.get("sources", {}), tables)
    files = sorted((folder / "departments").glob("*.toml"))
    read = [_department(file, folder, reader, findings) for file in files]
    departments, misplaced = in_order(reader.departments, reader.broken)
    findings.extend(misplaced)
    described = _described(raw, tables, findings)
    if gateway is None:
        raise ConfigError([*wrong, *findings])
    return Settings(
        folder=folder,
        file=path.name,
        gateway=gateway,
        departments=departments,
        sources=dict(reader.source_configs),
        offers=dict(reader.offers),
        left_out=dict(reader.left_out),
        findings=(
            *wrong,
            *findings,
            *implausible(gateway, departments, reader.source_configs, reader.offers, path.name),
            *unknown_variables([raw, *read]),
        ),
        broken=frozenset(reader.broken),
        **described,
    )


def _described(raw: Mapping[str, Any], tables: TableReader, findings: list[Finding]) -> dict[str, Any]:
    """Return the city's own tables beside `[gateway]`, and which of the findings nothing can be served with."""
    read: dict[str, Any] = {
        "website": _table(WebsiteTable, raw, "website", tables),
        "keys": _table(KeysTable, raw, "keys", tables),
        "clients": tables.named(ClientTable, raw.get("clients", {}), "clients"),
        "search": _table(SearchTable, raw, "search", tables),
        "required": tuple(tables.each(RequiredService, raw.get("required", []), "required")),
    }
    before = len(findings)
    read["mail"] = _table(MailTable, raw, "mail", tables)
    read["store"] = _table(StoreTable, raw, "store", tables)
    return {**read, "indispensable": tuple(findings[before:])}


def read_toml(path: Path, name: str) -> dict[str, Any]:
    """Return the file's tables; findings call it `name`.

    Raises:
        ConfigError: missing, too large, not UTF-8, not TOML; the finding names line and column.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ConfigError([Finding(name, "", f"is larger than {LARGEST_FILE} bytes.", "Is it the right file?")])
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ConfigError([Finding(name, "", f"cannot be read: {error}.", "Save it as UTF-8.")]) from error
    except OSError as error:
        raise ConfigError([_unreadable(path, name, error)]) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([Finding(name, "", f"is not TOML: {error}.")]) from error
    except RecursionError as error:
        raise ConfigError([Finding(name, "", "is nested too deeply.", "Is it the right file?")]) from error


def _whole_file(path: Path) -> dict[str, Any]:
    """Read the gateway's own file; where it is not there, the finding says what was tried, and what would do."""
    tried = path.absolute()
    if tried.is_file() or not (tried.is_dir() or not os.path.lexists(tried)):
        return read_toml(path, path.name)
    reason = "is a folder." if tried.is_dir() else "does not exist."
    near = next((str(one) for one in _elsewhere(tried) if one.is_file()), None)
    remedy = f"Did you mean --config {near}?" if near else "`durchwahl init DIR` writes an example; --config names it."
    raise ConfigError([Finding(str(tried), "", reason, remedy)])


def _elsewhere(tried: Path) -> Iterator[Path]:
    """Yield where the file may be instead: in the folder itself, beside, above, or in a `config` there."""
    for folder in (tried, tried.parent, *tried.parent.parents[:2]):
        yield folder / "gateway.toml"
        yield folder / "config" / "gateway.toml"


def _unreadable(path: Path, name: str, error: OSError) -> Finding:
    if path.is_symlink() and not path.exists():
        return Finding(name, "", f"is a link to {path.readlink()}, which does not exist.", "Mend or remove the link.")
    remedies = {FileNotFoundError: "", PermissionError: "Let the gateway's user read it.", IsADirectoryError: ""}
    remedy = remedies.get(type(error), "") or "Name a file there."
    return Finding(name, "", f"cannot be read: {error.strerror or type(error).__name__}.", remedy)


def anchored(value: Any, folder: Path) -> Any:
    """Return the tables with the relative files of secrets made absolute, from the config's folder."""
    if isinstance(value, dict):
        if set(value) == {"file"} and isinstance(value["file"], str) and value["file"]:
            return {"file": os.path.normpath(folder / value["file"])}
        return {key: anchored(item, folder) for key, item in value.items()}
    return [anchored(item, folder) for item in value] if isinstance(value, list) else value


def _department(path: Path, folder: Path, reader: DepartmentReader, findings: list[Finding]) -> dict[str, Any]:
    """Read a department's file and return its tables as they were written."""
    name = path.relative_to(folder).as_posix()
    try:
        raw: dict[str, Any] = anchored(read_toml(path, name), folder)
    except ConfigError as error:
        findings.extend(error.findings)
        reader.broken.add(path.stem)  # most likely the department's id
        return {}
    reader.read(raw, name)
    return raw


def _table(model: type[M], raw: Mapping[str, Any], key: str, tables: TableReader) -> M:
    """Return the table without its wrong keys: those are left at their defaults."""
    return tables.as_far_as_right(model, raw.get(key, {}), key) or model()
