"""Configured tables meet the types that plugins offer: what does not fit is found and left out, and nothing else is."""

from pathlib import Path

import pytest

from durchwahl.sources.resolving import secret_findings
from tests.sources.configs import only, opened

FILE = "departments/amt.toml"
GOOD = '[sources.gut]\ntype = "kalender"\n'

MISTAKES = [
    ('type = "kalendar"', "sources.x.type", 'no plugin offers the type "kalendar". Did you mean "kalender"?'),
    ('type = "zzz"', "sources.x.type", 'no plugin offers the type "zzz". Known types: caldav, feiern'),
    ('type = "kalender"\nnumbr = 3', "sources.x.numbr", 'is not a known key. Did you mean "number"?'),
    ('type = "kalender"\nenabld = true', "sources.x.enabld", 'is not a known key. Did you mean "enabled"?'),
    ('type = "kalender"\nnumber = "viele"', "sources.x.number", "must be a whole number"),
    ('type = "kalender"\nurl = "kal.example"', "sources.x.url", "must be an http:// or https:// address"),
    ('type = "kalender"\nurl = "https://a:b@kal.example"', "sources.x.url", "must not hold a user name or password"),
    ('type = "kalender"\npassword = "geheim"', "sources.x.password", "a secret is given by reference"),
    ('type = "kalender"\nca_file = "ca.pem"', "sources.x.ca_file", "ca.pem does not exist."),
    ('type = "kalender"\nclient_cert = "fehlt.pem"', "sources.x.client_cert", "fehlt.pem does not exist."),
    ('type = "kalender"\n[sources.x.rooms.a]\nurl = "x"', "sources.x.rooms", "has no settings per room"),
    ('type = "kalender"\n[sources.x.lanes.a]', "sources.x.lanes.a.collection", "Field required."),
    ('type = "kalender"\n[sources.x.lanes.a]\ncolection = "c"', "sources.x.lanes.a.co", ""),
    (
        'type = "feiern"\n[sources.x.lanes.a]\nlangauges = ["de"]',
        "sources.x.lanes.a.langauges",
        'Did you mean "languages"?',
    ),
    (
        'type = "feiern"\n[sources.x.lanes.a]\ncollection = "c"',
        "sources.x.lanes.a.collection",
        "have no settings of their own",
    ),
]


@pytest.mark.parametrize(("table", "key", "words"), MISTAKES)
async def test_a_wrong_source_is_found_and_costs_only_itself(tmp_path: Path, table: str, key: str, words: str) -> None:
    async with opened(tmp_path, f"[sources.x]\n{table}\n{GOOD}") as sources:
        finding = sources.findings[0]
        assert finding.file == FILE
        assert finding.key.startswith(key)
        assert words.casefold() in f"{finding.reason} {finding.remedy}".casefold()
        assert set(sources.open) == {"city/raeume", "amt/gut"}


async def test_a_plugins_validator_that_has_a_bug_costs_only_its_source(tmp_path: Path) -> None:
    bug = """
    class Fehler(SourceSettings):
        number: int = 1
        @field_validator("number")
        @classmethod
        def teilen(cls, value: int) -> int:
            return {}[value]
    TYPES.append(SourceType(name="fehler", settings=Fehler, build=lambda s, t: Kalender()))
    """
    async with opened(tmp_path, f'[sources.x]\ntype = "fehler"\nnumber = 2\n{GOOD}', more_plugin=bug) as sources:
        assert only(sources).key == "sources.x"
        assert "cannot be read by its plugin: KeyError" in only(sources).reason
        assert "amt/gut" in sources.open


async def test_a_switched_off_source_is_neither_opened_nor_found(tmp_path: Path) -> None:
    async with opened(tmp_path, '[sources.x]\ntype = "zzz"\nenabled = false\n') as sources:
        assert sources.findings == []
        assert "amt/x" not in sources.open


async def test_a_failed_plugin_is_named_where_its_type_is_missed(tmp_path: Path) -> None:
    (tmp_path / "plugins").mkdir()
    from durchwahl.operate.loading import load_all
    from durchwahl.sources.opening import open_sources

    (tmp_path / "departments").mkdir()
    (tmp_path / "plugins" / "mein_kalender.py").write_text("raise RuntimeError('huch')", encoding="utf-8")
    gateway = '[gateway]\ncity = "T"\npublic_url = "https://x.example/"\nplugins_dir = "plugins"\n'
    gateway += '[sources.x]\ntype = "mein-kalender"\n'
    (tmp_path / "gateway.toml").write_text(gateway, encoding="utf-8")
    sources = open_sources(*load_all(tmp_path / "gateway.toml"))
    assert only(sources).remedy == "Its plugin failed: RuntimeError: huch."


async def test_lanes_get_the_settings_of_their_type_and_their_languages(tmp_path: Path) -> None:
    lane = '[sources.gut.lanes.a]\ncollection = "c/"\nlanguages = ["gsg"]\n'
    async with opened(tmp_path, GOOD + lane) as sources:
        one = sources.open["amt/gut"].lanes["a"]
        assert (one.settings.collection, one.languages) == ("c/", ("gsg",))


async def test_rooms_get_the_settings_of_their_type(tmp_path: Path) -> None:
    async with opened(tmp_path, GOOD) as sources:
        assert sources.open["city/raeume"].rooms["amt/termine/platz-1"].url == "https://video.example.org/1"


async def test_a_secret_that_cannot_be_read_is_a_finding_and_the_source_stays(tmp_path: Path) -> None:
    async with opened(tmp_path, f'{GOOD}password = {{ file = "fehlt" }}\n') as sources:
        assert sources.findings == []
        found = secret_findings(sources.open["amt/gut"].resolved)
        assert [one.key for one in found] == ["sources.gut.password"]
        assert "fehlt" in found[0].reason


async def test_a_secret_that_is_there_is_no_finding_and_never_shown(tmp_path: Path) -> None:
    (tmp_path / "da").write_text("geheim-123\n", encoding="utf-8")
    async with opened(tmp_path, f'{GOOD}password = {{ file = "da" }}\n') as sources:
        resolved = sources.open["amt/gut"].resolved
        assert secret_findings(resolved) == []
        assert resolved.own.secrets()["password"].reveal() == "geheim-123"
        assert "geheim-123" not in repr(resolved)
