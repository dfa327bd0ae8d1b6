"""docs/website.md is a conversation with a running gateway: had again here, and compared with what it shows."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from durchwahl.model.problems import PROBLEMS
from tests.docs.running import demo
from tests.gateways import as_json, run_durchwahl
from tools.documentation import session

PAGE = (Path(__file__).parents[2] / "docs" / "website.md").read_text(encoding="utf-8")
PORTAL = Path(__file__).parents[2] / "gateway" / "durchwahl" / "web" / "portal"
CONFIG = Path(__file__).parents[2] / "config"
SESSIONS = session.sessions(PAGE)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with demo(tmp_path_factory.mktemp("website")) as base:
        yield base


@pytest.fixture(scope="module")
def openapi(gateway: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{gateway}/openapi.json", trust_env=False).json()
    return found


def differences(calls: list[session.Call], base: str, folder: Path) -> list[str]:
    said = session.talk(calls, base, folder)
    pairs = zip(calls, said, strict=True)
    return [f"line {call.line}: {odd}" for call, text in pairs if (odd := session.difference(call.shown, text))]


def test_every_answer_is_as_it_is_shown(gateway: str, tmp_path: Path) -> None:
    assert differences(SESSIONS[""], gateway, tmp_path) == []


@pytest.mark.parametrize("variables", [name for name in SESSIONS if "=" in name])
def test_every_answer_of_a_gateway_set_otherwise_is_as_it_is_shown(tmp_path: Path, variables: str) -> None:
    own = dict(pair.split("=", 1) for pair in variables.split())
    with demo(tmp_path, variables=own) as base:
        assert differences(SESSIONS[variables], base, tmp_path) == []


def test_every_answer_to_an_api_client_is_as_it_is_shown(tmp_path: Path) -> None:
    config = Path(shutil.copytree(CONFIG, tmp_path / "config")) / "gateway.toml"
    (made,) = as_json(run_durchwahl("client", "website", "--json", "--config", str(config), cwd=tmp_path))["items"]
    (tmp_path / "website.secret").write_text(made["secret"], encoding="ascii")
    config.write_text(f"{config.read_text(encoding='utf-8')}\n{made['toml']}\n", encoding="utf-8")
    with demo(tmp_path, "--config", str(config)) as base:
        assert differences(SESSIONS["a client"], base, tmp_path) == []


def test_every_address_is_named(openapi: dict[str, Any]) -> None:
    named = re.sub(r"\$\{?(HOLD|BOOKING)\}?", "{}", PAGE.replace("$API", "/v1"))
    named = re.sub(r"\{(?:id|code)\}|buergeramt-meldebescheinigung", "{}", named)
    paths = [re.sub(r"\{\w+\}", "{}", path) for path in openapi["paths"] if path.startswith("/v1/")]
    assert [path for path in paths if not re.search(re.escape(path) + r"(?![\w/{])", named)] == []


def test_every_parameter_of_the_catalogue_is_named(openapi: dict[str, Any]) -> None:
    asked = {one["name"] for one in openapi["paths"]["/v1/services"]["get"]["parameters"] if one["in"] == "query"}
    rows = re.findall(r"^\| (`.*?`) \|", PAGE.split("| parameter of")[1].split("\n\n")[0], re.MULTILINE)
    assert asked == {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def test_every_problem_is_listed_with_its_status() -> None:
    listed = re.findall(r"^\| `([a-z-]+)` \| (\d{3}) \|", PAGE, re.MULTILINE)
    assert {code: int(status) for code, status in listed} == {
        code: status for code, status in PROBLEMS.items() if code != "internal"
    }


def test_every_page_and_fragment_is_named() -> None:
    """Each address of a page is in one of the tables, or below one that is."""
    tables = PAGE.split("## The pages")[1].split("## What there is")[0]
    named = {re.sub(r"\?.*", "", one) for one in re.findall(r"`(/[^`]*)`", tables)}
    known = {re.sub(r"\{\w+\}", "{}", one) for one in named}
    paths = set()
    for module in PORTAL.rglob("*.py"):
        text = module.read_text(encoding="utf-8")
        prefix = "".join(re.findall(r'APIRouter\(prefix="([^"]+)"', text))
        paths |= {
            prefix + re.sub(r"\{\w+(:path)?\}", "{}", one) for one in re.findall(r'router\.get\("([^"]+)"\)', text)
        }
    assert len(paths) > 20
    assert sorted(one for one in paths if not any(f"{one}/".startswith(f"{root}/") for root in known)) == []
