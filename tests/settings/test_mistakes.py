"""Every mistake in a config is found, with file, key, reason and remedy, and costs only its table."""

from pathlib import Path
from typing import Any

import pytest

from durchwahl.errors import ConfigError, Finding
from durchwahl.settings.load import load
from durchwahl.settings.resolved import Settings

GATEWAY = """
[gateway]
city = "Teststadt"
public_url = "https://www.example.org/beratung/"
"""
DEPARTMENT = """
[department]
id = "amt"
name = "Amt"
[sources.termine]
type = "house"
[sources.termine.lanes.platz-1]
languages = ["de"]
[offers.pass]
services = ["pass", "ausweis"]
channels = ["phone"]
calendar = "termine"
hours = { mon = ["09:00-12:00"] }
[[closures]]
from = 2026-12-24
"""
FILE = "departments/amt.toml"


def written(folder: Path, *, gateway: str = GATEWAY, **departments: str) -> Path:
    (folder / "departments").mkdir()
    (folder / "gateway.toml").write_text(gateway, encoding="utf-8")
    for name, text in (departments or {"amt": DEPARTMENT}).items():
        (folder / "departments" / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder / "gateway.toml"


def loaded(folder: Path, **texts: str) -> Settings:
    return load(written(folder, **texts))


def only(settings: Settings) -> Finding:
    assert len(settings.findings) == 1, settings.findings
    return settings.findings[0]


def said(finding: Finding) -> str:
    return f"{finding.reason} {finding.remedy}".strip()


def refused(path: Path) -> Finding:
    with pytest.raises(ConfigError) as caught:
        load(path)
    return caught.value.findings[0]


def test_a_sound_config_has_no_findings(tmp_path: Path) -> None:
    assert loaded(tmp_path).findings == ()


def replaced(old: str, new: str) -> str:
    assert DEPARTMENT.count(old) == 1
    return DEPARTMENT.replace(old, new)


PHONE, HOURS, OFFER = 'channels = ["phone"]', 'hours = { mon = ["09:00-12:00"] }', "[offers.pass]\n"
LANE, CLOSURE = 'languages = ["de"]', "from = 2026-12-24"

OFFER_MISTAKES: list[tuple[str, str, str, str]] = [
    (OFFER, OFFER + "duraton = '20min'\n", "offers.pass.duraton", 'is not a known key. Did you mean "duration"?'),
    (OFFER, OFFER + "zzz = 1\n", "offers.pass.zzz", "is not a known key. Known here: also_busy, approval"),
    (HOURS, "", "offers.pass.hours", "Field required."),
    (
        'calendar = "termine"',
        "",
        "offers.pass.calendar",
        "Field required. It is: the source that keeps the appointments",
    ),
    (OFFER, OFFER + "duration = 20\n", "offers.pass.duration", 'Must be a number with its unit: "30s", "20min", "2h"'),
    (OFFER, OFFER + "duration = '20 Minuten'\n", "offers.pass.duration", "Must be a number with its unit"),
    (OFFER, OFFER + "duration = '-5min'\n", "offers.pass.duration", "Must be a number with its unit"),
    (OFFER, OFFER + "duration = '0min'\n", "offers.pass", "must be longer than nothing"),
    (OFFER, OFFER + "durations = { pass = '0min' }\n", "offers.pass", "must be longer than nothing"),
    (OFFER, OFFER + "durations = { pas = '5min' }\n", "offers.pass", "names pas, which `services` does not"),
    (OFFER, OFFER + "duration = '23h'\nbuffer_after = '2h'\n", "offers.pass", "longer than a day"),
    (OFFER, OFFER + "durations = { pass = '25h' }\n", "offers.pass", "longer than a day"),
    (OFFER, OFFER + "count_at_most = 0\n", "offers.pass.count_at_most", "greater than or equal to 1"),
    (OFFER, OFFER + "horizon = '36h'\n", "offers.pass", "whole days"),
    (OFFER, OFFER + "release = '8 Uhr'\n", "offers.pass.release", "must be a time of day such as"),
    (OFFER, OFFER + "release = '24:00'\n", "offers.pass.release", "00:00"),
    (OFFER, OFFER + "identity = 'optional'\n", "offers.pass.identity", "'required', 'alias' or 'none'"),
    (OFFER, OFFER + "discreet = 'ja'\n", "offers.pass.discreet", "must be true or false. Write it without quotes."),
    (OFFER, OFFER + "calendar_fields = ['birthday']\n", "offers.pass.calendar_fields", "'reference'"),
    (HOURS, 'hours = { mo = ["09:00-12:00"] }', "offers.pass.hours", '"mo" is no weekday: write mon, tue, wed'),
    (HOURS, 'hours = { mon = "09:00-12:00" }', "offers.pass.hours", "must be a list such as"),
    (HOURS, 'hours = { mon = ["9-12"] }', "offers.pass.hours", '"9-12" must be a span such as "09:00-12:00"'),
    (
        HOURS,
        'hours = { mon = ["12:00-09:00"] }',
        "offers.pass.hours",
        "must end after it begins; a span over midnight is",
    ),
    (HOURS, 'hours = { mon = ["09:00-09:00"] }', "offers.pass.hours", "must end after it begins"),
    (HOURS, 'hours = { mon = ["24:00-24:00"] }', "offers.pass.hours", "must end after it begins"),
    (HOURS, 'hours = { mon = ["09:00-25:00"] }', "offers.pass.hours", '"25:00" is no time of day'),
    (HOURS, 'hours = { mon = ["09:60-12:00"] }', "offers.pass.hours", '"09:60" is no time of day'),
    (HOURS, 'hours = ["09:00-12:00"]', "offers.pass.hours", "must be a table such as"),
    (PHONE, 'channels = ["phone", "online_form"]', "offers.pass", "online_form is no consultation"),
    (PHONE, 'channels = ["video"]', "offers.pass", "`video` names no source with rooms"),
    (PHONE, 'channels = ["telefon"]', "offers.pass.channels", "'video', 'phone', 'in_person'"),
    (PHONE, "channels = []", "offers.pass.channels", "at least 1 item"),
    (PHONE, 'channels = ["phone", "phone"]', "offers.pass", "channels names one twice"),
    ('["pass", "ausweis"]', "[]", "offers.pass.services", "at least 1 item"),
    ('["pass", "ausweis"]', '["pass", "pass"]', "offers.pass", "services names one twice"),
    ('["pass", "ausweis"]', '["Reisepass"]', "offers.pass.services", "must be lower-case letters, digits and hyphens"),
    ('["pass", "ausweis"]', '"pass"', "offers.pass.services", 'must be a list. Write services = ["…"].'),
    (OFFER, "[offers.Pass]\n", "offers.Pass", "must be lower-case letters, digits and hyphens"),
    (OFFER, f"[offers.{'p' * 60}]\n", f"offers.{'p' * 60}", "characters"),
]
OTHER_MISTAKES: list[tuple[str, str, str, str]] = [
    (LANE, 'languages = ["deutsch"]', "sources.termine.lanes.platz-1.languages", "must be a language tag (BCP 47)"),
    (LANE, 'languages = ["de_DE"]', "sources.termine.lanes.platz-1.languages", "must be a language tag (BCP 47)"),
    (LANE, f'languages = ["de{"-abcdefgh" * 4}"]', "sources.termine.lanes.platz-1.languages", "35"),
    (LANE, "languages = []", "sources.termine.lanes.platz-1.languages", "at least 1 item"),
    (LANE, 'hours = { mon = ["9"] }', "sources.termine.lanes.platz-1.hours", "must be a span"),
    ('type = "house"', "", "sources.termine.type", "Field required."),
    ('type = "house"', 'type = "house"\nmode = "lesen"', "sources.termine.mode", "'live', 'read_only' or 'shadow'"),
    ('type = "house"', 'type = "house"\ndeadline = "0s"', "sources.termine.deadline", "longer than nothing"),
    (CLOSURE, "from = 2026-12-24\nto = 2026-12-23", "closures[0]", "`to` lies before `from`"),
    (CLOSURE, "from = 2026-12-24\nto = 2026-12-24T12:00:00", "closures[0]", "must both be dates or both be date-times"),
    (CLOSURE, "from = 2026-12-24T10:00:00+01:00\nto = 2026-12-24T12:00:00", "closures[0]", "offset"),
    (CLOSURE, "from = 2026-12-24T10:00:00", "closures[0]", "needs `to`"),
    (CLOSURE, "to = 2026-12-24", "closures[0]", "needs either `from` (and `to`) or `ics`"),
    (CLOSURE, 'from = 2026-12-24\nics = "zu.ics"', "closures[0]", "needs either `from` (and `to`) or `ics`"),
    (CLOSURE, 'from = "2026-12-24"', "closures[0].from", "quotes"),
    (CLOSURE, "from = 12:00:00", "closures[0].from", "date"),
    ("[[closures]]", "[closures]", "closures", "[[closures]]"),
    ('name = "Amt"', 'name = "Amt"\nfax = "1"', "department.fax", "is not a known key."),
    ('name = "Amt"', 'name = { deutsch = "Amt" }', "department.name", "must be a language tag"),
    ('name = "Amt"', 'name = ""', "department.name", "empty"),
    ('name = "Amt"', "name = {}", "department.name", "empty"),
    ('name = "Amt"', 'name = "Amt"\nrenamed = { "Alt" = "neu" }', "department.renamed", "must be lower-case letters"),
    (
        'name = "Amt"',
        'name = "Amt"\nmatches = { xzufi = "L1" }',
        "department.matches.xzufi",
        'must be a list. Write xzufi = ["…"].',
    ),
    ('id = "amt"', 'id = "Amt 1"', "department.id", "must be lower-case letters, digits and hyphens"),
    ('id = "amt"', 'id = "city"', "department.id", "the whole city's name"),
    ('id = "amt"', "", "department.id", "Field required."),
    ("[department]", "[departments]", "departments", 'is not a known table. Did you mean "department"?'),
    (
        "[[closures]]",
        "[services.pass]\nchanels = {}\n[[closures]]",
        "services.pass.chanels",
        'Did you mean "channels"?',
    ),
    (
        "[[closures]]",
        '[services.pass.channels]\nvideo = "ja"\n[[closures]]',
        "services.pass.channels.video",
        "'confirmed' or",
    ),
    ("[[closures]]", '[services.pass.channels]\nonline_form = "hidden"\n[[closures]]', "services.pass", "online_form"),
]


@pytest.mark.parametrize(("old", "new", "key", "words"), [*OFFER_MISTAKES, *OTHER_MISTAKES])
def test_a_mistake_is_found_with_its_file_and_key_and_what_to_do(
    tmp_path: Path, old: str, new: str, key: str, words: str
) -> None:
    settings = loaded(tmp_path, amt=replaced(old, new))
    finding = settings.findings[0]
    assert (finding.file, finding.severity) == (FILE, "error")
    assert finding.key == key or finding.key.startswith((f"{key}.", f"{key}["))
    assert words.casefold() in said(finding).casefold()
    assert "value error" not in said(finding).casefold()


@pytest.mark.parametrize(("old", "new", "key", "words"), OFFER_MISTAKES)
def test_a_wrong_offer_costs_itself_and_no_other_table(
    tmp_path: Path, old: str, new: str, key: str, words: str
) -> None:
    other = '[offers.anderes]\nservices = ["fund"]\nchannels = ["phone"]\ncalendar = "termine"\n'
    other += 'hours = { tue = ["09:00-10:00"] }\n'
    settings = loaded(tmp_path, amt=replaced(old, new) + other)
    assert list(settings.offers) == ["amt/anderes"]
    assert list(settings.sources) == ["amt/termine"]
    assert len(settings.departments[0].closures) == 1
    assert len(settings.findings) == 1


WRONG_SHAPES = [
    ("sources = 5\n", "sources"),
    ('offers = "x"\n', "offers"),
    ("services = []\n", "services"),
    ("closures = 1\n", "closures"),
    ("[sources]\ntermine = 'house'\n", "sources.termine"),
    ("[sources.termine]\ntype = 'house'\nlanes = ['platz-1']\n", "sources.termine.lanes"),
    ("[sources.termine]\ntype = 'house'\n[sources.termine.lanes]\nplatz-1 = 'de'\n", "sources.termine.lanes.platz-1"),
    ("[offers]\npass = 3\n", "offers.pass"),
    ("[[offers]]\nid = 'pass'\n", "offers"),
    ("[[sources]]\ntype = 'house'\n", "sources"),
]


@pytest.mark.parametrize(("text", "key"), WRONG_SHAPES)
def test_a_table_that_is_no_table_is_found_and_not_passed_over(tmp_path: Path, text: str, key: str) -> None:
    department = '[department]\nid = "amt"\nname = "Amt"\n'
    settings = loaded(tmp_path, amt=department + text if text.startswith("[") else text + department)
    assert only(settings).key == key
    assert only(settings).file == FILE
    assert len(settings.departments) == 1


@pytest.mark.parametrize("key", ["website", "keys", "mail", "search", "sources", "required"])
def test_a_gateway_table_that_is_no_table_is_found(tmp_path: Path, key: str) -> None:
    settings = loaded(tmp_path, gateway=f"{key} = 3\n{GATEWAY}")
    assert (only(settings).file, only(settings).key) == ("gateway.toml", key)


def test_a_gateway_that_is_no_table_is_refused(tmp_path: Path) -> None:
    assert refused(written(tmp_path, gateway="gateway = 3\n")).key == "gateway"


GATEWAY_MISTAKES = [
    ('timezone = "Europe/Dresden"', "gateway.timezone", 'Write an IANA name such as "Europe/Berlin".'),
    ('timezone = "Europe"', "gateway.timezone", 'Write an IANA name such as "Europe/Berlin".'),
    ('timezone = ""', "gateway.timezone", 'Write an IANA name such as "Europe/Berlin".'),
    ('timezone = "../../etc/passwd"', "gateway.timezone", 'Write an IANA name such as "Europe/Berlin".'),
    ('holidays = "Sachsen"', "gateway.holidays", 'Write country and state, e.g. "DE-SN".'),
    ('trusted_proxies = ["proxy"]', "gateway.trusted_proxies[0]", "must be an address or a network such as 10.0.0.0/8"),
    ("hold = 600", "gateway.hold", "must be a number with its unit"),
    ('hold = "0s"', "gateway.hold", "longer than nothing"),
    ('sync_interval = "0s"', "gateway.sync_interval", "longer than nothing"),
    ("holds_per_client = 0", "gateway.holds_per_client", "greater than or equal to 1"),
    ('notice = { deutsch = "x" }', "gateway.notice", "must be a language tag"),
]


@pytest.mark.parametrize(("line", "key", "words"), GATEWAY_MISTAKES)
def test_a_mistake_in_the_gateway_table_is_refused_with_what_to_do(
    tmp_path: Path, line: str, key: str, words: str
) -> None:
    finding = refused(written(tmp_path, gateway=f"{GATEWAY}{line}\n"))
    assert (finding.file, finding.severity) == ("gateway.toml", "error")
    assert finding.key.startswith(key)
    assert words.casefold() in said(finding).casefold()


@pytest.mark.parametrize(
    "url", ["www.example.org", "ftp://x.example/", "https:///x", "https://x.example/?a=1", "https://x.example/#a"]
)
def test_a_public_url_that_is_no_address_is_refused(tmp_path: Path, url: str) -> None:
    gateway = GATEWAY.replace("https://www.example.org/beratung/", url)
    finding = refused(written(tmp_path, gateway=gateway))
    assert finding.key == "gateway.public_url"
    assert "address at which citizens reach the gateway" in finding.reason


PUBLIC_URLS = [
    ("https://x.example/a/../b/", "cannot be part of its path"),
    ("https://x.example/./", "cannot be part of its path"),
    ("https://x.example/a//b/", "cannot be part of its path"),
    ("https://x.example//", "// in its path"),
    ("https://x.example/a%2fb/", "cannot be part of its path"),
    ("https://x.example/<b>/", "cannot be part of its path"),
    ("https://x.example/a;b/", "cannot be part of its path"),
    ("https://x.example/bürger/", "is not ASCII: choose a path such as /beratung/"),
    ("https://u:p@x.example/", "user name or password"),
    ("https://x.example:99999/", "Port out of range"),
    ("https://x.example:0/", "1 to 65535"),
    ("https://x.example:abc/", "Port could not be cast"),
    ("https://x_y..example/", "is no host name"),
    ("https://x.example /", "address at which citizens"),
    ("https://[::1/", "Invalid IPv6"),
    ("https://-x.example/", "is no host name"),
]


@pytest.mark.parametrize(("url", "words"), PUBLIC_URLS)
def test_a_public_url_that_cannot_stand_in_every_link_is_refused(tmp_path: Path, url: str, words: str) -> None:
    finding = refused(written(tmp_path, gateway=GATEWAY.replace("https://www.example.org/beratung/", url)))
    assert finding.key == "gateway.public_url"
    assert words in finding.reason


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://WWW.Example.org", "https://www.example.org/"),
        ("https://bürger.example/a-b", "https://xn--brger-kva.example/a-b/"),
        ("https://straße.example:443/", "https://xn--strae-oqa.example/"),
        ("http://127.0.0.1:8000/x/", "http://127.0.0.1:8000/x/"),
        ("http://[::1]:8000", "http://[::1]:8000/"),
    ],
)
def test_a_public_url_is_kept_as_it_stands_in_headers(tmp_path: Path, url: str, kept: str) -> None:
    settings = loaded(tmp_path, gateway=GATEWAY.replace("https://www.example.org/beratung/", url))
    assert (settings.gateway.public_url, settings.findings) == (kept, ())


