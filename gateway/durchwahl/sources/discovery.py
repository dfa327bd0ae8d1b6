"""Finds plugins and asks each one alone what it offers.

pluggy's own loader stops at the first plugin that cannot be imported, and one implementation that raises discards what
all others answered. So every plugin gets a manager of its own: what is broken costs itself and is reported.
"""

import importlib.util
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, cast, get_args

import pluggy
from pydantic import BaseModel

from durchwahl import hookspecs
from durchwahl.errors import Finding
from durchwahl.plugin.kinds import (
    AppointmentSystem,
    BusyTimes,
    DeepLink,
    Inbound,
    ServiceCatalogue,
    Source,
    VideoPlatform,
)
from durchwahl.plugin.settings import SourceSettings
from durchwahl.plugin.source_type import API_VERSION, SourceKind, SourceType
from durchwahl.sources.foreign import Interrupted, foreign_code

GROUP = "durchwahl.plugins"
HOOKS: Mapping[SourceKind, str] = {
    "service_catalogue": "durchwahl_service_catalogues",
    "calendar": "durchwahl_calendars",
    "video_platform": "durchwahl_video_platforms",
}
CLASSES: Mapping[SourceKind, tuple[type[Source], ...]] = {
    "service_catalogue": (ServiceCatalogue,),
    "calendar": (BusyTimes, AppointmentSystem, DeepLink, Inbound),
    "video_platform": (VideoPlatform,),
}


@dataclass(frozen=True)
class OfferedType:
    """A source type with the kinds that its plugin offers it as; `plugin` is name and version."""

    type: SourceType
    kinds: tuple[SourceKind, ...]
    plugin: str


@dataclass(frozen=True)
class PluginReport:
    """What became of one plugin; `reason` says why it failed, `warning` what will fail one day."""

    name: str
    version: str
    api_version: int | None
    state: Literal["ok", "failed"]
    reason: str | None = None
    warning: str | None = None
    offered: tuple[OfferedType, ...] = ()


@dataclass(frozen=True)
class Discovery:
    """All plugins, and the types that can be used by name; of two plugins with one name, the first keeps it."""

    plugins: tuple[PluginReport, ...]
    types: Mapping[str, OfferedType] = field(default_factory=dict)


def discover(plugins_dir: Path | None = None, *, installed: Iterable[EntryPoint] | None = None) -> Discovery:
    """Load every installed plugin and every one-file plugin in `plugins_dir`; none can stop another."""
    reports: list[PluginReport] = []
    types: dict[str, OfferedType] = {}
    for name, version, load in _candidates(plugins_dir, installed):
        report = _asked(name, version, load)
        if taken := next((o for o in report.offered if o.type.name in types), None):
            owner = types[taken.type.name].plugin.split(" ")[0]
            reason = f'offers the source type "{taken.type.name}", which {owner} offers already'
            report = PluginReport(name, version, report.api_version, "failed", reason)
        types.update({offered.type.name: offered for offered in report.offered})
        reports.append(report)
    return Discovery(tuple(reports), types)


def plugin_findings(discovery: Discovery) -> Iterator[Finding]:
    """Yield why plugins failed, and which will one day."""
    for plugin in discovery.plugins:
        if plugin.state == "failed":
            remedy = "Mend or uninstall the plugin; `durchwahl plugins` lists all."
            yield Finding(f"plugin {plugin.name}", "", f"{plugin.reason}.", remedy)
        elif plugin.warning:
            yield Finding(f"plugin {plugin.name}", "", f"{plugin.warning}.", "Update the plugin.", "warning")


class _Load:
    """Imports one plugin; kept apart from asking it, so that both can fail alone."""

    def __init__(self, entry: EntryPoint | None = None, file: Path | None = None) -> None:
        self._entry = entry
        self._file = file

    def __call__(self) -> ModuleType:
        if self._entry is not None:
            return self._entry.load()  # type: ignore[no-any-return]  # an entry point is untyped by nature
        assert self._file is not None  # noqa: S101  # one of the two is given by the only caller
        return _module_from(self._file)


