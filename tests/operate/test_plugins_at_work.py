"""What a plugin does wrong while it is asked: it is named, nobody else is blamed, and no output is spoilt."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.operate.commands import Run
from tests.operate.test_check import department, gateway

PLUGIN = """
import asyncio, time
from durchwahl.plugin import *

class Katalog(ServiceCatalogue):
    async def check(self): {check}
    {services}
    {more}

class Gut(ServiceCatalogue):
    async def check(self): await asyncio.sleep(0.02)
    async def services(self):
        return
        yield

class Kalender(BusyTimes):
    async def check(self): pass
    async def busy(self, lanes, window): return {busy}

class Verweis(DeepLink):
    async def check(self): pass
    async def link(self, offer): return {link}

{top}

@hookimpl
def durchwahl_service_catalogues():
    print("gefragt")
    return [
        SourceType(name="eigen", settings=SourceSettings, build=lambda s, t: Katalog()),
        SourceType(name="gut", settings=SourceSettings, build=lambda s, t: Gut()),
    ]

@hookimpl
def durchwahl_calendars():
    return [
        SourceType(name="kalender", settings=SourceSettings, build=lambda s, t: Kalender()),
        SourceType(name="verweis", settings=SourceSettings, build=lambda s, t: Verweis()),
    ]
"""
DEFAULTS = {
    "check": "pass",
    "services": "async def services(self):\n        return\n        yield",
    "more": "",
    "busy": "{}",
    "link": "Link('https://x.example/')",
    "top": "",
}
Write = Callable[..., None]


@pytest.fixture
def write(folder: Path) -> Write:
    """Put the plugin into the config, and sources of its types."""

    def with_plugin(**parts: str) -> None:
        text = PLUGIN
        for name, part in {**DEFAULTS, **parts}.items():
            text = text.replace(f"{{{name}}}", part)
        gateway(folder, 'data_dir = "data"', 'data_dir = "data"\nplugins_dir = "plugins"')
        (folder / "plugins").mkdir()
        (folder / "plugins" / "eigen.py").write_text(text, encoding="utf-8")
        names = ("eigen", "gut", "kalender", "verweis")
        tables = "".join(f'[sources.{name}]\ntype = "{name}"\ndeadline = "1s"\n' for name in names)
        department(folder, "[offers.meldewesen]", tables + "[offers.meldewesen]")
        with (folder / "departments" / "buergeramt.toml").open("a", encoding="utf-8") as file:
            file.write(
                '[offers.v]\nservices = ["ummeldung"]\nchannels = ["phone"]\ncalendar = "verweis"\n'
                'hours = { mon = ["09:00-10:00"] }\n[sources.verweis.lanes.a]\n'
            )

    return with_plugin


SHAPES = [
    (
        "eigen",
        {"services": "async def services(self): return []"},
        "services() gave a coroutine instead of an async it",
    ),
    ("eigen", {"services": "def services(self): return []"}, "services() gave a list instead of an async iterator"),
    ("eigen", {"services": "async def services(self): yield {'id': 'a'}"}, "services() gave a dict instead of a Serv"),
    (
        "eigen",
        {"more": "def row_problems(self): return 5"},
        "row_problems() gave a int instead of a sequence of (place,",
    ),
    ("eigen", {"more": "def row_problems(self): return [('a', 'b')]"}, "row_problems() gave a tuple instead of"),
    ("kalender", {"busy": "[]"}, "busy() gave a list instead of a mapping of lane names to Intervals."),
    ("kalender", {"busy": "{'a': 5}"}, "busy() of lane a gave a int instead of a sequence of Intervals."),
    ("kalender", {"busy": "{'a': [(1, 2)]}"}, "busy() of lane a gave a tuple instead of an Interval."),
    ("kalender", {"busy": "{1: []}"}, "busy() gave a int instead of a lane's name."),
    ("verweis", {"link": "'https://x.example/'"}, "link() gave a str instead of a Link."),
    (
        "eigen",
        {"check": "raise KeyboardInterrupt"},
        "KeyboardInterrupt in plugin eigen file: KeyboardInterrupt in eigen.py",
    ),
    ("eigen", {"top": "Katalog.check = lambda self: 5"}, "check() gave a int instead of being an async def."),
]


@pytest.mark.parametrize(("source", "parts", "said"), SHAPES)
def test_trying_a_plugin_that_answers_something_else_says_what_was_expected(
    run: Run, write: Write, source: str, parts: dict[str, str], said: str
) -> None:
    write(**parts)
    done = run("try", f"buergeramt/{source}")
    assert (done.code, done.out) == (1, "")
    assert said in done.err
    assert "plugin eigen" in done.err
    lines = [line for line in done.err.splitlines() if line.startswith(("Traceback", "Error"))]
    assert lines[-1].startswith("Error: buergeramt/")


@pytest.mark.parametrize("words", [("check", "--offline"), ("sources",), ("try", "buergeramt/eigen"), ("plugins",)])
def test_what_plugins_print_does_not_spoil_what_programs_read(run: Run, write: Write, words: tuple[str, ...]) -> None:
    services = "async def services(self):\n        print('gelesen')\n        return\n        yield"
    write(check="print('geprüft')", services=services, top="print('geladen')")
    done = run(*words, "--json")
    assert isinstance(json.loads(done.out)["items"], list)
    assert "geladen\ngefragt\n" in done.err


def test_a_check_that_blocks_is_named_and_no_other_is_blamed(run: Run, write: Write) -> None:
    write(check="time.sleep(1.1)")
    items = [one for one in run("check", "--json").items if one["key"].startswith("sources.")]
    assert [one["key"] for one in items] == ["sources.eigen"]
    assert items[0]["reason"].startswith("plugin eigen file blocks: its check() let nothing else work for 1.")
    states = {one["source"]: one["state"] for one in run("sources", "--json").items}
    assert states["buergeramt/eigen"] == "unavailable"
    assert states["buergeramt/gut"] == "ok"


def test_a_check_that_a_busy_machine_has_kept_waiting_once_is_not_blamed(run: Run, write: Write) -> None:
    write(top="Katalog.times = 0", check="Katalog.times += 1; time.sleep(1.1 if Katalog.times == 1 else 0)")
    assert not [one for one in run("check", "--json").items if one["key"].startswith("sources.")]


def test_a_catalogue_that_checks_well_and_cannot_be_read_is_said(run: Run, write: Write) -> None:
    write(services="async def services(self):\n        yield 5")
    one = next(one for one in run("check", "--json").items if one["key"] == "sources.eigen")
    assert one["reason"] == "Plugin eigen file cannot read its catalogue: The plugin for this system failed."