@pytest.mark.parametrize("host", ["https://x.example", "x.example:80", "x.example/", "*.x.example", "", "a b", "x..y"])
def test_an_allowed_host_that_is_none_is_refused(tmp_path: Path, host: str) -> None:
    finding = refused(written(tmp_path, gateway=f'{GATEWAY}allowed_hosts = ["{host}"]\n'))
    assert finding.key == "gateway.allowed_hosts[0]"
    assert "is no host name" in finding.reason


def test_allowed_hosts_are_compared_in_ascii_and_lower_case(tmp_path: Path) -> None:
    hosts = 'allowed_hosts = ["Bürger.Example", "[::1]", "x.example."]\n'
    assert loaded(tmp_path, gateway=GATEWAY + hosts).gateway.allowed_hosts == (
        "xn--brger-kva.example", "::1", "x.example",
    )  # fmt: skip


WEBSITES = [
    ("origins = ['*']", "website.origins[0]"),
    ("origins = ['null']", "website.origins[0]"),
    ("origins = ['www.example.org']", "website.origins[0]"),
    ("origins = ['https://x.example/termine']", "website.origins[0]"),
    ("origins = ['https://u@x.example']", "website.origins[0]"),
    ("imprint = 'javascript:alert(1)'", "website.imprint"),
    ("privacy = '/datenschutz'", "website.privacy"),
    ("accessibility = 'mailto:a@example.org'", "website.accessibility"),
    ("easy_language = 'https://x.example/a\"b'", "website.easy_language"),
]


