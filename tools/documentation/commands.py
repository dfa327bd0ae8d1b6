"""Every `durchwahl …` and `make …` that a page names exists, with the options that it is given."""

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click

from durchwahl.operate.cli import commands
from tools.documentation.markdown import blocks, prose

_SPAN = re.compile(r"`((?:durchwahl|make) [^`\n]+)`")
_CALL = re.compile(r"^(?:\$ |.*?ExecStart(?:Pre)?=\S*/|)((?:durchwahl|make) .+)$", re.MULTILINE)
_SHELL = {"console", "sh", "bash", "ini", "systemd"}
_END = re.compile(r"\s+(?:\||>|&&|&|;|#|…).*$")


def faults(page: Path, root: Path) -> Iterator[str]:
    """Yield a sentence for each command or option that does not exist."""
    text = page.read_text(encoding="utf-8")
    for line, said in _said(text):
        program, *words = _words(said)
        found = _wrong_target(words, root) if program == "make" else _wrong_command(words)
        if found:
            yield f"line {line}: `{said}`: {found}"


def _said(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(prose(text).splitlines(), start=1):
        for said in _SPAN.findall(line):
            yield number, said
    for block in blocks(text):
        if block.info.split(" ")[0] in _SHELL:
            joined = block.body.replace("\\\n", " ")
            for match in _CALL.finditer(joined):
                yield block.line + joined.count("\n", 0, match.start()) + 1, match[1]


def _words(said: str) -> list[str]:
    return shlex.split(_END.sub("", said))


def _wrong_target(words: list[str], root: Path) -> str | None:
    targets = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = [word for word in words if "=" not in word and not word.startswith("-")]
    return next((f"there is no target {name}" for name in named if name not in targets), None)


def _wrong_command(words: list[str]) -> str | None:
    name, *given = words
    if name in ("--version", "--help", "-h"):
        return None
    command = _command(name)
    if command is None:
        return f"there is no command {name}"
    while isinstance(command, click.Group) and given:
        inner = command.get_command(click.Context(command), given[0])
        if inner is None:
            return f"{command.name} has no command {given[0]}"
        command, given = inner, given[1:]
    return _wrong_arguments(command, given)


def _wrong_arguments(command: click.Command, given: list[str]) -> str | None:
    options = {name: one for one in command.params if isinstance(one, click.Option)
               for name in (*one.opts, *one.secondary_opts)}  # fmt: skip
    arguments = [one for one in command.params if isinstance(one, click.Argument)]
    places = len(given) if any(one.nargs == -1 for one in arguments) else len(arguments)
    rest = iter(given)
    for word in rest:
        name, is_joined, _ = word.partition("=")
        if word.startswith("-"):
            option = options.get(name)
            if option is None and name not in ("--help", "-h"):
                return f"{command.name} has no option {name}"
            if option is not None and not option.is_flag and not is_joined:
                next(rest, None)
        elif (places := places - 1) < 0:
            return f"{command.name} takes no {word}"
    return None


@cache
def _command(name: str) -> click.Command | None:
    return commands.get_command(click.Context(commands), name)
