"""The examples of the guide for plugin authors work, as files of their own and in a gateway."""

import http.server
import importlib.util
import io
import re
import shutil
import subprocess
import sys
import threading
import tokenize
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from durchwahl.plugin import NotSent, OutcomeUnknown, Refused, Rejected, SourceError, Unavailable
from durchwahl.testing.calendar_contract import FreeBusyCalendarContract
from tests.docs.running import demo

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = (DOCS / "plugin-author.md").read_text(encoding="utf-8")
TOKEN = "only-for-trying"
KEY = "a-key-for-this-test-"


def code_lines(path: Path) -> int:
    """The lines that hold code: neither blank, nor a comment, nor a docstring."""
    lines: set[int] = set()
    begins = True
    for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
        if token.type in (tokenize.COMMENT, tokenize.NL, tokenize.ENDMARKER):
            continue
        if token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT):
            begins = True
            continue
        if not (begins and token.type == tokenize.STRING):
            lines.update(range(token.start[0], token.end[0] + 1))
        begins = False
    return len(lines)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The examples as a reader has them, with no configuration of ours around them."""
    ignored = shutil.ignore_patterns("__pycache__", ".pytest_cache")
    return Path(shutil.copytree(DOCS / "examples", tmp_path / "office", ignore=ignored))


def test_every_example_passes_its_contract_outside_of_the_checkout(folder: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(re.findall(r"(\d+) passed", done.stdout)[0]) > 60


def test_the_calendar_has_at_most_sixty_lines_of_code() -> None:
    assert code_lines(DOCS / "examples" / "plugins" / "rest_calendar.py") <= 60


@pytest.mark.parametrize("name", ["website_catalogue", "rest_rooms"])
def test_the_other_examples_are_shorter(name: str) -> None:
    plugins = DOCS / "examples" / "plugins"
    assert code_lines(plugins / f"{name}.py") < code_lines(plugins / "rest_calendar.py")


def test_a_contract_without_a_fixture_says_what_the_guide_shows() -> None:
    @pytest.fixture
    def given(self: object) -> None:
        """Stand for any fixture."""

    with pytest.raises(TypeError) as caught:
        type("TestMine", (FreeBusyCalendarContract,), {"calendar": given, "clerk": given})
    assert f"TypeError: {caught.value}\n" in GUIDE


def test_the_guide_explains_every_error() -> None:
    classes = (NotSent, Unavailable, OutcomeUnknown, Refused, Rejected)
    assert all(issubclass(one, SourceError) and f"| `{one.__name__}` |" in GUIDE for one in classes)


class Running:
    """An office with its server in a thread."""

    def __init__(self, module: ModuleType) -> None:
        self.office: Any = module.furnished(TOKEN)
        self.server: http.server.ThreadingHTTPServer = module.open_office(self.office, 0)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    def ours(self) -> list[str]:
        return [entry for desk in self.office.desks.values() for entry in desk if entry.startswith("dw-")]

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def office(folder: Path) -> Iterator[Running]:
    spec = importlib.util.spec_from_file_location("office_of_the_guide", folder / "office.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    running = Running(module)
    yield running
    running.close()


def test_the_calendar_is_booked_into_and_cleared_again(folder: Path, office: Running) -> None:
    (folder / "secrets").mkdir()
    (folder / "secrets" / "office-token").write_text(TOKEN, encoding="utf-8")
    file = folder / "config" / "departments" / "amt.toml"
    file.write_text(file.read_text(encoding="utf-8").replace(":8090", f":{office.port}"), encoding="utf-8")
    with (
        demo(folder, "--config", "config/gateway.toml") as base,
        httpx.Client(base_url=f"{base}/v1", trust_env=False, timeout=20) as website,
    ):
        slot = website.get("services/amt-wohngeld/slots").json()["items"][0]["slot"]
        hold = website.post("holds", json={"slot": slot}, headers={"Idempotency-Key": KEY}).json()
        wish = {"hold": hold["id"], "token": hold["token"], "person": {"name": "Erika B.", "phone": "0351 4880000"}}
        booked = website.post("bookings", json=wish, headers={"Idempotency-Key": f"{KEY}2"})
        assert (booked.status_code, booked.json()["status"], len(office.ours())) == (201, "confirmed", 1)
        bearer = {"Authorization": f"Bearer {booked.json()['manage_token']}", "Idempotency-Key": f"{KEY}3"}
        assert website.post(f"bookings/{hold['id']}/cancel", headers=bearer).json()["status"] == "cancelled"
        assert office.ours() == []
