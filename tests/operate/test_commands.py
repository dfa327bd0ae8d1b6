"""What operators type: lists for people and programs, exit codes, and mistakes that are answered with what to do."""

import csv
import io
import json
import socket
from datetime import date, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from durchwahl import __version__
from durchwahl.operate.cli import COMMANDS
from durchwahl.store.schema import DATABASE, WANTED, current
from tests.gateways import SHEET, as_json, fresh_journal, run_durchwahl
from tests.operate.commands import Run
from tests.servers.caldav import free_port
from tests.servers.postgres import cluster

EXAMPLE = Path(__file__).parents[2] / "config"


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


# --- The command line itself


def test_help_names_every_command(run: Run) -> None:
    done = run("--help", config=None)
    assert done.code == 0
    assert all(f"  {name} " in done.out for name in COMMANDS)


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_explains_itself(run: Run, name: str) -> None:
    done = run(name, "--help", config=None)
    assert (done.code, done.out.startswith(f"Usage: durchwahl {name}")) == (0, True)


def test_the_version_is_said(run: Run) -> None:
    assert run("--version", config=None).out == f"durchwahl, version {__version__}\n"


@pytest.mark.parametrize(
    ("typed", "meant"), [("chek", "check"), ("source", "sources"), ("migrat", "migrate"), ("exprot", "export")]
)
def test_a_mistyped_command_names_the_nearest(run: Run, typed: str, meant: str) -> None:
    done = run(typed, config=None)
    assert done.code == 2
    assert f'There is no command "{typed}". Did you mean "{meant}"?' in done.err


def test_a_command_like_no_other_names_none(run: Run) -> None:
    assert 'There is no command "xyzzy".\n' in run("xyzzy", config=None).err


def test_an_unknown_option_is_said_without_a_traceback(run: Run) -> None:
    done = run("check", "--ofline")
    assert done.code == 2
    assert "No such option" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    "words",
    [("sources",), ("coverage",), ("try", "a/b"), ("sync",), ("export", "services.csv"), ("serve",), ("migrate",)],
)
def test_a_config_that_cannot_be_read_exits_2_with_its_finding(run: Run, folder: Path, words: tuple[str, ...]) -> None:
    (folder / "gateway.toml").write_text("[gateway\n", encoding="utf-8")
    done = run(*words)
    assert done.code == 2
    assert done.err.startswith("gateway.toml: is not TOML: ")


# --- Lists


def test_plugins_are_listed_with_versions_and_types(run: Run) -> None:
    items = {one["name"]: one for one in run("plugins", "--json").items}
    assert items["sheet"]["source_types"] == [{"name": "sheet", "kind": "service_catalogue"}]
    assert set(items["sheet"]) == {"name", "version", "api_version", "state", "reason", "source_types"}
    assert {one["state"] for one in items.values()} == {"ok"}


def test_a_failed_plugin_is_listed_with_its_reason(run: Run, folder: Path) -> None:
    (folder / "gateway.toml").write_text(
        (folder / "gateway.toml")
        .read_text(encoding="utf-8")
        .replace('data_dir = "data"', 'data_dir = "data"\nplugins_dir = "."'),
        encoding="utf-8",
    )
    (folder / "kaputt.py").write_text("import nirgends", encoding="utf-8")
    one = next(one for one in run("plugins", "--json").items if one["name"] == "kaputt")
    assert (one["state"], one["api_version"], one["source_types"]) == ("failed", None, [])
    assert "nirgends" in one["reason"]


def test_plugins_are_listed_before_there_is_a_config(run: Run) -> None:
    assert run("plugins", "--json", config="nirgends.toml").items


def test_sources_are_listed_with_their_state(run: Run) -> None:
    items = {one["source"]: one for one in run("sources", "--json").items}
    assert set(items) == {"city/raeume", "buergeramt/katalog", "buergeramt/termine"}
    assert items["buergeramt/termine"] == {
        "source": "buergeramt/termine", "type": "house", "mode": "live", "state": "ok", "lanes": ["platz-1", "platz-2"],
        "message": None,
    }  # fmt: skip