LISTS = [
    ('[website]\norigins = "https://x.example"\n', "website.origins", 'Write origins = ["…"].'),
    ('[keys]\ninstallation = { file = "x" }\n', "keys.installation", 'Write installation = [{ file = "…" }].'),
    ("[search.synonyms]\nperso = 'ausweis'\n", "search.synonyms.perso", 'Write perso = ["…"].'),
]


@pytest.mark.parametrize(("lines", "key", "remedy"), LISTS)
def test_a_list_without_brackets_is_told_how_to_write_it(tmp_path: Path, lines: str, key: str, remedy: str) -> None:
    finding = only(loaded(tmp_path, gateway=GATEWAY + lines))
    assert (finding.key, finding.reason, finding.remedy) == (key, "must be a list.", remedy)


def test_a_list_in_the_environment_is_told_to_be_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DURCHWAHL_TRUSTED_PROXIES", '"10.0.0.1"')
    finding = refused(written(tmp_path))
    assert (finding.file, finding.key, finding.reason) == (
        "environment", "DURCHWAHL_TRUSTED_PROXIES", "must be a list.",
    )  # fmt: skip
    assert finding.remedy.startswith("Write lists and tables as JSON")


def test_what_a_check_says_in_two_sentences_is_reason_and_remedy(tmp_path: Path) -> None:
    finding = refused(written(tmp_path, gateway=f'{GATEWAY}timezone = "Dresden"\n'))
    assert finding.reason == '"Dresden" is no time zone.'
    assert finding.remedy == 'Write an IANA name such as "Europe/Berlin".'


