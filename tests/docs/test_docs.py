"""The documentation agrees with the code, and the check that says so notices when it does not."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import BaseModel, Field

from durchwahl import plugin
from durchwahl.plugin import toolbox
from durchwahl.sources.discovery import Discovery, discover
from tools.documentation import command, docstrings, keys, promise, session, snippets

ROOT = Path(__file__).parents[2]
COPIED = ("docs", "config", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "LICENSES", "Makefile")
PLUGIN = "docs/examples/plugins/rest_calendar.py"


@pytest.fixture(scope="module")
def known() -> Discovery:
    return discover(ROOT / "docs" / "examples" / "plugins")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The documentation without the code, to plant differences in."""
    for name in (*COPIED, "publiccode.yml"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / name)
    return tmp_path


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def found_in(text: str, known: Discovery, folder: Path) -> list[str]:
    """The faults of a page with this text, which stands where the README does."""
    page = folder / "page.md"
    page.write_text(text, encoding="utf-8")
    shutil.copy(ROOT / "Makefile", folder / "Makefile")
    shutil.copytree(ROOT / "docs" / "examples", folder / "docs" / "examples", dirs_exist_ok=True)
    return list(command.page_faults(page, folder, known))


def test_documentation_and_code_agree() -> None:
    assert list(command.faults(ROOT)) == []


def test_the_check_ends_with_what_it_found(capsys: pytest.CaptureFixture[str]) -> None:
    found = list(command.faults(ROOT))
    assert command.main(["--check"]) == (1 if found else 0)
    assert capsys.readouterr().out.splitlines() == found


def test_a_page_that_agrees_has_no_faults(known: Discovery, tmp_path: Path) -> None:
    sound = (
        "# A page\n\n[down](#a-page), `durchwahl check --offline --json`, `make demo PORT=8123`\n\n"
        "```console\n$ durchwahl export services.csv -o out.csv | head\n```\n\n"
        '```toml\n[mail]\nkind = "smtp"\nhost = "m.example"\n```\n'
    )
    assert found_in(sound, known, tmp_path) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("```python\nprint()\n```\n", "must be cut from a tested file"),
        (f"<!-- from {PLUGIN}: Entry -->\n```python\nclass Entry: ...\n```\n", "the snippet differs from its file"),
        (f"<!-- from {PLUGIN}: Exit -->\n```python\n```\n", "rest_calendar.py has no Exit"),
        (f"<!-- from {PLUGIN}: RestCalendar.nothing -->\n```python\n```\n", "has no RestCalendar.nothing"),
        ("<!-- from docs/examples/none.py -->\n```python\n```\n", "none.py of a snippet does not exist"),
        ("<!-- from docs/examples/config/gateway.toml: mail -->\n```toml\n```\n", "has no table [mail]"),
        ("[there](nowhere.md)\n", "the link nowhere.md leads nowhere"),
        ("# Title\n\n[there](#subtitle)\n", "no heading #subtitle"),
        ("`durchwahl chek`\n", "there is no command chek"),
        ("`durchwahl check --ofline`\n", "check has no option --ofline"),
        ("`durchwahl check amt/termine`\n", "check takes no amt/termine"),
        ("`durchwahl try amt/termine more`\n", "try takes no more"),
        ("`durchwahl bookings mvoe`\n", "bookings has no command mvoe"),
        ("`durchwahl bookings outcome A B --came --noshow`\n", "outcome has no option --noshow"),
        ("```console\n$ durchwahl coverage --fail-below 100\n```\n", "coverage has no option --fail-below"),
        ("```ini\nExecStart=/opt/bin/durchwahl server\n```\n", "there is no command server"),
        ("`make coffee`\n", "there is no target coffee"),
        ("```toml\n[gateway]\nholyday = 1\n```\n", 'gateway.holyday: is not a known key. Did you mean "holidays"?'),
        ('```toml\n[offers.a]\nduration = "20"\n```\n', "offers.a.duration: Must be a number with its unit"),
        ("```toml\n[ofers.a]\n```\n", "ofers is not a known table"),
        ('```toml\n[sources.a]\ntype = "exchange"\n```\n', 'there is no source type "exchange"'),
        ('```toml\n[sources.a]\ntype = "house"\nurl = "https://a.example"\n```\n', "sources.a.url: is not a known key"),
        ('```toml\n[sources.a]\nadress = "https://a.example"\n```\n', "sources.a.adress: is not a known key"),
        ('```toml\n[sources.a]\ntype = "caldav"\npassword = "geheim"\n```\n', "a secret is given by reference"),
        (
            '```toml\n[sources.a]\ntype = "caldav"\n[sources.a.lanes.b]\ndesk = "1"\n```\n',
            "lanes.b.desk: is not a known",
        ),
        ('```toml\n[sources.a.lanes.b]\nlanguages = ["d"]\n```\n', "must be a language tag"),
        ('```toml\n[sources.a.rooms."b/c/d"]\nlink = "https://a.example"\n```\n', "rooms.b/c/d.link: is not a known"),
        ("```toml\n[gateway\n```\n", "is not TOML"),
    ],
)
def test_a_planted_difference_is_found(text: str, said: str, known: Discovery, tmp_path: Path) -> None:
    faults = found_in(text, known, tmp_path)
    assert any(said.casefold() in fault.casefold() for fault in faults), faults


