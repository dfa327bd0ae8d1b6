"""`durchwahl check`: everything that is wrong at once, and an exit code that a pipeline can use."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from durchwahl.store.schema import DATABASE
from tests.gateways import DEPARTMENT, SHEET, fresh_journal
from tests.operate.commands import Done, Run

BROKEN_PLUGIN = "raise RuntimeError('huch')"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (old, text)
    path.write_text(text.replace(old, new), encoding="utf-8")


def department(folder: Path, old: str, new: str) -> None:
    edit(folder / "departments" / "buergeramt.toml", old, new)


def gateway(folder: Path, old: str, new: str) -> None:
    edit(folder / "gateway.toml", old, new)


def finding(done: Done, key: str) -> dict[str, str]:
    matching = [one for one in done.items if one["key"] == key]
    assert len(matching) == 1, done.out
    return matching[0]


def test_a_sound_config_has_nothing_wrong_and_exits_0(run: Run) -> None:
    done = run("check")
    assert (done.code, done.out) == (0, "1 department, 3 offers, 3 sources, all of which answer: nothing wrong.\n")


def test_offline_does_not_claim_that_systems_answer(run: Run) -> None:
    assert run("check", "--offline").out == "1 department, 3 offers, 3 sources: nothing wrong.\n"


def test_json_of_nothing_wrong_is_an_empty_list(run: Run) -> None:
    assert run("check", "--json").items == []


def test_warnings_alone_exit_0(run: Run, folder: Path) -> None:
    gateway(folder, 'imprint = "https://x.example/i"\n', "")
    done = run("check", "--json")
    assert done.code == 0
    assert finding(done, "website.imprint")["severity"] == "warning"


def test_a_problem_exits_1_and_is_said_with_file_key_reason_and_remedy(run: Run, folder: Path) -> None:
    department(folder, "combinable = true", "combinabel = true")
    done = run("check")
    assert done.code == 1
    place = "error: departments/buergeramt.toml: offers.meldewesen.combinabel: "
    assert f'{place}is not a known key. Did you mean "combinable"?\n' in done.out
    assert done.out.endswith("1 error, 0 warnings.\n")


def test_a_finding_in_json_has_all_its_parts(run: Run, folder: Path) -> None:
    department(folder, "combinable = true", "combinabel = true")
    assert run("check", "--json").items == [
        {
            "file": "departments/buergeramt.toml", "key": "offers.meldewesen.combinabel",
            "reason": "is not a known key.", "remedy": 'Did you mean "combinable"?', "severity": "error",
            "is_consequence": False,
        }
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["[gateway\n", "", '[gateway]\ncity = "x"\n', "gateway = 1\n"])
def test_a_gateway_file_that_cannot_be_used_exits_2(run: Run, folder: Path, text: str) -> None:
    (folder / "gateway.toml").write_text(text, encoding="utf-8")
    done = run("check", "--json")
    assert done.code == 2
    assert done.items[0]["file"] == "gateway.toml"


def test_a_missing_config_exits_2_and_says_what_would_do(run: Run, folder: Path) -> None:
    done = run("check", config="nirgends.toml")
    assert done.code == 2
    assert f"{folder / 'nirgends.toml'}: does not exist. Did you mean --config {folder / 'gateway.toml'}?" in done.out


def test_everything_wrong_is_said_at_once_errors_first(run: Run, folder: Path) -> None:
    department(folder, "combinable = true", "combinabel = true")
    department(folder, 'path = "departments/buergeramt.csv"', 'path = "departments/fehlt.csv"')
    gateway(folder, 'imprint = "https://x.example/i"\n', "")
    done = run("check", "--json")
    severities = [one["severity"] for one in done.items]
    assert severities == sorted(severities)
    assert {"offers.meldewesen.combinabel", "website.imprint"} <= {one["key"] for one in done.items}
    assert any("departments/fehlt.csv does not exist." in one["reason"] for one in done.items)


def with_a_wrong_room(folder: Path) -> None:
    """A cause in gateway.toml, and three offers by video in departments/, which comes first in the order of files."""
    text = (folder / "gateway.toml").read_text(encoding="utf-8")
    room = '[sources.raeume]\ntype = "room"\nstun = ["stun.example.org"]\n'
    (folder / "gateway.toml").write_text(text[: text.index("[sources.raeume]")] + room, encoding="utf-8")


def test_the_cause_is_said_first_and_what_follows_from_it_in_one_line(run: Run, folder: Path) -> None:
    with_a_wrong_room(folder)
    first, second, last = run("check", "--offline").out.splitlines()
    assert first.startswith(
        "error: gateway.toml: sources.raeume.stun[0]: is no address of a STUN server. Write it like"
    )
    assert second == (
        "error: departments/buergeramt.toml: offers.beratung.video and 2 more places: "
        'the source "city/raeume" cannot be used. Mend it first: another finding says what is wrong with it.'
    )
    assert last == "1 error, 0 warnings; 3 more follow from these."


def test_json_holds_all_that_follows_after_its_cause(run: Run, folder: Path) -> None:
    with_a_wrong_room(folder)
    cause, *rest = run("check", "--offline", "--json").items
    assert (cause["key"], cause["is_consequence"]) == ("sources.raeume.stun[0]", False)
    assert [one["key"] for one in rest] == [
        "offers.beratung.video", "offers.bestaetigt.video", "offers.meldewesen.video",
    ]  # fmt: skip
    assert all(one["is_consequence"] for one in rest)


ROOM_MISTAKES = [
    ('stun = "stun:x.example"', "stun", 'must be a list. Write stun = ["stun:stun.example.org:3478"].'),
    ("turn = { urls = [] }", "turn", "must be a list of tables. Write [[sources.raeume.turn]], in two brackets."),
    (
        "turn = ['turn:x.example']",
        "turn[0]",
        "must be a list of tables. Write [[sources.raeume.turn]], in two brackets.",
    ),
    ('[[sources.raeume.turn]]\nurl = ["turn:x.example"]', "turn[0].url", 'is not a known key. Did you mean "urls"?'),
    (
        '[[sources.raeume.turn]]\nurls = "turn:x.example"',
        "turn[0].urls",
        'Write urls = ["turn:turn.example.org:3478"].',
    ),
    (
        '[[sources.raeume.turn]]\nurls = ["turn://x.example"]',
        "turn[0].urls[0]",
        "is no address of a TURN server. Write it like turn:turn.example.org:3478",
    ),
    (
        '[[sources.raeume.turn]]\nurls = ["turn:x.example"]',
        "turn[0]",
        "has no credentials: browsers refuse every call with such a relay. Give shared_secret, or username with",
    ),
    (
        '[[sources.raeume.turn]]\nurls = ["turn:x.example"]\nusername = "x"\nshared_secret = { env = "X" }',
        "turn[0]",
        "has two kinds of credentials. Give shared_secret, or username with credential, not both.",
    ),
    (
        '[[sources.raeume.turn]]\nurls = ["turn:x.example"]\nshared_secret = { fiel = "x" }',
        "turn[0].shared_secret",
        'a secret is given by reference, by `file` or `env`. Did you mean "file"?',
    ),
]


@pytest.mark.parametrize(("lines", "key", "words"), ROOM_MISTAKES)
def test_a_mistake_of_the_built_in_room_is_said_in_the_words_of_the_config(
    run: Run, folder: Path, lines: str, key: str, words: str
) -> None:
    text = (folder / "gateway.toml").read_text(encoding="utf-8")
    room = f'[sources.raeume]\ntype = "room"\n{lines}\n'
    (folder / "gateway.toml").write_text(text[: text.index("[sources.raeume]")] + room, encoding="utf-8")
    one = finding(run("check", "--offline", "--json"), f"sources.raeume.{key}")
    assert words in f"{one['reason']} {one['remedy']}"


def test_a_key_without_brackets_is_not_called_missing_as_well(run: Run, folder: Path) -> None:
    gateway(folder, 'installation = [{ file = "installation.key" }]', 'installation = { file = "installation.key" }')
    (one,) = run("check", "--offline", "--json").items
    assert (one["key"], one["remedy"]) == ("keys.installation", 'Write installation = [{ file = "…" }].')


def test_a_missing_sheet_is_said_once_and_with_what_to_try(run: Run, folder: Path) -> None:
    department(folder, 'path = "departments/buergeramt.csv"', 'path = "departments/fehlt.csv"')
    found = [one for one in run("check", "--json").items if one["key"] == "sources.katalog"]
    assert {one["remedy"] for one in found} == {"`durchwahl try buergeramt/katalog` shows what it answers."}


def test_a_missing_sheet_is_said_offline_too(run: Run, folder: Path) -> None:
    (folder / "departments" / "buergeramt.csv").unlink()
    one = finding(run("check", "--json", "--offline"), "sources.katalog")
    assert one["reason"].startswith("departments/buergeramt.csv does not exist.")


def zip_of_much(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"<a/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 300_000_000)


UNREADABLE: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "missing": ("departments/x.csv", lambda path: None, "does not exist"),
    "empty": ("departments/x.csv", lambda path: path.write_bytes(b""), "is empty"),
    "another encoding": ("departments/x.csv", lambda path: path.write_bytes(SHEET.encode("latin-1")), "not in UTF-8"),
    "a zero byte": ("departments/x.csv", lambda path: path.write_bytes(b"id;name\n\0"), "not a CSV file"),
    "a folder": ("departments/x.csv", lambda path: path.mkdir(), "not a file"),
    "a broken workbook": ("departments/x.xlsx", lambda path: path.write_bytes(b"PK\3\4"), "cannot be read"),
    "a bomb": ("departments/x.xlsx", zip_of_much, "too large once it is unpacked"),
    "somewhere else": ("../../../../../../../etc/passwd", lambda path: None, "outside the configuration's folder"),
}


@pytest.mark.parametrize("how", list(UNREADABLE))
def test_a_sheet_that_cannot_be_read_is_said_offline_and_hides_nothing_of_other_departments(
    run: Run, folder: Path, how: str
) -> None:
    name, prepare, words = UNREADABLE[how]
    prepare(folder / name)
    other = f'[department]\nid = "amt"\nname = "Amt"\n[sources.katalog]\ntype = "sheet"\npath = "{name}"\n'
    (folder / "departments" / "amt.toml").write_text(other, encoding="utf-8")
    department(folder, '"meldebescheinigung", "ummeldung"', '"meldebescheinigung", "ummeldun"')
    done = run("check", "--json", "--offline")
    assert done.code == 1
    assert {(one["file"], one["key"]) for one in done.items} == {
        ("departments/amt.toml", "sources.katalog"), ("departments/buergeramt.toml", "offers.meldewesen.services"),
    }  # fmt: skip
    assert words in finding(done, "sources.katalog")["reason"]


def test_a_row_that_was_left_out_is_said_with_line_and_column(run: Run, folder: Path) -> None:
    (folder / "departments" / "buergeramt.csv").write_bytes((SHEET + "Kein Id;Name;;;;;;;;;\r\n").encode("utf-8-sig"))
    done = run("check", "--json", "--offline")
    assert [(one["file"], one["key"]) for one in done.items] == [("departments/buergeramt.csv", "line 7, column id")]


def test_an_offer_of_a_service_that_no_sheet_has_is_said(run: Run, folder: Path) -> None:
    department(folder, '"meldebescheinigung", "ummeldung"', '"meldebescheinigung", "ummeldun"')
    assert finding(run("check", "--json"), "offers.meldewesen.services")["remedy"] == 'Did you mean "ummeldung"?'


def test_a_required_service_that_no_catalogue_knows_is_a_warning_with_the_nearest(run: Run, folder: Path) -> None:
    gateway(folder, "[keys]", '[[required]]\ndepartment = "buergeramt"\nservice = "ummeldng"\n[keys]')
    one = finding(run("check", "--json"), "required[0]")
    assert (one["severity"], one["remedy"]) == ("warning", 'Did you mean "ummeldung"?')


def test_a_key_that_is_missing_or_no_key_is_said(run: Run, folder: Path) -> None:
    (folder / "installation.key").write_text("zu kurz", encoding="ascii")
    assert "is not 32 bytes in base64 or hex" in finding(run("check", "--json"), "keys.installation")["reason"]
    (folder / "installation.key").unlink()
    assert "cannot be read" in finding(run("check", "--json"), "keys.installation")["reason"]
    gateway(folder, 'installation = [{ file = "installation.key" }]', "")
    assert "`serve` will not start without a key" in finding(run("check", "--json"), "keys.installation")["reason"]


MAKE = "make one with"
KEYS = {
    "a wrong path": ("", 'installation = [{ file = "fehlt.key" }]', "No such file", True),
    "a folder": ("", 'installation = [{ file = "." }]', "Is a directory", False),
    "no variable": ("", 'installation = [{ env = "NO_SUCH_KEY" }]', "NO_SUCH_KEY is missing", True),
    "empty": ("empty", 'installation = [{ file = "other.key" }]', "is missing, empty", True),
    "too short": ("YQ==", 'installation = [{ file = "other.key" }]', "is not 32 bytes", False),
    "an old one": (
        "", 'installation = [{ file = "installation.key" }, { file = "alt.key" }]', "alt.key cannot be read", False,
    ),
}  # fmt: skip


@pytest.mark.parametrize("how", list(KEYS))
@pytest.mark.parametrize("in_use", [False, True])
def test_what_serve_refuses_of_the_keys_is_an_error_with_the_right_remedy(
    run: Run, folder: Path, how: str, in_use: bool
) -> None:
    content, keys, words, may_be_new = KEYS[how]
    fresh_journal(folder / "data")
    gateway(folder, 'installation = [{ file = "installation.key" }]', keys)
    (folder / "other.key").write_text("" if content == "empty" else content, encoding="ascii")
    if not in_use:
        (folder / "data" / DATABASE).unlink()
    done = run("check", "--json", "--offline")
    (one,) = done.items
    assert (done.code, one["severity"], one["key"].split("[")[0]) == (1, "error", "keys.installation")
    assert words in one["reason"]
    assert (MAKE in one["remedy"]) is (may_be_new and not in_use)
    assert one["remedy"]
    assert run("serve").code == 1


def test_a_public_address_in_clear_is_a_warning(run: Run, folder: Path) -> None:
    gateway(folder, '"https://gateway.test/"', '"http://gateway.test/"')
    assert finding(run("check", "--json"), "gateway.public_url")["severity"] == "warning"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_on_this_machine_only_a_public_address_may_be_in_clear(run: Run, folder: Path, host: str) -> None:
    gateway(folder, '"https://gateway.test/"', f'"http://{host}:8000/"')
    assert run("check", "--json").items == []


def test_a_closure_file_that_is_missing_is_said_at_its_place(run: Run, folder: Path) -> None:
    department(
        folder, "[sources.termine.lanes.platz-2]", '[sources.termine.lanes.platz-2]\nclosures = [{ ics = "zu.ics" }]'
    )
    one = finding(run("check", "--json", "--offline"), "sources.termine.lanes.platz-2.closures[0].ics")
    assert one["reason"] == "zu.ics: does not exist."


def test_a_broken_plugin_and_a_missing_plugins_folder_are_said(run: Run, folder: Path) -> None:
    gateway(folder, 'data_dir = "data"', 'data_dir = "data"\nplugins_dir = "plugins"')
    assert "is no folder" in finding(run("check", "--json"), "gateway.plugins_dir")["reason"]
    (folder / "plugins").mkdir()
    (folder / "plugins" / "kaputt.py").write_text(BROKEN_PLUGIN, encoding="utf-8")
    done = run("check", "--json")
    assert done.code == 1
    assert [(one["file"], one["reason"]) for one in done.items] == [("plugin kaputt", "RuntimeError: huch.")]


def test_a_config_without_departments_is_said(run: Run, folder: Path) -> None:
    (folder / "departments" / "buergeramt.toml").unlink()
    assert "holds no usable department" in run("check").out


CALENDAR = """[sources.kal]
type = "caldav"
url = "http://127.0.0.1:9/"
username = "u"
password = { env = "KAL" }
[sources.kal.lanes.a]
collection = "a/"
"""


def test_a_source_that_does_not_answer_is_said_once_online_and_not_offline(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAL", "geheim")
    department(folder, "[offers.meldewesen]", CALENDAR + "[offers.meldewesen]")
    assert [one["key"] for one in run("check", "--json").items] == ["sources.kal"]
    assert run("check", "--json", "--offline").items == []


@pytest.mark.parametrize("more", [(), ("--offline",)])
def test_a_source_without_its_secret_is_not_asked_and_the_secret_is_said(
    run: Run, folder: Path, more: tuple[str, ...]
) -> None:
    department(folder, "[offers.meldewesen]", CALENDAR + "[offers.meldewesen]")
    assert [one["key"] for one in run("check", "--json", *more).items] == ["sources.kal.password"]


def test_no_path_that_is_shown_goes_up_and_down_again(run: Run, folder: Path) -> None:
    (folder / "config").mkdir()
    for name in ("gateway.toml", "departments"):
        (folder / name).rename(folder / "config" / name)
    inner = folder / "config"
    department(inner, "[offers.meldewesen]", CALENDAR + "[offers.meldewesen]")
    department(inner, '{ env = "KAL" }', '{ file = "../keys/kal" }')
    department(inner, "[sources.katalog]", '[[closures]]\nics = "../zu.ics"\n[sources.katalog]')
    gateway(inner, 'data_dir = "data"', 'data_dir = "../data"\nplugins_dir = "../plugins"')
    gateway(inner, '{ file = "installation.key" }', '{ file = "../keys/installation.key" }')
    done = run("check", config="config/gateway.toml")
    assert "config/.." not in done.out
    for shown in (
        "keys/kal cannot be read: No such file or directory.",
        "/keys/installation.key",
        "/plugins is no folder",
    ):
        assert shown in done.out


REFUSING = """
from pathlib import Path
from durchwahl.plugin import Refused, ServiceCatalogue, SourceSettings, SourceType, hookimpl

