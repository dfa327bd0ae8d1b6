"""Configured tables + discovered types -> typed sources, still without any I/O. What is wrong is found and left out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from durchwahl.errors import Finding
from durchwahl.model.schedule import Lane
from durchwahl.plugin.settings import SourceSettings
from durchwahl.settings.department import LaneTable, SourceTable
from durchwahl.settings.findings import did_you_mean, from_validation
from durchwahl.settings.resolved import Settings, SourceConfig
from durchwahl.sources.discovery import Discovery, OfferedType
from durchwahl.sources.foreign import Interrupted, foreign_code, place_of


@dataclass(frozen=True)
class ResolvedSource:
    """A source that can be built: its own settings are validated, its lanes and rooms typed."""

    config: SourceConfig
    offered: OfferedType
    own: SourceSettings
    lanes: Mapping[str, Lane]
    rooms: Mapping[str, Any]

    @property
    def key(self) -> str:
        """`department/name`."""
        return self.config.key


def resolve(settings: Settings, discovery: Discovery) -> tuple[dict[str, ResolvedSource], list[Finding]]:
    """Return the enabled sources that can be built, and why the others cannot."""
    sound: dict[str, ResolvedSource] = {}
    findings: list[Finding] = []
    for config in settings.sources.values():
        if config.table.enabled:
            with foreign_code(f"reading {config.file}: {config.place}"):
                one, found = _resolve_one(config, discovery, settings.folder)
            findings.extend(found)
            if one is not None:
                sound[config.key] = one
    return sound, findings


def _resolve_one(
    config: SourceConfig, discovery: Discovery, folder: Path
) -> tuple[ResolvedSource | None, list[Finding]]:
    offered = discovery.types.get(config.table.type)
    if offered is None:
        return None, [_unknown_type(config, discovery)]
    found: list[Finding] = []
    shared = (*SourceTable.model_fields, "lanes")
    own = validated(offered.type.settings, config.own, config.file, config.place, found, shared)
    lanes = _lanes(config, offered, found)
    rooms = _rooms(config, offered, found)
    for key in ("ca_file", "client_cert"):
        name = getattr(config.table, key)
        if name and not (folder / name).is_file():
            found.append(
                Finding(config.file, f"{config.place}.{key}", f"{name} does not exist.", f"Put it into {folder}.")
            )
    if own is None or found:
        return None, found
    assert isinstance(own, SourceSettings)  # noqa: S101  # `settings` is declared as such
    return ResolvedSource(config, offered, own, lanes, rooms), found


def secret_findings(source: ResolvedSource) -> list[Finding]:
    """Return a finding for each secret of the source that cannot be read."""
    found = []
    for name, secret in source.own.secrets().items():
        try:
            secret.reveal()
        except LookupError as error:
            remedy = "Put the secret there; the gateway reads it with its own rights."
            found.append(Finding(source.config.file, f"{source.config.place}.{name}", f"{error}.", remedy))
    return found


def _unknown_type(config: SourceConfig, discovery: Discovery) -> Finding:
    wanted = config.table.type
    failed = [plugin for plugin in discovery.plugins if plugin.state == "failed"]
    known = ", ".join(sorted(discovery.types))
    remedy = did_you_mean(wanted, discovery.types) or f"Known types: {known}."
    if blamed := next((plugin for plugin in failed if plugin.name.replace("_", "-") == wanted), None):
        remedy = f"Its plugin failed: {blamed.reason}."
    return Finding(config.file, f"{config.place}.type", f'no plugin offers the type "{wanted}".', remedy)


def _lanes(config: SourceConfig, offered: OfferedType, found: list[Finding]) -> dict[str, Lane]:
    lanes = {}
    for name, lane in config.lanes.items():
        own = None
        place = f"{config.place}.lanes.{name}"
        if offered.type.lane_settings is not None:
            own = validated(offered.type.lane_settings, lane.own, config.file, place, found, LaneTable.model_fields)
        else:
            for key in lane.own:
                remedy = did_you_mean(key, LaneTable.model_fields)
                remedy = remedy or f'Lanes of type "{offered.type.name}" have no settings of their own.'
                found.append(Finding(config.file, f"{place}.{key}", "is not a known key.", remedy))
        lanes[name] = Lane(name=name, languages=lane.table.languages, settings=own)
    return lanes


def _rooms(config: SourceConfig, offered: OfferedType, found: list[Finding]) -> dict[str, Any]:
    if offered.type.room_settings is None:
        if config.table.rooms:
            reason = f'the type "{offered.type.name}" has no settings per room.'
            found.append(Finding(config.file, f"{config.place}.rooms", reason, "Remove the table."))
        return {}
    rooms = {}
    for lane, raw in config.table.rooms.items():
        rooms[lane] = validated(offered.type.room_settings, raw, config.file, f"{config.place}.rooms.{lane}", found)
    return rooms


def validated(
    model: type[BaseModel],
    raw: Mapping[str, Any],
    file: str,
    place: str,
    found: list[Finding],
    also: Iterable[str] = (),
) -> BaseModel | None:
    """Return the instance of a plugin's model, None where it is wrong; what is wrong goes to `found`."""
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        found.extend(from_validation(error, file=file, key=place, model=model, also=also))
    except Interrupted:
        raise
    except BaseException as error:  # noqa: BLE001  # isolation: a plugin's validator has a bug, which costs its own source
        reason = f"cannot be read by its plugin: {place_of(error)}."
        found.append(Finding(file, place, reason, "Tell the plugin's author."))
    return None