def test_a_source_that_was_left_out_says_its_own_reason_and_no_neighbours(run: Run, folder: Path) -> None:
    append(
        folder / "departments" / "buergeramt.toml",
        '[sources.termine-2]\ntype = "hause"\n[sources.kat]\ntype = "sheet"\nenabled = false\n',
    )
    items = {one["source"]: one for one in run("sources", "--json", "--offline").items}
    assert items["buergeramt/termine-2"]["state"] == "left out"
    assert 'no plugin offers the type "hause"' in items["buergeramt/termine-2"]["message"]
    assert (items["buergeramt/kat"]["state"], items["buergeramt/kat"]["message"]) == ("switched off", None)
    assert items["buergeramt/termine"]["state"] == "not asked"


def test_coverage_is_listed_with_its_share_and_the_earliest_times(run: Run, folder: Path) -> None:
    append(
        folder / "gateway.toml",
        '[[required]]\ndepartment = "buergeramt"\nservice = "ummeldung"\nwants = "video"\n'
        '[[required]]\ndepartment = "buergeramt"\nservice = "wunschkennzeichen"\n',
    )
    done = run("coverage", "--json")
    assert json.loads(done.out)["percent"] == 50.0
    rows = {one["service"]: one for one in done.items}
    assert rows["buergeramt-ummeldung"]["covered"]
    assert datetime.fromisoformat(rows["buergeramt-ummeldung"]["earliest"]).tzinfo is not None
    assert (rows["buergeramt-wunschkennzeichen"]["why_not"], rows["buergeramt-wunschkennzeichen"]["earliest"]) == (
        "no_channel",
        None,
    )


@pytest.mark.parametrize(("under", "code"), [("50", 0), ("50.1", 1), ("0", 0), ("100", 1), ("101", 2)])
def test_coverage_fails_under_what_was_asked_for(run: Run, folder: Path, under: str, code: int) -> None:
    append(
        folder / "gateway.toml",
        "".join(
            f'[[required]]\ndepartment = "buergeramt"\nservice = "{slug}"\n'
            for slug in ("ummeldung", "wunschkennzeichen")
        ),
    )
    assert run("coverage", "--fail-under", under).code == code


@pytest.mark.parametrize("words", [("plugins",), ("sources",), ("coverage",), ("try", "buergeramt/katalog")])
def test_a_table_for_people_has_no_python_in_it(run: Run, words: tuple[str, ...]) -> None:
    done = run(*words)
    assert done.code == 0
    assert done.out.strip()
    assert not any(word in done.out for word in ("None", "True", "False", "{'", "['"))


# --- try and sync


def test_trying_a_catalogue_shows_what_was_read_and_why_a_channel_is_believed(run: Run) -> None:
    rows = {one["id"]: one for one in run("try", "buergeramt/katalog", "--json").items}
    assert rows["meldebescheinigung"]["leika"] == ["99115003012000"]
    assert rows["meldebescheinigung"]["channels"] == [
        "video (explicit: Spalte video)",
        "phone (explicit: Spalte telefon)",
    ]
    assert rows["wunschkennzeichen"]["channels"] == []


def test_trying_a_catalogue_shows_the_rows_that_were_left_out(run: Run, folder: Path) -> None:
    (folder / "departments" / "buergeramt.csv").write_bytes((SHEET + ";Ohne Id;;;;;;;;;\r\n").encode("utf-8-sig"))
    last = run("try", "buergeramt/katalog", "--json").items[-1]
    assert (last["channels"], last["id"]) == (["left out"], "departments/buergeramt.csv: line 7, column id")


def test_trying_a_calendar_without_busy_times_says_that_it_answers(run: Run) -> None:
    assert run("try", "buergeramt/termine").out == "buergeramt/termine answers, and returned nothing.\n"