def test_a_key_at_the_beginning_of_a_sentence_is_written_as_it_is(tmp_path: Path) -> None:
    finding = only(loaded(tmp_path, gateway=f'{GATEWAY}[mail]\nusername = "x"\n'))
    assert finding.reason == "username and password belong together: give both or neither."


@pytest.mark.parametrize("place", ['{ fiel = "x" }', '{ File = "x" }', '{ files = "x" }'])
def test_a_typo_in_the_place_of_a_secret_names_the_nearest(tmp_path: Path, place: str) -> None:
    finding = only(loaded(tmp_path, gateway=f"{GATEWAY}[mail]\nusername = 'x'\npassword = {place}\n"))
    assert (finding.key, finding.remedy) == ("mail.password", 'Did you mean "file"?')


@pytest.mark.parametrize(("line", "key"), WEBSITES)
def test_an_address_of_the_website_that_is_none_costs_itself(tmp_path: Path, line: str, key: str) -> None:
    settings = loaded(tmp_path, gateway=f"{GATEWAY}[website]\n{line}\nsign_language = 'https://x.example/dgs'\n")
    assert only(settings).key == key
    assert settings.website.origins == ()
    assert settings.website.sign_language == "https://x.example/dgs"


def test_origins_are_kept_as_browsers_send_them(tmp_path: Path) -> None:
    lines = "[website]\norigins = ['https://WWW.bürger.example:443/', 'http://localhost:8080']\n"
    settings = loaded(tmp_path, gateway=GATEWAY + lines)
    assert settings.website.origins == ("https://www.xn--brger-kva.example", "http://localhost:8080")


def test_every_mistake_of_the_gateway_table_is_said_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, gateway='[gateway]\ntimezone = "Europe/Berlin"\nholidayz = "DE-SN"\n')
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert {one.key for one in caught.value.findings} == {"gateway.city", "gateway.public_url", "gateway.holidayz"}


def test_every_mistake_of_every_file_is_said_at_once(tmp_path: Path) -> None:
    other = DEPARTMENT.replace('id = "amt"', 'id = "zwei"').replace(PHONE, 'channels = ["fax"]')
    settings = loaded(
        tmp_path, gateway=GATEWAY + "[mail]\nport = 0\n", amt=replaced(HOURS, "hours = { mo = [] }"), zwei=other
    )
    assert {one.file for one in settings.findings} == {"gateway.toml", "departments/amt.toml", "departments/zwei.toml"}


# --- Files


