"""Sources are built one by one, without any I/O; what cannot be built costs itself, and what was opened is closed."""

import logging
from pathlib import Path

import pytest

from durchwahl.errors import NotSent, Unavailable
from durchwahl.plugin.kinds import BusyTimes, FreeBusyCalendar, ServiceCatalogue
from durchwahl.sources.probing import probe_all
from tests.sources.configs import only, opened

TWO = '[sources.x]\ntype = "eigen"\n[sources.gut]\ntype = "kalender"\n'


def building(body: str) -> str:
    offered = 'TYPES.append(SourceType(name="eigen", settings=Settings, build=bauen))'
    return f"\ndef bauen(settings, toolbox):\n    {body}\n{offered}\n"


def probing(body: str) -> str:
    return f"k = Kalender()\n    async def probe(*_): {body}\n    k.probe = probe\n    return k"


BROKEN = {
    "raise RuntimeError('huch')": "plugin test file: RuntimeError in test.py, line ",
    "raise SystemExit(2)": "plugin test file: SystemExit in test.py, line ",
    "raise LookupError": "plugin test file: LookupError",
    "raise KeyError('url')": "KeyError",
    "raise KeyboardInterrupt": "KeyboardInterrupt",
    "raise GeneratorExit": "GeneratorExit",
    "import asyncio; raise asyncio.CancelledError": "CancelledError",
    "import pytest; pytest.skip('x')": "Skipped",
    "return None": "built a NoneType",
    "return object()": "built a object",
    "return Kalender": "built a ABCMeta",
    "return ServiceCatalogue()": "abstract",
    "k = Kalender(); k.capabilities = {}; return k": "instead of Capabilities",
    "k = Kalender(); k.capabilities = Capabilities; return k": "instead of Capabilities",
}


async def test_why_a_source_cannot_be_opened_is_said_with_its_detail_and_what_to_do(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    proxied = '[sources.x]\ntype = "kalender"\nurl = "http://127.0.0.1:9/"\nproxy = "ftp://proxy.example"\n'
    async with opened(tmp_path, proxied) as sources:
        assert only(sources).reason == (
            "could not be opened: The proxy's address cannot be used. (proxy must be an http:// or https:// address)"
        )
        assert only(sources).remedy == "Correct what it names."
        assert [record.getMessage() for record in caplog.records] == [str(only(sources))]


async def test_a_plugin_that_fails_to_build_is_named_with_what_to_do(tmp_path: Path) -> None:
    async with opened(tmp_path, TWO, more_plugin=building("return 1 / 0")) as sources:
        reason = only(sources).reason
        assert reason.startswith("could not be opened: plugin test file: ZeroDivisionError in test.py, line ")
        assert only(sources).remedy == "Update the plugin, or tell its author."


@pytest.mark.parametrize(("body", "words"), list(BROKEN.items()))
async def test_a_source_that_cannot_be_built_is_found_and_costs_only_itself(
    tmp_path: Path, body: str, words: str
) -> None:
    async with opened(tmp_path, TWO, more_plugin=building(body)) as sources:
        assert (only(sources).file, only(sources).key) == ("departments/amt.toml", "sources.x")
        assert only(sources).reason.startswith("could not be opened: ")
        assert words in only(sources).reason
        assert set(sources.open) == {"city/raeume", "amt/gut"}


async def test_a_source_is_found_by_each_of_its_kinds(tmp_path: Path) -> None:
    async with opened(tmp_path, '[sources.gut]\ntype = "kalender"\n[sources.f]\ntype = "feiern"\n') as sources:
        assert {source.key for source, _ in sources.of(BusyTimes)} == {"amt/gut", "amt/f"}
        assert {source.key for source, _ in sources.of(FreeBusyCalendar)} == {"amt/gut"}
        assert list(sources.of(ServiceCatalogue)) == []


async def test_one_that_fails_to_close_does_not_keep_the_others_open(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    body = "k = Kalender()\n    async def zu(): raise RuntimeError('klemmt')\n    k.aclose = zu\n    return k"
    async with opened(tmp_path, TWO, more_plugin=building(body)) as sources:
        clients = [one.toolbox.http for one in sources.open.values()]
    assert all(client.is_closed for client in clients)
    assert "amt/x could not be closed" in caplog.text
    assert "klemmt" not in caplog.text.replace("RuntimeError('klemmt')", "")


async def test_a_probe_corrects_what_was_declared(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    body = probing("return Capabilities(find='by_name')")
    async with opened(tmp_path, TWO, more_plugin=building(body)) as sources:
        await probe_all(sources)
        assert sources.open["amt/x"].capabilities.find == "by_name"
        assert sources.open["amt/gut"].capabilities.find == "none"


async def test_a_source_that_only_repeats_its_declaration_gives_no_sign_of_life_by_it(tmp_path: Path) -> None:
    async with opened(tmp_path, '[sources.x]\ntype = "kalender"\n') as sources:
        source = sources.open["amt/x"]

        async def fails() -> None:
            raise Unavailable("weg")

        with pytest.raises(Unavailable):
            await source.supervisor.write(fails)
        await probe_all(sources)
        assert source.supervisor.health.state == "unavailable"


@pytest.mark.parametrize("body", ["return None", "return {}", "raise RuntimeError('huch')", "raise SystemExit"])
async def test_a_probe_that_goes_wrong_leaves_the_declaration_and_the_others(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, body: str
) -> None:
    with caplog.at_level(logging.INFO):
        async with opened(tmp_path, TWO, more_plugin=building(probing(body))) as sources:
            declared = sources.open["amt/x"].capabilities
            await probe_all(sources)
            assert sources.open["amt/x"].capabilities is declared
    assert "amt/x" in caplog.text


@pytest.mark.parametrize("mode", ["read_only", "shadow"])
async def test_a_source_that_is_not_live_is_not_probed_because_a_probe_may_write(tmp_path: Path, mode: str) -> None:
    body = probing("return Capabilities(find='by_name')")
    table = TWO.replace('type = "eigen"', f'type = "eigen"\nmode = "{mode}"')
    async with opened(tmp_path, table, more_plugin=building(body)) as sources:
        await probe_all(sources)
        assert sources.open["amt/x"].capabilities.find == "none"


async def test_a_source_may_talk_only_to_what_its_settings_declare(tmp_path: Path) -> None:
    async with opened(tmp_path, '[sources.gut]\ntype = "kalender"\nurl = "https://kal.example/x"\n') as sources:
        assert sources.open["amt/gut"].resolved.own.origins() == {"https://kal.example:443"}


@pytest.mark.parametrize("mode", ["read_only", "shadow"])
async def test_a_source_that_is_not_live_can_be_read_and_not_written_to(tmp_path: Path, mode: str) -> None:
    async with opened(tmp_path, f'[sources.x]\ntype = "kalender"\nmode = "{mode}"\n') as sources:
        source = sources.open["amt/x"]

        async def asked() -> str:
            return "da"

        assert await source.supervisor.read(asked) == "da"
        with pytest.raises(NotSent):
            await source.supervisor.write(asked)
        assert source.supervisor.health.state == "ok"
