"""A small city's config, and what runs commands on it."""

from pathlib import Path

import pytest

from tests.gateways import GATEWAY, write_config
from tests.operate.commands import Run, runner

SOUND = GATEWAY.replace(
    '[website]\norigins = ["https://www.teststadt.example"]\n',
    '[website]\nimprint = "https://x.example/i"\nprivacy = "https://x.example/p"\naccessibility = "https://x.example/a"\n',
).replace('"http://gateway.test/"', '"https://gateway.test/"')


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The config of the city that tests share, with nothing wrong in it."""
    write_config(tmp_path, gateway=SOUND)
    return tmp_path


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on that config."""
    return runner(folder, monkeypatch, capsys)