def test_a_missing_gateway_file_is_refused_with_how_to_begin(tmp_path: Path) -> None:
    finding = refused(tmp_path / "gateway.toml")
    assert (finding.file, finding.reason) == (str(tmp_path / "gateway.toml"), "does not exist.")
    assert "durchwahl init" in finding.remedy


@pytest.mark.parametrize("tried", ["gateway.toml", "config/config/gateway.toml", "departments/gateway.toml", "config"])
def test_who_stands_in_the_wrong_folder_is_told_what_would_do(tmp_path: Path, tried: str) -> None:
    (tmp_path / "config").mkdir()
    path = written(tmp_path / "config")
    finding = refused(tmp_path / tried)
    assert (finding.file, finding.remedy) == (str(tmp_path / tried), f"Did you mean --config {path}?")


def test_a_folder_instead_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").mkdir()
    assert "is a folder" in refused(tmp_path / "gateway.toml").reason


def test_an_unknown_key_of_the_gateway_costs_itself_and_hides_nothing(tmp_path: Path) -> None:
    settings = loaded(tmp_path, gateway=GATEWAY + "publik_url = 1\n", amt=replaced(HOURS, "hours = { mo = [] }"))
    assert [(one.key, one.severity) for one in settings.findings] == [
        ("gateway.publik_url", "error"), ("offers.pass.hours", "error"),
    ]  # fmt: skip
    assert settings.findings[0].remedy == 'Did you mean "public_url"?'
    assert settings.gateway.city == "Teststadt"


def test_a_wrong_value_of_the_gateway_hides_nothing_either(tmp_path: Path) -> None:
    wrong = GATEWAY + "hold = 5\nzzz = 1\n[mail]\nprot = 1\n"
    path = written(tmp_path, gateway=wrong, amt=replaced(HOURS, "hours = { mo = [] }"))
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert [one.key for one in caught.value.findings] == [
        "gateway.hold", "gateway.zzz", "offers.pass.hours", "mail.prot",
    ]  # fmt: skip


IMPLAUSIBLE = [
    (HOURS, "hours = {}", "offers.pass.hours", "names no time: nothing can be booked."),
    (HOURS, "hours = { mon = [] }", "offers.pass.hours", "names no time: nothing can be booked."),
    (HOURS, 'hours = { mon = ["09:00-09:15"] }\nduration = "15min"\ndurations.pass = "20min"', "offers.pass.hours",
     'no opening as long as a talk about "pass" (20min)'),
    (OFFER, OFFER + "duration = '12min'\n", "offers.pass.duration", '15min are taken. Write "15min".'),
    (OFFER, OFFER + "durations = { pass = '301s' }\n", "offers.pass.durations.pass", 'Write "10min".'),
    (OFFER, OFFER + "step = '7min'\n", "offers.pass.step", 'Write "10min".'),
    (OFFER, OFFER + "buffer_after = '1min'\n", "offers.pass.buffer_after", 'Write "5min".'),
    (OFFER, OFFER + "approval = true\n", "offers.pass.approval", "no lane has an address that is told of them"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "key", "words"), IMPLAUSIBLE)
def test_what_is_hardly_meant_is_a_warning_and_costs_nothing(
    tmp_path: Path, old: str, new: str, key: str, words: str
) -> None:
    settings = loaded(tmp_path, amt=replaced(old, new))
    assert (only(settings).key, only(settings).severity) == (key, "warning")
    assert words in said(only(settings))
    assert list(settings.offers) == ["amt/pass"]


@pytest.mark.parametrize(
    ("hours", "duration"),
    [
        ('{ mon = ["22:00-24:00"], tue = ["00:00-02:00"] }', "4h"),
        ('{ sun = ["22:00-24:00"], mon = ["00:00-02:00"] }', "4h"),
        ('{ mon = ["09:00-10:00", "10:00-11:00"] }', "2h"),
    ],
)
def test_openings_that_touch_are_one_for_a_talk(tmp_path: Path, hours: str, duration: str) -> None:
    for length, findings in ((duration, 0), ("245min", 2)):
        text = replaced(HOURS, f"hours = {hours}\nduration = '{length}'")
        folder = tmp_path / length
        folder.mkdir()
        assert len(loaded(folder, amt=text).findings) == findings


OTHER = '[offers.zwei]\nservices = ["ausweis"]\nchannels = ["phone"]\ncalendar = "termine"\n'
TWICE = [
    ('hours = { mon = ["11:00-14:00"] }', True),
    ('hours = { mon = ["11:00-14:00"] }\nlanes = ["platz-1"]', True),
    ('hours = { mon = ["12:00-14:00"] }', False),
    ('hours = { tue = ["09:00-12:00"] }', False),
    ('hours = { mon = ["09:00-12:00"] }\nlanes = ["platz-2"]', False),
]


@pytest.mark.parametrize(("more", "is_twice"), TWICE)
def test_two_offers_that_list_the_same_times_are_a_warning(tmp_path: Path, more: str, is_twice: bool) -> None:
    text = replaced(OFFER, OFFER + 'lanes = ["platz-1"]\n') + OTHER + more
    settings = loaded(tmp_path, amt=text)
    found = [(one.key, one.severity) for one in settings.findings]
    assert found == ([("offers.zwei", "warning")] if is_twice else [])


@pytest.mark.parametrize(
    ("line", "key", "remedy"),
    [
        ('holidays = "SN"', "gateway.holidays", 'Did you mean "DE-SN"?'),
        ('holidays = "AT"', "gateway.holidays", "Correct one of them."),
        ('hold = "40min"', "gateway.hold", "Raise hold_at_most, or shorten hold."),
        (
            'retention = "367d"',
            "gateway.retention",
            'Write "366d" or less; the usual 30 days are enough for questions.',
        ),
    ],
)
def test_what_is_hardly_meant_of_the_gateway_is_said(tmp_path: Path, line: str, key: str, remedy: str) -> None:
    settings = loaded(tmp_path, gateway=f"{GATEWAY}{line}\n")
    assert (only(settings).key, only(settings).remedy) == (key, remedy)