def test_trying_a_source_that_is_not_there_names_the_nearest(run: Run) -> None:
    done = run("try", "buergeramt/katalgo")
    assert done.code == 1
    assert 'There is no source "buergeramt/katalgo". Did you mean "buergeramt/katalog"?' in done.err


def test_trying_a_source_that_was_left_out_says_why_of_the_right_file(run: Run, folder: Path) -> None:
    append(folder / "departments" / "buergeramt.toml", '[sources.aus]\ntype = "sheet"\nenabled = false\n')
    (folder / "departments" / "amt.toml").write_text(
        '[department]\nid = "amt"\nname = "A"\n[sources.aus]\ntype = "sheet"\n'
    )
    assert (
        "amt/aus cannot be opened. departments/amt.toml: sources.aus.path: Field required." in run("try", "amt/aus").err
    )
    assert "buergeramt/aus cannot be opened. It is switched off." in run("try", "buergeramt/aus").err


def test_trying_a_source_that_fails_says_what_it_said(run: Run, folder: Path) -> None:
    (folder / "departments" / "buergeramt.csv").unlink()
    done = run("try", "buergeramt/katalog")
    assert done.code == 1
    assert "departments/buergeramt.csv does not exist." in done.err
    assert "Traceback" not in done.err


def test_trying_a_link_whose_plugin_has_a_bug_is_said_without_a_traceback(run: Run, folder: Path) -> None:
    (folder / "gateway.toml").write_text(
        (folder / "gateway.toml")
        .read_text(encoding="utf-8")
        .replace('data_dir = "data"', 'data_dir = "data"\nplugins_dir = "."'),
        encoding="utf-8",
    )
    (folder / "verweis.py").write_text(
        "from durchwahl.plugin import DeepLink, SourceSettings, SourceType, hookimpl\n"
        "class Verweis(DeepLink):\n    async def check(self): pass\n    async def link(self, offer): return 1 / 0\n"
        "@hookimpl\ndef durchwahl_calendars():\n"
        "    return [SourceType(name='verweis', settings=SourceSettings, build=lambda s, t: Verweis())]\n",
        encoding="utf-8",
    )
    source = '[sources.v]\ntype = "verweis"\n[sources.v.lanes.a]\n'
    offer = '[offers.v]\nservices = ["ummeldung"]\nchannels = ["phone"]\ncalendar = "v"\n'
    offer += 'hours = { mon = ["09:00-10:00"] }\n'
    append(folder / "departments" / "buergeramt.toml", source + offer)
    done = run("try", "buergeramt/v")
    assert done.code == 1
    assert "The plugin for this system failed." in done.err


def test_sync_keeps_what_the_catalogues_say(run: Run, folder: Path) -> None:
    fresh_journal(folder / "data")
    (row,) = run("sync", "--json").items
    assert (row["source"], row["services"], row["state"], row["left_out"]) == ("buergeramt/katalog", 5, "ok", 0)
    (folder / "departments" / "buergeramt.csv").unlink()
    (stale,) = run("sync", "--json").items
    assert (stale["services"], stale["state"], stale["as_of"]) == (5, "stale", row["as_of"])
    assert "does not exist" in stale["reason"]


def test_sync_without_a_journal_says_what_to_do(run: Run) -> None:
    done = run("sync")
    assert done.code == 1
    assert "run `durchwahl migrate` once" in done.err


# --- export