def _module_from(file: Path) -> ModuleType:
    name = f"durchwahl_file_plugins.{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is no Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # pydantic resolves a settings class's annotations through its module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _candidates(plugins_dir: Path | None, installed: Iterable[EntryPoint] | None) -> Iterator[tuple[str, str, _Load]]:
    found = entry_points(group=GROUP) if installed is None else installed
    for entry in sorted(found, key=lambda entry: entry.name):
        yield entry.name, entry.dist.version if entry.dist else "unknown", _Load(entry=entry)
    if plugins_dir is not None and plugins_dir.is_dir():
        for file in sorted(plugins_dir.glob("*.py")):
            yield file.stem, "file", _Load(file=file)


def _asked(name: str, version: str, load: _Load) -> PluginReport:
    """Load, register and ask one plugin. Whatever a stranger's module raises is its own failure, Ctrl-C apart."""
    try:
        with foreign_code(f"importing plugin {name}"):
            module = load()
            version = str(getattr(module, "__version__", version))
        with foreign_code(f"asking plugin {name} what it offers"):
            offered = _offered(name, f"{name} {version}", module)
            versions = {one.type.api_version for one in offered}
    except Interrupted:
        raise
    except BaseException as error:  # noqa: BLE001  # isolation: reported in full by `durchwahl plugins`
        return PluginReport(name, version, None, "failed", f"{type(error).__name__}: {error}")
    api_version = min(versions, default=API_VERSION)
    if refused := versions - {API_VERSION, API_VERSION - 1}:
        reason = f"was written for API version {min(refused)}; this gateway speaks {API_VERSION} and {API_VERSION - 1}"
        return PluginReport(name, version, api_version, "failed", reason)
    if not offered:
        return PluginReport(name, version, None, "failed", "offers no source type: none of its hooks returned one")
    warning = None
    if api_version < API_VERSION:
        warning = f"was written for API version {api_version}; the next gateway will refuse it"
    return PluginReport(name, version, api_version, "ok", None, warning, offered)


def _offered(name: str, plugin: str, module: ModuleType) -> tuple[OfferedType, ...]:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(module, name)
    manager.check_pending()
    kinds: dict[int, list[SourceKind]] = {}
    found: dict[int, SourceType] = {}
    for kind in get_args(SourceKind):
        for answer in getattr(manager.hook, HOOKS[kind])():
            for source_type in answer or ():
                if not isinstance(source_type, SourceType):
                    raise TypeError(f"{HOOKS[kind]} returned {source_type!r} instead of a SourceType")
                _check_shape(source_type)
                kinds.setdefault(id(source_type), []).append(kind)
                found[id(source_type)] = source_type
    if len({one.name for one in found.values()}) != len(found):
        raise ValueError("offers two different source types under one name")
    return tuple(OfferedType(found[key], tuple(kinds[key]), plugin) for key in found)


def _check_shape(source_type: SourceType) -> None:
    """Refuse what would fail later, and in others' code; nothing checks a plugin's annotations for it."""
    name, settings = cast("Any", source_type.name), cast("Any", source_type.settings)
    if not isinstance(name, str) or not name:
        raise TypeError(f"a source type's name is {name!r} instead of a text")
    if not (isinstance(settings, type) and issubclass(settings, SourceSettings)):
        raise TypeError(f'the settings of "{name}" are no class derived from SourceSettings')
    for part in ("lane_settings", "room_settings", "offer_settings"):
        model = getattr(source_type, part)
        if model is not None and not (isinstance(model, type) and issubclass(model, BaseModel)):
            raise TypeError(f'{part} of "{name}" is no pydantic model')
    if not callable(source_type.build):
        raise TypeError(f'build of "{name}" cannot be called')
    if not isinstance(source_type.api_version, int):
        raise TypeError(f'api_version of "{name}" is no number')