def test_a_department_that_keeps_personal_data_for_years_hears_so_and_keeps_them_for_one(tmp_path: Path) -> None:
    settings = loaded(tmp_path, amt=DEPARTMENT.replace('name = "Amt"', 'name = "Amt"\nretention = "3650d"'))
    assert (only(settings).file, only(settings).key) == (FILE, "department.retention")
    assert "3650 days" in only(settings).reason
    assert settings.retention_of("amt").days == 366


def test_a_retention_that_cannot_be_read_leaves_the_department_the_gateways(tmp_path: Path) -> None:
    settings = loaded(tmp_path, amt=DEPARTMENT.replace('name = "Amt"', 'name = "Amt"\nretention = 3'))
    assert only(settings).key == "department.retention"
    assert settings.retention_of("amt").days == 30


def test_a_department_may_keep_nothing_after_its_talks(tmp_path: Path) -> None:
    settings = loaded(tmp_path, amt=DEPARTMENT.replace('name = "Amt"', 'name = "Amt"\nretention = "0d"'))
    assert settings.findings == ()
    assert not settings.retention_of("amt")


def test_holidays_of_elsewhere_are_right_where_the_clocks_are(tmp_path: Path) -> None:
    gateway = GATEWAY + 'holidays = "AT"\ntimezone = "Europe/Vienna"\n'
    assert loaded(tmp_path, gateway=gateway).findings == ()


def test_a_link_that_leads_nowhere_costs_only_its_department(tmp_path: Path) -> None:
    path = written(tmp_path)
    (tmp_path / "departments" / "weg.toml").symlink_to("../anderswo/weg.toml")
    settings = load(path)
    assert str(only(settings)) == (
        "departments/weg.toml: is a link to ../anderswo/weg.toml, which does not exist. Mend or remove the link."
    )


def test_a_variable_that_nobody_reads_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DURCHWAHL_PUBLIK_URL", "https://x.example/")
    monkeypatch.setenv("DURCHWAHL_KEY", "geheim")
    finding = only(loaded(tmp_path, gateway=GATEWAY + '[keys]\ninstallation = [{ env = "DURCHWAHL_KEY" }]\n'))
    assert (finding.file, finding.key, finding.severity) == ("environment", "DURCHWAHL_PUBLIK_URL", "warning")
    assert finding.remedy == 'Did you mean "DURCHWAHL_PUBLIC_URL"?'


MAIL_MISTAKES = [
    ('kind = "fax"', "mail.kind", "'maildir' or 'smtp'"),
    ('kind = "smtp"', "mail", "host must name the mail server"),
    ('kind = "smtp"\nhost = "http://mail.example.org"', "mail", "host must name the mail server"),
    ('kind = "smtp"\nhost = "m.example"\nusername = "u"', "mail", "username and password belong together"),
    (
        'kind = "smtp"\nhost = "m.example"\nsecurity = "none"\nusername = "u"\npassword = { env = "X" }',
        "mail",
        "in the clear",
    ),
]


@pytest.mark.parametrize(("lines", "key", "words"), MAIL_MISTAKES)
def test_a_mistake_in_the_way_out_for_mails_is_one_that_nothing_is_served_with(
    tmp_path: Path, lines: str, key: str, words: str
) -> None:
    settings = loaded(tmp_path, gateway=f"{GATEWAY}[mail]\n{lines}\n")
    assert settings.indispensable == settings.findings
    assert only(settings).key == key
    assert words.casefold() in said(only(settings)).casefold()


def test_who_names_what_was_left_out_is_not_told_that_there_is_none(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path,
        a=department("sozialamt").replace('name = "', 'nome = "'),
        b=department("wohnen", 'parent = "sozialamt"\n[sources.x]\nlanes = {}\n[sources.y]\ntype = "house"\n')
        + "[sources.y.lanes.z]\nlanguages = []\n",
        c="[department\n",
    )
    assert settings.broken == {"sozialamt", "wohnen/x", "wohnen/y/z", "c"}
    assert not [one for one in settings.findings if one.key == "department.parent"]


def test_a_syntax_error_names_line_and_column(tmp_path: Path) -> None:
    finding = refused(written(tmp_path, gateway='[gateway]\ncity = "Teststadt\n'))
    assert "line 2" in finding.reason


def test_a_syntax_error_costs_only_its_department(tmp_path: Path) -> None:
    settings = loaded(tmp_path, amt=DEPARTMENT, kaputt="[department\nid = 'x'\n")
    assert only(settings).file == "departments/kaputt.toml"
    assert "line 1" in only(settings).reason
    assert [one.id for one in settings.departments] == ["amt"]


@pytest.mark.parametrize("content", [b"\xff\xfe", "city = 'Köln'".encode("latin-1"), b"a = " + b"[" * 5_000])
def test_a_file_that_cannot_be_read_costs_only_its_department(tmp_path: Path, content: bytes) -> None:
    path = written(tmp_path)
    (tmp_path / "departments" / "kaputt.toml").write_bytes(content)
    settings = load(path)
    assert only(settings).file == "departments/kaputt.toml"
    assert [one.id for one in settings.departments] == ["amt"]


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_bytes(b"#" * ((1 << 20) + 1))
    assert "larger" in refused(path).reason


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + GATEWAY.encode())
    assert load(path).gateway.city == "Teststadt"


def test_a_duplicate_table_is_tomls_own_mistake(tmp_path: Path) -> None:
    assert "is not TOML" in only(loaded(tmp_path, amt=DEPARTMENT + "[offers.pass]\n")).reason


# --- Departments among each other


def department(name: str, more: str = "") -> str:
    return f'[department]\nid = "{name}"\nname = "Amt {name}"\n{more}\n'


