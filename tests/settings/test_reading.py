"""What a sound config means: words, names, secrets, the environment."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from durchwahl.errors import ConfigError
from durchwahl.plugin.settings import Secret
from durchwahl.settings.load import load
from durchwahl.settings.words import Closure, LanguageTag, Slug, collated, parse_duration, parse_hours, parse_time

GATEWAY = '[gateway]\ncity = "Teststadt"\npublic_url = "https://www.example.org/beratung"\n'
DEPARTMENT = '[department]\nid = "amt"\nname = "Amt"\n'


@pytest.fixture
def config(tmp_path: Path) -> Callable[..., Path]:
    def write(gateway: str = "", department: str = "") -> Path:
        (tmp_path / "departments").mkdir(exist_ok=True)
        (tmp_path / "gateway.toml").write_text(GATEWAY + gateway, encoding="utf-8")
        (tmp_path / "departments" / "amt.toml").write_text(DEPARTMENT + department, encoding="utf-8")
        return tmp_path / "gateway.toml"

    return write


Config = Callable[..., Path]


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("30s", timedelta(seconds=30)),
        ("20min", timedelta(minutes=20)),
        (" 2 h ", timedelta(hours=2)),
        ("60d", timedelta(60)),
    ],
)
def test_a_duration_is_a_number_with_its_unit(text: str, length: timedelta) -> None:
    assert parse_duration(text) == length


@pytest.mark.parametrize(
    "value", [20, "20", "min", "1.5h", "2h30min", "²h", "-1h", "", None, True, "1 000s", "100000d"]
)
def test_anything_else_is_no_duration(value: object) -> None:
    with pytest.raises(ValueError, match="a number with its unit"):
        parse_duration(value)


def test_the_end_of_a_day_is_none() -> None:
    assert parse_time("24:00") is None
    assert parse_time("9:05") == time(9, 5)


@pytest.mark.parametrize("value", ["24:01", "25:00", "12:60", "noon", "12", 12, "12:00:00", None])
def test_anything_else_is_no_time_of_day(value: object) -> None:
    with pytest.raises(ValueError, match="time of day"):
        parse_time(value)


def test_hours_are_sorted_and_take_either_dash() -> None:
    hours = parse_hours({"tue": ["14:00 – 18:00", "09:00-12:00"]})
    assert hours.on(1) == ((time(9), time(12)), (time(14), time(18)))
    assert hours.on(0) == ()


def test_hours_that_say_the_same_are_the_same_key() -> None:
    one, other = parse_hours({"tue": ["09:00-12:00"]}), parse_hours({"tue": ["09:00-12:00"]})
    assert (one, hash(one)) == (other, hash(other))


@given(st.text(max_size=8))
def test_a_slug_holds_only_what_an_address_can(text: str) -> None:
    try:
        TypeAdapter(Slug).validate_python(text)
    except ValidationError:
        return
    assert text
    assert set(text) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert not text.startswith("-")
    assert not text.endswith("-")


@pytest.mark.parametrize("tag", ["de", "gsg", "de-DE", "zh-Hant-HK", "sgn-ase-DE", "de-1996", "de-x-leicht"])
def test_language_tags_are_bcp_47(tag: str) -> None:
    assert TypeAdapter(LanguageTag).validate_python(tag) == tag


def test_german_order_has_umlauts_by_their_vowels() -> None:
    names = ["Zoll", "Übung", "Äpfel", "Apfel", "apfelbaum", "Straße", "Strasse", "Ofen", "Öfen", "Uhr"]
    assert sorted(names, key=lambda name: (collated(name), name)) == [
        "Apfel", "Äpfel", "apfelbaum", "Ofen", "Öfen", "Strasse", "Straße", "Übung", "Uhr", "Zoll",
    ]  # fmt: skip


def test_a_closure_keeps_dates_as_dates_and_instants_as_instants() -> None:
    day = Closure.model_validate({"from": date(2026, 12, 24), "to": date(2026, 12, 26)})
    hour = Closure.model_validate({"from": datetime(2026, 12, 24, 8), "to": datetime(2026, 12, 24, 9)})  # noqa: DTZ001  # as TOML gives a local time
    assert (type(day.from_), type(hour.from_)) == (date, datetime)


# --- The environment


def test_the_environment_wins_over_the_file(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DURCHWAHL_PUBLIC_URL", "https://other.example/")
    monkeypatch.setenv("DURCHWAHL_HOLD", "5min")
    monkeypatch.setenv("DURCHWAHL_TRUSTED_PROXIES", '["10.0.0.0/8"]')
    gateway = load(config()).gateway
    assert (gateway.public_url, gateway.hold) == ("https://other.example/", timedelta(minutes=5))
    assert gateway.trusted_proxies == ("10.0.0.0/8",)


def test_what_the_file_lacks_the_environment_may_give(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    path = config()
    path.write_text("[gateway]\n", encoding="utf-8")
    monkeypatch.setenv("DURCHWAHL_PUBLIC_URL", "https://other.example/")
    monkeypatch.setenv("DURCHWAHL_CITY", "Anderswo")
    assert load(path).gateway.city == "Anderswo"


def test_a_mistake_in_the_environment_names_the_variable(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DURCHWAHL_HOLD", "600")
    with pytest.raises(ConfigError) as caught:
        load(config())
    assert (caught.value.findings[0].file, caught.value.findings[0].key) == ("environment", "DURCHWAHL_HOLD")


def test_a_list_in_the_environment_that_is_no_json_says_how(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DURCHWAHL_TRUSTED_PROXIES", "127.0.0.1")
    with pytest.raises(ConfigError) as caught:
        load(config())
    finding = caught.value.findings[0]
    assert finding.file == "environment"
    assert "trusted_proxies" in finding.reason
    assert "as JSON" in finding.remedy


def test_overrides_replace_keys_of_the_gateway(config: Config) -> None:
    assert load(config(), overrides={"city": "Anderswo"}).gateway.city == "Anderswo"


# --- Addresses and folders


def test_a_public_url_ends_with_a_slash_and_gives_the_prefix(config: Config) -> None:
    settings = load(config())
    assert (settings.gateway.public_url, settings.prefix) == ("https://www.example.org/beratung/", "/beratung")


def test_a_public_url_at_the_root_has_no_prefix(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DURCHWAHL_PUBLIC_URL", "https://www.example.org")
    assert load(config()).prefix == ""


def test_the_data_folder_is_relative_to_the_config_and_not_to_where_one_stands(
    config: Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = config('data_dir = "daten"\n')
    monkeypatch.chdir("/")
    assert load(path).data_dir == tmp_path.resolve() / "daten"


def test_only_toml_files_of_departments_are_read_in_the_order_of_their_names(config: Config, tmp_path: Path) -> None:
    path = config()
    (tmp_path / "departments" / "amt.toml.bak").write_text("kaputt[", encoding="utf-8")
    (tmp_path / "departments" / "notiz.txt").write_text("kaputt[", encoding="utf-8")
    assert load(path).findings == ()


# --- Secrets

SOURCE = '[sources.kal]\ntype = "caldav"\npassword = {}\n'


def test_a_secrets_file_is_anchored_in_the_configs_folder(config: Config, tmp_path: Path) -> None:
    settings = load(config(department=SOURCE.format('{ file = "geheim/kal" }')))
    assert settings.sources["amt/kal"].own["password"] == {"file": str(tmp_path.resolve() / "geheim" / "kal")}


def test_an_absolute_secrets_file_stays_where_it_is(config: Config) -> None:
    settings = load(config(department=SOURCE.format('{ file = "/run/secrets/kal" }')))
    assert settings.sources["amt/kal"].own["password"] == {"file": "/run/secrets/kal"}


def test_a_secret_of_the_environment_is_left_as_it_is(config: Config) -> None:
    settings = load(config(department=SOURCE.format('{ env = "KAL" }')))
    assert settings.sources["amt/kal"].own["password"] == {"env": "KAL"}


def test_keys_in_a_list_are_anchored_too(config: Config, tmp_path: Path) -> None:
    settings = load(config('[keys]\ninstallation = [{ file = "a.key" }, { env = "B" }]\n'))
    assert settings.keys.installation == (Secret(file=str(tmp_path.resolve() / "a.key")), Secret(env="B"))


@pytest.mark.parametrize(
    "literal", ['"hunter2"', '{ value = "hunter2" }', '{ file = "a", env = "B" }', '{ file = "" }', "12", "{}"]
)
def test_a_literal_secret_is_refused_and_not_repeated(config: Config, literal: str) -> None:
    settings = load(config(f"[mail]\npassword = {literal}\n"))
    assert [one.key for one in settings.findings] == ["mail.password"]
    assert "by reference" in settings.findings[0].reason
    assert "hunter2" not in str(settings.findings)


# --- Names


def test_names_of_sources_are_resolved_to_their_department(config: Config) -> None:
    table = """
