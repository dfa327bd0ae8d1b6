"""Commands run in this process, as the command line runs them."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from durchwahl.operate.cli import main


@dataclass(frozen=True)
class Done:
    """What a command left: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def items(self) -> list[dict[str, Any]]:
        """The items of a `--json` answer."""
        answer = json.loads(self.out)
        assert isinstance(answer["items"], list)
        return list(answer["items"])


Run = Callable[..., Done]


def runner(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return what runs a command with the config in the folder; `config=None` leaves --config out."""

    def run(*words: str, config: str | None = "gateway.toml") -> Done:
        given = [*words, "--config", str(folder / config)] if config else list(words)
        monkeypatch.setattr(sys, "argv", ["durchwahl", *given])
        monkeypatch.chdir(folder)
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
        heard = capsys.readouterr()
        return Done(code, heard.out, heard.err)

    return run