def test_a_department_id_is_used_once_and_the_first_file_keeps_it(tmp_path: Path) -> None:
    settings = loaded(tmp_path, a=department("amt"), b=department("amt", 'number = "2"'))
    finding = only(settings)
    assert (finding.file, finding.key) == ("departments/b.toml", "department.id")
    assert "used by departments/a.toml" in finding.reason
    assert settings.departments[0].table.number is None


def test_parents_in_a_circle_are_found_and_listed_at_the_top(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path,
        a=department("a", 'parent = "b"'),
        b=department("b", 'parent = "a"'),
        c=department("c", 'parent = "a"'),
    )
    assert {one.file for one in settings.findings} == {"departments/a.toml", "departments/b.toml"}
    assert [(one.id, one.table.parent) for one in settings.departments] == [("a", None), ("c", "a"), ("b", None)]


def test_an_unknown_parent_is_found_with_the_nearest(tmp_path: Path) -> None:
    settings = loaded(tmp_path, a=department("sozialamt"), b=department("wohnen", 'parent = "sozialmat"'))
    assert only(settings).key == "department.parent"
    assert only(settings).remedy == 'Did you mean "sozialamt"?'
    assert [one.table.parent for one in settings.departments] == [None, None]


def test_a_grandchild_of_an_unknown_parent_stays_below_its_own(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path, a=department("a", 'parent = "nirgends"'), b=department("b", 'parent = "a"'), c=department("c")
    )
    assert only(settings).file == "departments/a.toml"
    assert [(one.id, one.table.parent) for one in settings.departments] == [("a", None), ("b", "a"), ("c", None)]


def test_a_department_that_is_its_own_parent_is_a_circle(tmp_path: Path) -> None:
    assert only(loaded(tmp_path, a=department("a", 'parent = "a"'))).key == "department.parent"


def test_departments_are_listed_by_order_then_number_then_name(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path,
        a=department("a", 'number = "33"'), b=department("b", 'number = "9"'), c=department("c", "order = 1"),
        d=department("d", 'number = "33.2"'), e=department("e").replace("Amt e", "Zuletzt"),
        f=department("f").replace("Amt f", "Ämter"), g=department("g").replace("Amt g", "Amtsgericht"),
    )  # fmt: skip
    assert [one.id for one in settings.departments] == ["c", "b", "a", "d", "f", "g", "e"]


def test_children_come_right_after_their_parent(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path, a=department("a", "order = 1"), b=department("b", "order = 2"), c=department("c", 'parent = "a"')
    )
    assert [one.id for one in settings.departments] == ["a", "c", "b"]


def test_a_wrong_lane_costs_only_the_lane(tmp_path: Path) -> None:
    more = '[sources.termine.lanes.platz-2]\nlanguages = ["x"]\n'
    settings = loaded(tmp_path, amt=replaced("[offers.pass]", more + "[offers.pass]"))
    assert list(settings.sources["amt/termine"].lanes) == ["platz-1"]
    assert only(settings).key.startswith("sources.termine.lanes.platz-2.languages")


@pytest.mark.parametrize("closures", ["[[closures]]\nfrom = 2027-01-02\nto = 2027-01-01\n", "[[closures]]\nzu = 1\n"])
def test_a_departments_wrong_closure_costs_its_offers_because_a_closed_day_would_be_booked(
    tmp_path: Path, closures: str
) -> None:
    other = DEPARTMENT.replace('id = "amt"', 'id = "zwei"')
    settings = loaded(tmp_path, amt=DEPARTMENT + closures, zwei=other)
    assert list(settings.offers) == ["zwei/pass"]
    assert list(settings.left_out) == ["amt/pass"]
    assert {one.key for one in settings.findings} >= {"offers"}
    assert all(one.key.startswith(("closures[1]", "offers")) for one in settings.findings)
    assert settings.findings[-1].remedy == "Mend the closure."
    assert len(settings.departments[0].closures) == 1
    assert list(settings.sources) == ["amt/termine", "zwei/termine"]


DESCRIBING = [
    ("fax = '1'\n", "department.fax", "is not a known key."),
    ("numer = '2'\n", "department.numer", 'Did you mean "number"?'),
    ("order = 'eins'\n", "department.order", "must be a whole number."),
    ("parent = 'Amt 1'\n", "department.parent", "lower-case letters"),
    ("renamed = { Alt = 'neu' }\n", "department.renamed.Alt", "must be lower-case letters"),
    ("matches = { xzufi = 'L1' }\n", "department.matches.xzufi", 'must be a list. Write xzufi = ["…"].'),
    ("contact = { phon = '115' }\n", "department.contact.phon", 'Did you mean "phone"?'),
    (
        "contact = 'Zimmer 5'\n",
        "department.contact",
        "must be a table. Write [department.contact] on a line of its own.",
    ),
]


@pytest.mark.parametrize(("line", "key", "words"), DESCRIBING)
def test_a_wrong_key_of_a_department_costs_that_key_alone(tmp_path: Path, line: str, key: str, words: str) -> None:
    text = replaced('name = "Amt"', f'name = "Amt"\nnumber = "33"\n{line}')
    settings = loaded(tmp_path, amt=text)
    assert only(settings).key.startswith(key)
    assert words in said(only(settings))
    (department,) = settings.departments
    assert (department.id, department.table.number, len(department.closures)) == ("amt", "33", 1)
    assert list(settings.offers) == ["amt/pass"]


def test_what_is_right_beside_a_wrong_key_of_a_contact_stays(tmp_path: Path) -> None:
    contact = 'name = "Amt"\n[department.contact]\nphone = "115"\nurl = 5\n'
    settings = loaded(tmp_path, amt=replaced('name = "Amt"', contact))
    assert only(settings).key == "department.contact.url"
    assert settings.departments[0].table.contact.phone == "115"


