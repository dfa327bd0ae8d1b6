"""`durchwahl check`: everything that is wrong at once, and an exit code that a pipeline can use."""

from pathlib import Path

import pytest

from tests.gateways import DEPARTMENT, SHEET
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
    assert (done.code, done.out) == (0, "1 departments, 3 offers, 3 sources, all of which answer: nothing wrong.\n")


def test_offline_does_not_claim_that_systems_answer(run: Run) -> None:
    assert run("check", "--offline").out == "1 departments, 3 offers, 3 sources: nothing wrong.\n"


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
    assert done.out.endswith("1 errors, 0 warnings.\n")


def test_a_finding_in_json_has_all_its_parts(run: Run, folder: Path) -> None:
    department(folder, "combinable = true", "combinabel = true")
    assert run("check", "--json").items == [
        {
            "file": "departments/buergeramt.toml", "key": "offers.meldewesen.combinabel",
            "reason": "is not a known key.", "remedy": 'Did you mean "combinable"?', "severity": "error",
        }
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["[gateway\n", "", '[gateway]\ncity = "x"\n', "gateway = 1\n"])
def test_a_gateway_file_that_cannot_be_used_exits_2(run: Run, folder: Path, text: str) -> None:
    (folder / "gateway.toml").write_text(text, encoding="utf-8")
    done = run("check", "--json")
    assert done.code == 2
    assert done.items[0]["file"] == "gateway.toml"


def test_a_missing_config_exits_2_and_says_how_to_begin(run: Run) -> None:
    done = run("check", config="nirgends.toml")
    assert done.code == 2
    assert "does not exist. `durchwahl init DIR` writes an example" in done.out


def test_everything_wrong_is_said_at_once_errors_first(run: Run, folder: Path) -> None:
    department(folder, "combinable = true", "combinabel = true")
    department(folder, 'path = "departments/buergeramt.csv"', 'path = "departments/fehlt.csv"')
    gateway(folder, 'imprint = "https://x.example/i"\n', "")
    done = run("check", "--json")
    severities = [one["severity"] for one in done.items]
    assert severities == sorted(severities)
    assert {"offers.meldewesen.combinabel", "website.imprint"} <= {one["key"] for one in done.items}
    assert any("departments/fehlt.csv does not exist." in one["reason"] for one in done.items)


def test_a_missing_sheet_is_said_once_and_with_what_to_try(run: Run, folder: Path) -> None:
    department(folder, 'path = "departments/buergeramt.csv"', 'path = "departments/fehlt.csv"')
    found = [one for one in run("check", "--json").items if one["key"] == "sources.katalog"]
    assert {one["remedy"] for one in found} == {"`durchwahl try buergeramt/katalog` shows what it answers."}


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
    one = finding(run("check", "--json", "--offline"), "sources.termine.lanes.platz-2.closures")
    assert one["reason"].startswith("zu.ics: ")


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


def test_a_source_that_does_not_answer_is_said_online_and_not_offline(run: Run, folder: Path) -> None:
    table = '[sources.kal]\ntype = "caldav"\nurl = "http://127.0.0.1:9/"\nusername = "u"\npassword = { env = "KAL" }\n'
    table += '[sources.kal.lanes.a]\ncollection = "a/"\n'
    department(folder, "[offers.meldewesen]", table + "[offers.meldewesen]")
    online = [one["reason"] for one in run("check", "--json").items if one["key"] == "sources.kal"]
    assert len(online) == 1
    offline = run("check", "--json", "--offline").items
    assert [one["key"] for one in offline] == ["sources.kal.password"]


def test_checking_changes_nothing(run: Run, folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    run("check")
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_the_same_finding_is_said_once(run: Run, folder: Path) -> None:
    edited = DEPARTMENT.replace(
        "[sources.katalog]", '[[closures]]\nics = "zu.ics"\n[[closures]]\nics = "zu.ics"\n[sources.katalog]'
    )
    (folder / "departments" / "buergeramt.toml").write_text(edited, encoding="utf-8")
    assert len(run("check", "--json", "--offline").items) == 1


def test_public_holidays_that_nobody_knows_are_said(run: Run, folder: Path) -> None:
    gateway(folder, 'holidays = "DE-SN"', 'holidays = "DE-XX"')
    assert finding(run("check", "--json"), "gateway.holidays")["remedy"] == 'Write country and state, e.g. "DE-SN".'