def about_pages(copy: Path) -> Iterator[str]:
    """The faults of a copy apart from those that the code itself has."""
    return (fault for fault in command.faults(copy) if not fault.endswith("has no description"))


def test_a_copy_agrees_as_well(copy: Path) -> None:
    assert list(about_pages(copy)) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "where"),
    [
        ("docs/settings.md", "how far a hold can be extended", "how long it lasts", "docs/settings.md"),
        ("docs/hooks.md", "def durchwahl_calendars()", "def durchwahl_calendar()", "docs/hooks.md"),
        (PLUGIN, "async def check(self)", "async def check(self, more: int = 1)", "docs/plugin-author.md"),
        (
            "docs/examples/config/departments/amt.toml",
            'duration = "30min"',
            'duration = "45min"',
            "docs/plugin-author.md",
        ),
        ("docs/examples/nginx.conf", "client_max_body_size 64k;", "client_max_body_size 1m;", "docs/operator.md"),
        ("config/gateway.toml", "[keys]\n", "[keys]\n# a comment\n", "docs/operator.md"),
        ("README.md", "](docs/operator.md)", "](docs/operators.md)", "README.md"),
    ],
)
def test_a_change_on_one_side_is_noticed(copy: Path, file: str, old: str, new: str, where: str) -> None:
    change(copy / file, old, new)
    found = list(about_pages(copy))
    assert found
    assert all(fault.startswith(f"{where}:") for fault in found)


def test_writing_brings_the_pages_up_to_date(copy: Path) -> None:
    change(copy / PLUGIN, "async def check(self)", "async def check(self, more: int = 1)")
    change(copy / "docs" / "hooks.md", "def durchwahl_calendars()", "def durchwahl_calendar()")
    assert {path.name for path in command.write(copy)} == {"plugin-author.md", "hooks.md"}
    assert list(about_pages(copy)) == []
    assert list(command.write(copy)) == []


def test_a_new_name_of_the_promise_has_to_be_put_somewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugin, "__all__", [*plugin.__all__, "NewKind"])
    with pytest.raises(LookupError, match="NewKind"):
        promise.page()


def test_every_name_of_the_promise_is_explained() -> None:
    page = promise.page()
    assert [name for name in plugin.__all__ if f"### `{name}`" not in page] == []
    assert "token_url" in page
    assert toolbox.OAuth2.__doc__ is not None


class Undescribed(plugin.SourceSettings):
    """Settings of which one key says nothing."""

    url: str = Field(description="where it is")
    folder: str


def test_a_key_without_a_description_is_named(known: Discovery) -> None:
    offered = known.types["rest-calendar"]
    silent = replace(offered, type=replace(offered.type, name="silent", settings=Undescribed))
    found = list(keys.undescribed(Discovery((), {"rest-calendar": offered, "silent": silent})))
    assert [one for one in found if "type =" in one] == ['type = "silent" folder']


class Relay(BaseModel):
    """A table within a source's settings."""

    urls: tuple[str, ...] = Field(description="where it is")
    user: str = ""


class WithRelays(plugin.SourceSettings):
    """Settings with a list of tables."""

    relays: tuple[Relay, ...] = Field(default=(), description="what passes on")


def with_relays(known: Discovery) -> Discovery:
    offered = known.types["rest-calendar"]
    return Discovery((), {"relayed": replace(offered, type=replace(offered.type, name="relayed", settings=WithRelays))})


def test_the_keys_of_a_table_within_a_sources_settings_are_listed(known: Discovery) -> None:
    page = keys.page(with_relays(known))
    assert "| `relays` | list of: table |  | what passes on |" in page
    listed = page[page.index("`[[sources.NAME.relays]]`") :]
    assert "| `urls` | list of: string | **to be given** | where it is |" in listed