def test_the_exported_table_goes_to_standard_output_or_a_file(run: Run, folder: Path) -> None:
    done = run("export", "services.csv")
    rows = list(csv.DictReader(io.StringIO(done.out.removeprefix("\ufeff"), newline=""), delimiter=";"))
    assert {row["id"] for row in rows} == {
        "meldebescheinigung",
        "ummeldung",
        "suchtberatung",
        "fuehrungszeugnis",
        "wunschkennzeichen",
    }
    again = run("export", "services.csv", "--output", str(folder / "aus.csv"))
    assert again.out == f"5 services written to {folder / 'aus.csv'}\n"
    assert (folder / "aus.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_the_exported_graph_is_json(run: Run) -> None:
    assert json.loads(run("export", "services.jsonld").out)["@context"] == "https://schema.org"


def test_an_unknown_format_names_the_known(run: Run) -> None:
    done = run("export", "services.xml")
    assert done.code == 2
    assert "services.csv" in done.err


def test_a_file_that_cannot_be_written_is_said_without_a_traceback(run: Run, folder: Path) -> None:
    done = run("export", "services.csv", "-o", str(folder / "fehlt" / "aus.csv"))
    assert done.code == 1
    assert "No such file or directory" in done.err


# --- init and schema


def test_init_writes_an_example_that_is_sound(run: Run, folder: Path) -> None:
    done = run("init", str(folder / "neu"), config=None)
    assert (done.code, "Next: durchwahl check" in done.out) == (0, True)
    checked = run("check", "--offline", "--json", config="neu/gateway.toml")
    assert [one["key"] for one in checked.items if one["severity"] == "error"] == ["keys.installation"]
    assert "make one with: openssl rand -base64 32" in checked.items[0]["remedy"]


def test_init_writes_nothing_into_a_folder_that_is_not_empty(run: Run, folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    done = run("init", str(folder), config=None)
    assert done.code == 1
    assert "is not empty: nothing was written" in done.err
    assert sorted(folder.rglob("*")) == before


def test_init_fills_a_folder_that_is_empty(run: Run, folder: Path) -> None:
    (folder / "leer").mkdir()
    assert run("init", str(folder / "leer"), config=None).code == 0
    assert (folder / "leer" / "gateway.toml").is_file()


def as_editors_see(value: Any) -> Any:
    """TOML in JSON: dates are texts there."""
    if isinstance(value, dict):
        return {key: as_editors_see(one) for key, one in value.items()}
    if isinstance(value, list):
        return [as_editors_see(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    from durchwahl.operate.schema import config_schema
    from durchwahl.sources.discovery import discover

    found = config_schema(discover())
    jsonschema.Draft202012Validator.check_schema(found)
    return json.loads(json.dumps(found))  # type: ignore[no-any-return]  # a JSON object


@pytest.mark.parametrize("name", sorted(path.relative_to(EXAMPLE).as_posix() for path in EXAMPLE.rglob("*.toml")))
def test_the_schema_accepts_the_example(schema: dict[str, Any], name: str) -> None:
    import tomllib

    raw = as_editors_see(tomllib.loads((EXAMPLE / name).read_text(encoding="utf-8")))
    jsonschema.Draft202012Validator(schema).validate(raw)


@pytest.mark.parametrize(
    "wrong",
    [
        {"gatway": {}},
        {"gateway": {"city": "x"}},
        {"gateway": {"city": "x", "public_url": "https://x.example/", "hold": 5}},
        {"sources": {"a": {"type": "zzz"}}},
        {"sources": {"a": {"type": "sheet"}}},
        {"sources": {"a": {"type": "sheet", "path": "x", "pfad": "y"}}},
        {"offers": {"a": {"services": []}}},
        {"closures": [{"von": "2026-12-24"}]},
        {"department": {"id": "a"}},
        {"mail": {"password": "geheim"}},
    ],
)
def test_the_schema_refuses_what_load_refuses(schema: dict[str, Any], wrong: dict[str, Any]) -> None:
    assert not jsonschema.Draft202012Validator(schema).is_valid(wrong)


def test_the_schema_is_printed_before_there_is_a_config(run: Run) -> None:
    printed = json.loads(run("schema", config="nirgends.toml").out)
    assert printed["$schema"].startswith("https://json-schema.org/")
    assert "offers" in printed["properties"]


# --- migrate and serve


def test_migrate_makes_a_journal_and_says_where(run: Run, folder: Path) -> None:
    done = run("migrate")
    assert (done.code, done.out) == (0, f"The journal in {folder / 'data'} is up to date.\n")
    assert current(folder / "data") == WANTED


def test_migrate_transfers_the_journal_to_the_database_once(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("migrate", "--from-sqlite").err.startswith("durchwahl: there is no database to transfer")
    run("migrate")
    path = folder / "gateway.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(f'{text}\n[store]\ndatabase = {{ env = "DATENBANK" }}\n', encoding="utf-8")
    with cluster().database("template0") as address:
        monkeypatch.setenv("DATENBANK", address)
        done = run("migrate", "--from-sqlite")
        assert (done.code, done.out.split(": ")[1][:22]) == (0, "0 booking, 0 placement")
        assert run("migrate").out.endswith("is up to date.\n")
        path.write_text(text, encoding="utf-8")
        for words in (("serve",), ("migrate",)):
            assert "was transferred to PostgreSQL" in run(*words).err


def test_migrate_into_a_file_is_said_without_a_traceback(run: Run, folder: Path) -> None:
    (folder / "data").write_text("eine Datei", encoding="utf-8")
    done = run("migrate")
    assert done.code == 1
    assert done.err.startswith("durchwahl: ")


def test_serve_without_a_journal_says_what_to_do(run: Run) -> None:
    done = run("serve")
    assert done.code == 1
    assert "there is no journal" in done.err
    assert "run `durchwahl migrate` once" in done.err


@pytest.mark.parametrize("keys", ["", "[keys]\ninstallation = []", '[keys]\ninstallation = [{ file = "fehlt.key" }]'])
def test_serve_without_a_key_says_what_to_do(run: Run, folder: Path, keys: str) -> None:
    fresh_journal(folder / "data")
    text = (folder / "gateway.toml").read_text(encoding="utf-8")
    (folder / "gateway.toml").write_text(text.replace('[keys]\ninstallation = [{ file = "installation.key" }]', keys))
    done = run("serve")
    assert done.code == 1
    assert "key" in done.err
    assert "Traceback" not in done.err


def test_serve_with_two_workers_is_refused_with_the_reason(run: Run) -> None:
    done = run("serve", "--workers", "2")
    assert done.code == 1
    assert "Busy times are not shared between processes yet" in done.err


def test_serve_with_a_journal_that_is_no_database_is_said_without_a_traceback(run: Run, folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "data" / DATABASE).write_bytes(b"kein Journal" * 1_000)
    done = run("serve")
    assert done.code == 1
    assert DATABASE in done.err
    assert "Traceback" not in done.err


def test_the_installed_command_does_the_same_as_these(folder: Path) -> None:
    done = run_durchwahl("sources", "--offline", "--json", "--config", "gateway.toml", cwd=folder)
    assert done.returncode == 0
    assert len(as_json(done)["items"]) == 3


def test_the_installed_command_has_the_exit_code_of_a_config_that_cannot_be_read(folder: Path) -> None:
    done = run_durchwahl("check", "--config", "nirgends.toml", cwd=folder)
    assert (done.returncode, done.stderr) == (2, "")


UNOPENED = """[sources.kal]
type = "caldav"
url = "http://127.0.0.1:9/"
username = "u"
password = { env = "KAL" }
proxy = "ftp://proxy.example"
"""


@pytest.mark.parametrize("words", [("check", "--offline"), ("sources", "--offline"), ("try", "buergeramt/kal")])
def test_what_a_command_says_itself_is_not_said_by_the_log_too(folder: Path, words: tuple[str, ...]) -> None:
    append(folder / "departments" / "buergeramt.toml", UNOPENED)
    done = run_durchwahl(*words, "--config", "gateway.toml", cwd=folder)
    assert "".join((done.stdout + done.stderr).split()).count("couldnotbeopened:") == 1
    assert (done.stderr == "") is (words[0] != "try")


def test_a_bug_of_a_plugin_is_shown_to_its_author_with_its_traceback_once(folder: Path) -> None:
    gateway = (folder / "gateway.toml").read_text(encoding="utf-8")
    (folder / "gateway.toml").write_text(
        gateway.replace('data_dir = "data"', 'data_dir = "data"\nplugins_dir = "."'), encoding="utf-8"
    )
    (folder / "fehler.py").write_text(
        "from durchwahl.plugin import ServiceCatalogue, SourceSettings, SourceType, hookimpl\n"
        "class Fehler(ServiceCatalogue):\n    async def check(self): return 1 / 0\n    def services(self): pass\n"
        "@hookimpl\ndef durchwahl_service_catalogues():\n"
        "    return [SourceType(name='fehler', settings=SourceSettings, build=lambda s, t: Fehler())]\n",
        encoding="utf-8",
    )
    append(folder / "departments" / "buergeramt.toml", '[sources.fehler]\ntype = "fehler"\n')
    done = run_durchwahl("try", "buergeramt/fehler", "--config", "gateway.toml", cwd=folder)
    assert done.returncode == 1
    assert done.stderr.count("Traceback") == done.stderr.count("return 1 / 0") == 1


def test_serve_that_cannot_listen_says_so_before_anything_else(run: Run, folder: Path) -> None:
    fresh_journal(folder / "data")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for words in (("serve",), ("demo", "--data", str(folder / "demo"))):
            done = run(*words, "--port", port)
            assert (done.code, done.out) == (1, "")
            assert done.err == (
                f"Error: cannot listen on 127.0.0.1:{port}: Address already in use. Name another by --port or --host.\n"
            )


def test_serve_on_an_address_that_is_none_says_so(run: Run, folder: Path) -> None:
    fresh_journal(folder / "data")
    done = run("serve", "--host", "256.1.1.1")
    assert (done.code, done.out) == (1, "")
    assert "256.1.1.1 is no address to listen on." in done.err


@pytest.mark.parametrize("words", [("init", "zu/neu"), ("demo", "--port", "0", "--data", "zu/neu")])
def test_a_folder_that_cannot_be_made_is_one_sentence(run: Run, folder: Path, words: tuple[str, ...]) -> None:
    (folder / "zu").write_text("eine Datei", encoding="utf-8")
    done = run(*[word.replace("0", "8999") if word == "0" else word for word in words], config=None)
    assert (done.code, done.out) == (1, "")
    assert "Name another folder" in done.err
    assert len(done.err.splitlines()) == 1


MAILS = [
    '[mail]\nkind = "fax"\n',
    '[mail]\nkind = "smtp"\n',
    '[mail]\nsendr = "x"\n',
    '[mail]\nsender = "nobody"\n',
    '[mail]\nkind = "smtp"\nhost = "m.example"\nusername = "u"\npassword = { file = "fehlt" }\n',
]


@pytest.mark.parametrize("mail", MAILS)
@pytest.mark.parametrize("command", ["serve", "demo"])
def test_without_a_way_out_for_mails_nothing_is_served_and_check_says_the_same(
    run: Run, folder: Path, mail: str, command: str
) -> None:
    fresh_journal(folder / "data")
    append(folder / "gateway.toml", mail)
    done = run(command, "--port", str(free_port()), *(("--data", str(folder / "d")) if command == "demo" else ()))
    found = [one for one in run("check", "--json", "--offline").items if one["key"].startswith("mail")]
    assert (done.code, done.out, len(found)) == (1, "", 1)
    assert (
        done.err
        == f"durchwahl: gateway.toml: {found[0]['key']}: {found[0]['reason']} {found[0]['remedy']}".strip() + "\n"
    )
    assert found[0]["severity"] == "error"
    assert not (folder / "data" / "mail").exists()


def test_a_clerk_who_cannot_be_written_to_is_said(run: Run, folder: Path) -> None:
    path = folder / "departments" / "buergeramt.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("platz-1@teststadt.example", "platz-1"), encoding="utf-8")
    (one,) = run("check", "--json").items
    assert (one["key"], one["severity"]) == ("sources.termine.lanes.platz-1.mail", "error")