class Tuer(ServiceCatalogue):
    def __init__(self, settings, toolbox):
        self._asked = toolbox.files.path("asked")
    async def check(self):
        with self._asked.open("a") as file:
            file.write("x")
        raise Refused("The system refused the gateway's credentials.", detail="GET answered 401")
    async def services(self):
        await self.check()
        yield

@hookimpl
def durchwahl_service_catalogues():
    return [SourceType(name="tuer", settings=SourceSettings, build=Tuer)]
"""


def test_refused_credentials_are_tried_once_and_said_once_with_what_to_do(run: Run, folder: Path) -> None:
    gateway(folder, 'data_dir = "data"', 'data_dir = "data"\nplugins_dir = "plugins"')
    (folder / "plugins").mkdir()
    (folder / "plugins" / "tuer.py").write_text(REFUSING, encoding="utf-8")
    department(folder, "[offers.meldewesen]", '[sources.tuer]\ntype = "tuer"\n[offers.meldewesen]')
    one = finding(run("check", "--json"), "sources.tuer")
    assert one["reason"] == "The system refused the gateway's credentials. (GET answered 401)"
    assert one["remedy"].startswith("Mend the secret")
    assert (folder / "asked").read_text(encoding="utf-8") == "x"
    listed = next(item for item in run("sources", "--json").items if item["source"] == "buergeramt/tuer")
    assert listed["state"] == "refused"
    assert listed["message"].endswith("Mend the credentials at departments/buergeramt.toml: sources.tuer.")
    tried = run("try", "buergeramt/tuer")
    assert (tried.code, tried.err.count("401")) == (1, 1)
    assert "Mend the credentials at departments/buergeramt.toml: sources.tuer." in tried.err


def test_an_offer_with_a_mistake_is_told_its_unknown_service_too(run: Run, folder: Path) -> None:
    department(folder, '"meldebescheinigung", "ummeldung"', '"meldebescheinigung", "ummeldun"')
    department(folder, "combinable = true", "combinabel = true")
    done = run("check", "--json")
    assert finding(done, "offers.meldewesen.combinabel")["remedy"] == 'Did you mean "combinable"?'
    assert finding(done, "offers.meldewesen.services")["remedy"] == 'Did you mean "ummeldung"?'


def test_a_department_whose_sheet_is_missing_is_not_told_that_its_services_are_unknown(run: Run, folder: Path) -> None:
    gateway(folder, "[keys]", '[[required]]\ndepartment = "buergeramt"\nservice = "ummeldung"\n[keys]')
    (folder / "departments" / "buergeramt.csv").unlink()
    assert [one["key"] for one in run("check", "--json").items] == ["sources.katalog"]


def test_checking_changes_nothing(run: Run, folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    run("check")
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_file_of_closures_is_said_at_each_of_its_places_once(run: Run, folder: Path) -> None:
    edited = DEPARTMENT.replace(
        "[sources.katalog]", '[[closures]]\nics = "zu.ics"\n[[closures]]\nics = "zu.ics"\n[sources.katalog]'
    )
    (folder / "departments" / "buergeramt.toml").write_text(edited, encoding="utf-8")
    keys = [one["key"] for one in run("check", "--json", "--offline").items]
    assert keys == ["closures[0].ics", "closures[1].ics"]


def test_public_holidays_that_nobody_knows_are_said(run: Run, folder: Path) -> None:
    gateway(folder, 'holidays = "DE-SN"', 'holidays = "DE-XX"')
    assert finding(run("check", "--json"), "gateway.holidays")["remedy"] == 'Write country and state, e.g. "DE-SN".'


def test_a_file_where_the_data_should_be_is_said(run: Run, folder: Path) -> None:
    (folder / "data").write_text("eine Datei", encoding="utf-8")
    one = finding(run("check", "--json", "--offline"), "gateway.data_dir")
    assert one["reason"] == f"{folder / 'data'} is a file."


def test_a_requirement_of_an_unknown_department_names_the_nearest(run: Run, folder: Path) -> None:
    gateway(folder, "[keys]", '[[required]]\ndepartment = "burgeramt"\nservice = "x"\n[keys]')
    (one,) = run("check", "--json").items
    assert (one["key"], one["remedy"]) == ("required[0].department", 'Did you mean "buergeramt"?')


@pytest.mark.parametrize("text", ["[department\n", '[department]\nid = "amt"\nnome = "Amt"\n'])
def test_what_depends_on_a_broken_department_is_not_found_again(run: Run, folder: Path, text: str) -> None:
    (folder / "departments" / "amt.toml").write_text(text, encoding="utf-8")
    gateway(folder, "[keys]", '[[required]]\ndepartment = "amt"\nservice = "x"\n[keys]')
    department(folder, 'number = "33"', 'number = "33"\nparent = "amt"')
    assert {one["file"] for one in run("check", "--json").items} == {"departments/amt.toml"}


def test_what_depends_on_a_broken_catalogue_is_not_found_again(run: Run, folder: Path) -> None:
    department(folder, 'type = "sheet"', 'type = "shet"')
    assert [one["key"] for one in run("check", "--json").items] == ["sources.katalog.type"]


# --- The database


def with_database(folder: Path, table: str) -> None:
    path = folder / "gateway.toml"
    path.write_text(f"{path.read_text(encoding='utf-8')}\n[store]\n{table}\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        (None, "the secret in env DATENBANK is missing"),
        ("passwort=geheim", "what it names is no address of a PostgreSQL database."),
    ],
)
def test_an_address_that_is_none_is_found_offline_and_keeps_serve_from_starting(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, address: str | None, reason: str
) -> None:
    with_database(folder, 'database = { env = "DATENBANK" }')
    if address is not None:
        monkeypatch.setenv("DATENBANK", address)
    found = finding(run("check", "--offline", "--json"), "store.database")
    assert found["reason"].startswith(reason)
    served = run("serve")
    assert (served.code, "store.database" in served.err) == (1, True)
    assert "geheim" not in served.err + found["reason"]


def test_a_database_that_does_not_answer_is_found_where_check_may_ask(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATENBANK", "postgresql://durchwahl:geheim@127.0.0.1:1/termine")
    with_database(folder, 'database = { env = "DATENBANK" }')
    assert run("check", "--offline", "--json").items == []
    done = run("check", "--json")
    assert "refused" in finding(done, "store.database")["reason"]
    assert "geheim" not in done.out + done.err


def test_a_misspelled_key_of_the_store_keeps_serve_from_starting(run: Run, folder: Path) -> None:
    with_database(folder, 'databse = { env = "DATENBANK" }')
    assert "databse" in finding(run("check", "--offline", "--json"), "store.databse")["key"]
    served = run("serve")
    assert served.code != 0
    assert "store.databse" in served.err