def test_a_key_without_a_description_is_named_in_a_table_within_a_table_too(known: Discovery) -> None:
    found = list(keys.undescribed(with_relays(known)))
    assert [one for one in found if one.endswith(" user")] == ['[[type = "relayed".relays]] user']


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ('def move(): """Move."""', "a.py:2: move has a docstring that only repeats its name"),
        ('def booking_by_id(): """Return the booking by its id."""', "only repeats its name"),
        ("def move(): pass", "move has no docstring"),
        ('class Room:\n    """Where a talk takes place."""\n    def end(self): pass', "Room.end has no docstring"),
        ('class SlotOut: """A slot."""', "only repeats its name"),
    ],
)
def test_a_docstring_that_says_nothing_is_found(code: str, said: str, tmp_path: Path) -> None:
    folder = tmp_path / "gateway" / "durchwahl"
    folder.mkdir(parents=True)
    (folder / "a.py").write_text(f'"""Something said of it."""\n{code}\n', encoding="utf-8")
    (fault,) = docstrings.faults(tmp_path)
    assert said in fault


def test_a_module_without_a_docstring_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "plugins" / "durchwahl_plugins"
    folder.mkdir(parents=True)
    (folder / "a.py").write_text("", encoding="utf-8")
    assert list(docstrings.faults(tmp_path)) == ["plugins/durchwahl_plugins/a.py: the module has no docstring"]


@pytest.mark.parametrize(
    "code",
    [
        'def move(): """Move the booking to another slot."""',
        "def _inside(): pass",
        "class _Inside:\n    def end(self): pass",
        'def slot(): """Return a time that can be held."""',
    ],
)
def test_a_docstring_that_says_more_is_left_alone(code: str, tmp_path: Path) -> None:
    folder = tmp_path / "adapters" / "durchwahl_adapters"
    folder.mkdir(parents=True)
    (folder / "a.py").write_text(f'"""Something said of it."""\n{code}\n', encoding="utf-8")
    assert list(docstrings.faults(tmp_path)) == []


@pytest.mark.parametrize(
    ("shown", "came", "alike"),
    [
        ('{"a": 1, …}', '{"a": 1, "b": 2}', True),
        ('{"a": 1}', '{"a": 1, "b": 2}', False),
        ('{"a": 1, "b": 2}', '{"a": 1}', False),
        ('{"a": …}', '{"a": [1, 2]}', True),
        ("[1, …]", "[1, 2, 3]", True),
        ("[1]", "[1, 2]", False),
        ("[1, 2]", "[1]", False),
        ("[…]", "[]", True),
        ('{"a": "x…"}', '{"a": "xyz"}', True),
        ('{"a": "x…"}', '{"a": "yz"}', False),
        ('{"at": "2026-11-22T16:05:20+01:00"}', '{"at": "2031-01-01T00:00:00.5+00:00"}', True),
        ('{"at": "2026-11-22T16:05:20+01:00"}', '{"at": null}', False),
        ('{"a": true}', '{"a": 1}', False),
        ('{"a": 1}\n{"a": 2}', '{"a": 1}\n{"a": 3}', False),
        ('{"a": 1}\n200', '{"a": 1}\n201', False),
        ('{"a": 1}\n200', '{"a": 1}\n200', True),
        ("a: 1\n", "a: 2\n", False),
        ("a: …\n", "a: 2\n", True),
    ],
)
def test_an_answer_is_compared_by_its_shape(shown: str, came: str, alike: bool) -> None:
    assert (session.difference(shown, came) is None) is alike


def test_a_command_goes_on_over_open_quotes_and_backslashes() -> None:
    body = "$ curl \\\n  -d '{\n  }'\nanswer\n$ next\n"
    ((_, calls),) = session.sessions(f"<!-- session -->\n```console\n{body}```\n").items()
    assert [(call.command, call.shown) for call in calls] == [("curl \\\n  -d '{\n  }'", "answer\n"), ("next", "")]


def test_a_class_can_be_cut_up_to_its_first_method() -> None:
    head = snippets.cut(ROOT / PLUGIN, "RestCalendar:")
    assert head.startswith("@dataclass\nclass RestCalendar(")
    assert "def " not in head


@pytest.mark.parametrize("page", ["plugin-author.md", "operator.md", "website.md"])
def test_prose_is_at_most_120_characters_wide(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    outside = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    lines = [line for line in outside.splitlines() if not line.startswith(("|", "<!--"))]
    assert [line for line in lines if len(line) > 120 and " -> " not in line] == []