@pytest.mark.parametrize("line", ['name = ""', "name = 5", 'id = "Amt 1"', "id = 5"])
def test_a_department_without_a_right_id_or_name_is_left_out_with_its_sources_and_offers(
    tmp_path: Path, line: str
) -> None:
    wrong = replaced('id = "amt"' if line.startswith("id") else 'name = "Amt"', line)
    settings = loaded(tmp_path, amt=wrong, zwei=DEPARTMENT.replace('id = "amt"', 'id = "zwei"'))
    assert [one.id for one in settings.departments] == ["zwei"]
    assert (list(settings.offers), list(settings.sources)) == (["zwei/pass"], ["zwei/termine"])
    assert only(settings).key == f"department.{line.partition(' ')[0]}"


def test_what_else_is_wrong_in_a_department_that_is_left_out_is_said_too(tmp_path: Path) -> None:
    wrong = replaced(PHONE, 'channels = ["fax"]').replace('name = "Amt"', "")
    settings = loaded(tmp_path, amt=wrong.replace(LANE, "languages = []"))
    assert [one.key for one in settings.findings] == [
        "department.name", "sources.termine.lanes.platz-1.languages", "offers.pass.channels[0]",
    ]  # fmt: skip
    assert (settings.departments, settings.offers, settings.left_out) == ((), {}, {})


def test_what_is_right_in_a_wrong_overlay_stays_so_that_nothing_hidden_is_shown(tmp_path: Path) -> None:
    overlay = '[services.pass]\ndiscreet = true\nnahme = "Pass"\n[services.pass.channels]\nvideo = "hidden"\n'
    settings = loaded(tmp_path, amt=DEPARTMENT + overlay)
    assert only(settings).key == "services.pass.nahme"
    kept = settings.departments[0].overlay["pass"]
    assert (kept.discreet, {str(key): word for key, word in kept.channels.items()}) == (True, {"video": "hidden"})


def test_an_offer_with_an_unknown_key_is_told_what_is_wrong_with_it_as_a_whole(tmp_path: Path) -> None:
    wrong = replaced(OFFER, OFFER + "duraton = '20min'\nhorizon = '36h'\n")
    keys = [(one.key, one.reason) for one in loaded(tmp_path, amt=wrong).findings]
    assert keys == [
        ("offers.pass.duraton", "is not a known key."),
        ("offers.pass", 'horizon counts whole days, e.g. "60d".'),
    ]


@pytest.mark.parametrize(("old", "new"), [
    (HOURS, "hours = { mo = [] }"), (PHONE, 'channels = ["fax"]'), ('calendar = "termine"', ""),
    (OFFER, OFFER + "duraton = '20min'\n"), (PHONE, 'channels = ["video"]'),
])  # fmt: skip
def test_of_an_offer_that_is_left_out_the_rest_can_be_looked_at(tmp_path: Path, old: str, new: str) -> None:
    settings = loaded(tmp_path, amt=replaced(old, new))
    assert settings.offers == {}
    part = settings.left_out["amt/pass"]
    assert part.table.services == ("pass", "ausweis")
    assert part.calendar == ("" if old.startswith("calendar") else "amt/termine")


def test_a_wrong_requirement_costs_only_itself(tmp_path: Path) -> None:
    required = '[[required]]\ndepartment = "amt"\nservice = "pass"\n[[required]]\ndepartment = "amt"\nwants = "fax"\n'
    settings = loaded(tmp_path, gateway=GATEWAY + required)
    assert [one.service for one in settings.required] == ["pass"]
    assert {one.key for one in settings.findings} == {"required[1].service", "required[1].wants"}


@pytest.mark.parametrize("table", ["[mail]\nkind = 'fax'", "[website]\norigin = []", "[search]\nsynonyms = 3"])
def test_a_wrong_key_beside_the_gateway_table_is_left_at_its_default(tmp_path: Path, table: str) -> None:
    settings = loaded(tmp_path, gateway=f"{GATEWAY}{table}\n")
    assert len(settings.findings) == 1
    assert (settings.mail.kind, settings.website.origins, settings.search.synonyms) == ("maildir", (), {})


def test_what_is_right_beside_a_wrong_key_of_a_gateway_table_stays(tmp_path: Path) -> None:
    mail = "[mail]\nkind = 'smtp'\nhost = 'mail.example.org'\nport = 0\n"
    website = "[website]\norigins = ['https://x.example']\nimprnt = 'x'\n"
    settings = loaded(tmp_path, gateway=GATEWAY + mail + website)
    assert {one.key for one in settings.findings} == {"mail.port", "website.imprnt"}
    assert (settings.mail.kind, settings.mail.host, settings.mail.port) == ("smtp", "mail.example.org", 587)
    assert settings.website.origins == ("https://x.example",)


def test_an_unknown_top_table_names_the_nearest(tmp_path: Path) -> None:
    finding = only(loaded(tmp_path, gateway=GATEWAY + "[websit]\n"))
    assert (finding.key, finding.remedy) == ("websit", 'Did you mean "website"?')


def test_findings_show_no_value_of_what_was_typed(tmp_path: Path) -> None:
    settings = loaded(tmp_path, gateway=GATEWAY + '[mail]\npassword = "geheim-123"\n')
    assert "geheim-123" not in "".join(map(str, settings.findings))
    assert only(settings).key == "mail.password"
    assert "by reference" in only(settings).reason


def test_a_finding_reads_as_one_line_with_file_key_reason_and_remedy(tmp_path: Path) -> None:
    text = str(only(loaded(tmp_path, amt=replaced(OFFER, OFFER + "duraton = '1h'\n"))))
    assert text == 'departments/amt.toml: offers.pass.duraton: is not a known key. Did you mean "duration"?'


def test_nothing_of_a_config_is_evaluated_as_python(tmp_path: Path) -> None:
    settings: Any = loaded(tmp_path, amt=replaced('name = "Amt"', 'name = "{gateway.city}"'))
    assert settings.departments[0].table.name == {"de": "{gateway.city}"}
