r"""Console examples: a block below `<!-- ran in office -->` shows what the commands print, and a test runs them.

`office` is docs/examples with its office running; `dresden` is what `durchwahl init config` writes. Both have a key.
Lines below the first change files before: `FILE: old -> new` (`\n` is a line break), `FILE: gone`, `FILE: = new`.
`…` stands for anything within a line, and alone for any number of lines.
"""

import contextlib
import importlib.util
import io
import os
import re
import secrets
import shlex
import shutil
import sys
import tempfile
import threading
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

from durchwahl.operate.cli import main as durchwahl
from tools.documentation.markdown import Block, blocks, with_bodies

SHOWN_FOLDER, SHOWN_PORT = "/srv/durchwahl", 8090
TOKEN = "only-for-trying"  # noqa: S105  # the token of an example
_RAN = re.compile(r"ran in (?P<folder>office|dresden)(?P<changes>(?:\n.+)*)")
_CHANGE = re.compile(r"(?P<file>[^\s:]+): (?:(?P<gone>gone)|= (?P<new>.*)|(?P<old>.+?) -> (?P<by>.*))")


class ExampleError(Exception):
    """An example cannot be set up as its comment says."""


def examples(text: str) -> Iterator[Block]:
    """Yield the blocks that can be run."""
    yield from (block for block in blocks(text) if _RAN.fullmatch(block.comment))


def refreshed(text: str, root: Path) -> str:
    """Return the page with what the commands print now, where that is not what is shown."""
    bodies = {}
    for block in examples(text):
        printed = run(block, root)
        if not agrees(block.body, printed):
            bodies[block.start] = printed
    return with_bodies(text, bodies)


def agrees(shown: str, printed: str) -> bool:
    """Whether this is what is shown, apart from `…` and from blanks at the ends of lines."""
    pattern = "".join(_pattern(line) for line in _trimmed(shown).splitlines())
    return re.fullmatch(pattern, _trimmed(printed)) is not None


def run(block: Block, root: Path) -> str:
    """Run an example in a folder of its own and return commands and output as the block shows them.

    Raises:
        ExampleError: a file to be changed does not hold what is to be changed, or a command is not ours.
    """
    match = _RAN.fullmatch(block.comment)
    if match is None:
        raise ExampleError(f"line {block.line}: is no example that can be run")
    with tempfile.TemporaryDirectory(prefix="durchwahl-docs-") as name, contextlib.ExitStack() as stack:
        folder = Path(name).resolve()
        shown = {str(folder): SHOWN_FOLDER}
        if match["folder"] == "office":
            port = stack.enter_context(_office(root, folder))
            shown[f":{port}"] = f":{SHOWN_PORT}"
        else:
            shutil.copytree(root / "config", folder / "config")
        _secrets(folder, match["folder"])
        for change in match["changes"].strip().splitlines():
            _change(folder, change)
        stack.enter_context(contextlib.chdir(folder))
        printed = "".join(_one(command) for command in _commands(block.body))
    for real, instead in shown.items():
        printed = printed.replace(real, instead)
    return _trimmed(printed)


def _pattern(line: str) -> str:
    if line == "…":
        return r"(?:.*\n)*?"
    return ".*?".join(re.escape(part) for part in line.split("…")) + r"\n"


def _commands(body: str) -> list[str]:
    return [line for line in body.splitlines() if line.startswith("$ ")]


def _one(command: str) -> str:
    program, *arguments = shlex.split(command.removeprefix("$ "))
    if program != "durchwahl":
        raise ExampleError(f"{command}: only durchwahl's own commands are run")
    said = io.StringIO()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DURCHWAHL_")}
    with (
        patch.object(sys, "argv", [program, *arguments]),
        patch.dict(os.environ, clean, clear=True),
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
        contextlib.suppress(SystemExit),
    ):
        durchwahl()
    return f"{command}\n{said.getvalue()}"


def _change(folder: Path, change: str) -> None:
    match = _CHANGE.fullmatch(change.strip())
    if match is None:
        raise ExampleError(f"{change}: write FILE: old -> new, FILE: = new, or FILE: gone")
    path = folder / match["file"]
    if match["gone"]:
        path.unlink()
    elif match["new"] is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(match["new"].replace("\\n", "\n"), encoding="utf-8")
    else:
        text = path.read_text(encoding="utf-8-sig")
        old = match["old"].replace("\\n", "\n")
        if old not in text:
            raise ExampleError(f"{match['file']} does not hold {old!r}")
        path.write_text(text.replace(old, match["by"].replace("\\n", "\n"), 1), encoding="utf-8")


def _secrets(folder: Path, kind: str) -> None:
    key = folder / ("secrets" if kind == "office" else "data/keys") / "installation.key"
    key.parent.mkdir(parents=True)
    key.write_text(b64encode(secrets.token_bytes(32)).decode(), encoding="ascii")
    if kind == "office":
        (key.parent / "office-token").write_text(f"{TOKEN}\n", encoding="ascii")


@contextlib.contextmanager
def _office(root: Path, folder: Path) -> Iterator[int]:
    """Copy the examples, start their office on a free port, and yield the port."""
    shutil.copytree(root / "docs" / "examples", folder, dirs_exist_ok=True)
    module = _module(folder / "office.py")
    server = module.open_office(module.furnished(TOKEN), 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        port = int(server.server_address[1])
        file = folder / "config" / "departments" / "amt.toml"
        file.write_text(file.read_text(encoding="utf-8").replace(f":{SHOWN_PORT}", f":{port}"), encoding="utf-8")
        yield port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("durchwahl_docs_office", path)
    if spec is None or spec.loader is None:
        raise ExampleError(f"{path} is no Python module")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _trimmed(text: str) -> str:
    lines = [line.rstrip() for line in text.rstrip().splitlines()]
    return "\n".join(lines) + "\n"
