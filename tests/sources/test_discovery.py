"""Plugins are found, loaded and asked one by one: whatever one of them does, the others are there."""

import signal
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from textwrap import dedent

import pytest

from durchwahl.plugin.source_type import API_VERSION
from durchwahl.sources import foreign
from durchwahl.sources.discovery import Discovery, PluginReport, discover

GOOD = """
from durchwahl.plugin import Capabilities, ServiceCatalogue, SourceSettings, SourceType, hookimpl

class Katalog(ServiceCatalogue):
    async def check(self): pass
    async def services(self):
        return
        yield

def build(settings, toolbox):
    return Katalog()

TYPE = SourceType(name="{name}", settings=SourceSettings, build=build, api_version={version})

@hookimpl
def durchwahl_service_catalogues():
    return [TYPE]
"""


def good(name: str, version: int = API_VERSION) -> str:
    return GOOD.format(name=name, version=version)


def found(folder: Path, **files: str) -> Discovery:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(dedent(text), encoding="utf-8")
    return discover(folder, installed=())


def report(discovery: Discovery, name: str) -> PluginReport:
    return next(one for one in discovery.plugins if one.name == name)


def test_a_file_in_the_plugins_folder_is_a_plugin(tmp_path: Path) -> None:
    discovery = found(tmp_path, mein=good("mein-katalog"))
    assert discovery.types["mein-katalog"].kinds == ("service_catalogue",)
    assert (report(discovery, "mein").state, report(discovery, "mein").version) == ("ok", "file")


HOOK = "from durchwahl.plugin import hookimpl\n@hookimpl\ndef durchwahl_calendars():\n    "

BROKEN = {
    "import nirgendwo": "ModuleNotFoundError: No module named 'nirgendwo'",
    "raise SystemExit(3)": "SystemExit: 3",
    "def kaputt(:": "SyntaxError",
    "1 / 0": "ZeroDivisionError",
    "raise KeyboardInterrupt": "KeyboardInterrupt",
    "raise GeneratorExit": "GeneratorExit",
    "import asyncio\nraise asyncio.CancelledError": "CancelledError",
    "import pytest\npytest.skip('x', allow_module_level=True)": "Skipped",
    "": "offers no source type",
    HOOK + "raise RuntimeError('huch')": "RuntimeError: huch",
    HOOK + "raise SystemExit": "SystemExit",
    HOOK + "raise KeyboardInterrupt": "KeyboardInterrupt",
    HOOK + "raise GeneratorExit": "GeneratorExit",
    HOOK + "return 5": "TypeError",
    HOOK + "return ['caldav']": "instead of a SourceType",
    HOOK + "yield 1\n    raise KeyError": "TypeError",
    HOOK + "return None": "offers no source type",
    HOOK.replace("calendars", "kalender") + "return []": "durchwahl_kalender",
    HOOK.replace("()", "(gateway)") + "return []": "gateway",
}


@pytest.mark.parametrize(("text", "reason"), list(BROKEN.items()))
def test_a_broken_plugin_is_reported_and_the_others_are_there(tmp_path: Path, text: str, reason: str) -> None:
    discovery = found(tmp_path, a_first=good("a"), kaputt=text, z_last=good("z"))
    assert report(discovery, "kaputt").state == "failed"
    assert reason in str(report(discovery, "kaputt").reason)
    assert list(discovery.types) == ["a", "z"]


SHAPES = {
    "name=5": "name",
    "name=''": "name",
    "name=['a']": "name",
    "settings={}": "SourceSettings",
    "settings=dict": "SourceSettings",
    "settings=BaseModel": "SourceSettings",
    "build='bauen'": "build",
    "lane_settings={}": "lane_settings",
    "room_settings=dict": "room_settings",
    "offer_settings='x'": "offer_settings",
    "api_version='1'": "api_version",
    "api_version=None": "api_version",
}


@pytest.mark.parametrize(("change", "word"), list(SHAPES.items()))
def test_a_source_type_of_a_wrong_shape_is_its_plugins_failure(tmp_path: Path, change: str, word: str) -> None:
    text = (
        good("x")
        + f"\nimport dataclasses\nfrom pydantic import BaseModel\nTYPE = dataclasses.replace(TYPE, {change})\n"
    )
    discovery = found(tmp_path, kaputt=text, z_last=good("z"))
    assert report(discovery, "kaputt").state == "failed"
    assert word in str(report(discovery, "kaputt").reason)
    assert list(discovery.types) == ["z"]


def test_types_with_different_api_versions_of_odd_kinds_stop_nobody(tmp_path: Path) -> None:
    text = (
        good("x")
        + "\nimport dataclasses\n@hookimpl\ndef durchwahl_calendars():\n"
        + "    return [dataclasses.replace(TYPE, name='y', api_version='2')]\n"
    )
    discovery = found(tmp_path, kaputt=text, z_last=good("z"))
    assert (report(discovery, "kaputt").state, list(discovery.types)) == ("failed", ["z"])