[offers.pass]
services = ["pass"]
channels = ["video"]
calendar = "termine"
video = "city/raeume"
also_busy = ["sitzungen", "city/feiern"]
hours = { mon = ["09:00-12:00"] }
[offers.pass.remote]
office = "10489"
"""
    one = load(config(department=table)).offers["amt/pass"]
    assert (one.calendar, one.video, one.also_busy) == ("amt/termine", "city/raeume", ("amt/sitzungen", "city/feiern"))
    assert one.table.remote == {"office": "10489"}


def test_a_plain_text_is_german_and_a_table_says_its_languages(config: Config) -> None:
    assert load(config()).departments[0].table.name == {"de": "Amt"}
    settings = load(config('notice = { de = "Test", en = "Test" }\n'))
    assert set(settings.gateway.notice) == {"de", "en"}


def test_a_notice_may_be_empty(config: Config) -> None:
    assert load(config('notice = ""\n')).gateway.notice == {"de": ""}


def test_the_keys_of_a_sources_type_are_left_for_its_plugin(config: Config) -> None:
    table = '[sources.kal]\ntype = "x"\nurl = "https://a"\n'
    table += '[sources.kal.lanes.eins]\ncollection = "c/"\nlanguages = ["en"]\n'
    source: Any = load(config(department=table)).sources["amt/kal"]
    assert dict(source.own) == {"url": "https://a"}
    assert dict(source.lanes["eins"].own) == {"collection": "c/"}
    assert source.lanes["eins"].table.languages == ("en",)