def test_a_plugin_of_the_version_before_is_accepted_with_a_warning(tmp_path: Path) -> None:
    discovery = found(tmp_path, alt=good("alt", API_VERSION - 1))
    assert report(discovery, "alt").state == "ok"
    assert f"written for API version {API_VERSION - 1}" in str(report(discovery, "alt").warning)
    assert "alt" in discovery.types


@pytest.mark.parametrize("version", [API_VERSION + 1, API_VERSION - 2])
def test_a_plugin_of_another_version_is_refused_with_both_versions(tmp_path: Path, version: int) -> None:
    discovery = found(tmp_path, fremd=good("fremd", version))
    one = report(discovery, "fremd")
    assert (one.state, one.api_version) == ("failed", version)
    assert f"written for API version {version}; this gateway speaks {API_VERSION}" in str(one.reason)
    assert discovery.types == {}


def test_of_two_plugins_with_one_type_the_first_keeps_it_and_the_second_is_told(tmp_path: Path) -> None:
    discovery = found(tmp_path, eins=good("katalog"), zwei=good("katalog"))
    assert discovery.types["katalog"].plugin == "eins file"
    assert report(discovery, "zwei").state == "failed"
    assert report(discovery, "zwei").reason == 'offers the source type "katalog", which eins offers already'


def test_one_plugin_with_two_types_of_one_name_fails(tmp_path: Path) -> None:
    text = (
        good("x")
        + "\nimport dataclasses\n@hookimpl\ndef durchwahl_calendars():\n    return [dataclasses.replace(TYPE)]\n"
    )
    discovery = found(tmp_path, doppelt=text)
    assert "two different source types under one name" in str(report(discovery, "doppelt").reason)


def test_the_same_type_from_two_hooks_is_one_type_of_two_kinds(tmp_path: Path) -> None:
    text = good("zms") + "\n@hookimpl\ndef durchwahl_calendars():\n    return (TYPE for _ in range(1))\n"
    discovery = found(tmp_path, zms=text)
    assert discovery.types["zms"].kinds == ("service_catalogue", "calendar")


def test_a_modules_own_version_is_shown(tmp_path: Path) -> None:
    discovery = found(tmp_path, mein=good("x") + "\n__version__ = '2.1'\n")
    assert (report(discovery, "mein").version, discovery.types["x"].plugin) == ("2.1", "mein 2.1")


def test_a_plugin_that_failed_to_import_leaves_nothing_behind(tmp_path: Path) -> None:
    found(tmp_path, halb="x = 1\nraise RuntimeError")
    assert "durchwahl_file_plugins.halb" not in sys.modules


def test_other_files_in_the_folder_are_no_plugins(tmp_path: Path) -> None:
    (tmp_path / "notiz.txt").write_text("raise SystemExit", encoding="utf-8")
    (tmp_path / "unterordner").mkdir()
    (tmp_path / "unterordner" / "x.py").write_text("raise SystemExit", encoding="utf-8")
    assert found(tmp_path).plugins == ()


def test_a_missing_folder_holds_no_plugins(tmp_path: Path) -> None:
    assert discover(tmp_path / "fehlt", installed=()).plugins == ()


def test_an_installed_plugin_that_is_gone_is_reported(tmp_path: Path) -> None:
    entries = [
        EntryPoint("weg", "durchwahl_weg", "durchwahl.plugins"),
        EntryPoint("sheet", "durchwahl_plugins.sheet", "durchwahl.plugins"),
    ]
    discovery = discover(installed=entries)
    assert [(one.name, one.state) for one in discovery.plugins] == [("sheet", "ok"), ("weg", "failed")]
    assert "sheet" in discovery.types


def test_the_plugins_in_the_tree_come_by_the_same_way_as_anybodys() -> None:
    discovery = discover()
    assert {"sheet", "house", "caldav", "manual"} <= set(discovery.types)
    assert all(one.state == "ok" for one in discovery.plugins)


def test_what_a_plugin_prints_goes_to_standard_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = good("x").replace("    return [TYPE]", "    print('gefragt')\n    return [TYPE]") + "\nprint('geladen')\n"
    assert "x" in found(tmp_path, laut=text).types
    heard = capsys.readouterr()
    assert (heard.out, heard.err) == ("", "geladen\ngefragt\n")


def test_a_plugin_whose_import_does_not_end_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreign, "PATIENCE", 0.01)
    wait = "import logging\nwhile not any('langsam' in one.getMessage() for one in seen.records): pass\n"
    monkeypatch.setattr("builtins.seen", caplog, raising=False)
    assert "x" in found(tmp_path, langsam=wait + good("x")).types
    assert "importing plugin langsam goes on for more than 0.01 s" in caplog.text


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Let Ctrl-C interrupt: who starts the tests behind a shell's `&` has told them to ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_while_a_plugin_is_imported_ends_the_command(tmp_path: Path) -> None:
    text = "import signal\nsignal.raise_signal(signal.SIGINT)\nwhile True: pass\n"
    with pytest.raises(KeyboardInterrupt):
        found(tmp_path, langsam=text)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
