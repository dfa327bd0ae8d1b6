"""Snippets: a block below `<!-- from docs/examples/x.py: Name, function -->` is cut from that file.

Of a Python file whole definitions are named, or with `Name:` a class up to its first method; of a TOML file a table's
header, of which the tables below it are part. Without names the whole file is meant.
"""

import ast
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

from tools.documentation.markdown import Block, blocks, with_bodies

_FROM = re.compile(r"from (?P<file>[^\s:]+)(?:: (?P<names>.+))?", re.DOTALL)


class SnippetError(Exception):
    """A comment names something that is not there."""


def refreshed(text: str, root: Path) -> str:
    """Return the page with every snippet as its file has it now.

    Raises:
        SnippetError: a file or name is not there.
    """
    return with_bodies(text, {block.start: cut for block, cut in _snippets(text, root)})


def faults(text: str, root: Path) -> Iterator[str]:
    """Yield a sentence for each snippet that differs from its file, and for each example that is from no file."""
    try:
        found = list(_snippets(text, root))
    except SnippetError as error:
        yield str(error)
        return
    cut_from = {block.start for block, _ in found}
    for block, cut in found:
        if block.body != cut:
            yield f"line {block.line}: the snippet differs from its file ({block.comment}): run `make messages`"
    for block in blocks(text):
        if block.info == "python" and block.start not in cut_from:
            yield f"line {block.line}: a Python example must be cut from a tested file"


def _snippets(text: str, root: Path) -> Iterator[tuple[Block, str]]:
    for block in blocks(text):
        if match := _FROM.fullmatch(block.comment):
            yield block, cut(root / match["file"], match["names"])


def cut(path: Path, names: str | None) -> str:
    """Return the named parts of a file, with the empty lines between them that it would have itself.

    Raises:
        SnippetError: the file or a name is not there.
    """
    if not path.is_file():
        raise SnippetError(f"the file {path.name} of a snippet does not exist")
    text = path.read_text(encoding="utf-8-sig")
    if names is None:
        return text
    wanted = [name.strip() for name in names.split(",")]
    if path.suffix == ".toml":
        return "\n".join(_table(text, name, path) for name in wanted)
    tree = ast.parse(text)
    parts = [_definition(text, tree, name, path) for name in wanted]
    joined = "".join(part if not number else _gap(part) + part for number, part in enumerate(parts))
    return textwrap.dedent(joined)


def _gap(part: str) -> str:
    return "\n" if part.startswith("    ") else "\n\n"


def _definition(text: str, tree: ast.Module, name: str, path: Path) -> str:
    scope: list[ast.stmt] = tree.body
    found: ast.stmt | None = None
    for part in name.rstrip(":").split("."):
        found = next((one for one in scope if _name_of(one) == part), None)
        scope = found.body if isinstance(found, ast.ClassDef) else []
    if found is None:
        raise SnippetError(f"{path.name} has no {name}")
    decorators = getattr(found, "decorator_list", [])
    first = min([found.lineno, *(decorator.lineno for decorator in decorators)])
    last = _head(found) if name.endswith(":") else found.end_lineno
    return "".join(text.splitlines(keepends=True)[first - 1 : last])


def _head(found: ast.stmt) -> int | None:
    """Return the last line of a class before its first method."""
    inside = found.body if isinstance(found, ast.ClassDef) else []
    before = [one for one in inside if not isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
    return max((one.end_lineno or 0 for one in before), default=found.end_lineno)


def _name_of(statement: ast.stmt) -> str | None:
    if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return statement.name
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        return statement.targets[0].id
    return None


def _table(text: str, header: str, path: Path) -> str:
    lines = text.splitlines(keepends=True)
    starts = [number for number, line in enumerate(lines) if line.strip() == f"[{header}]"]
    if not starts:
        raise SnippetError(f"{path.name} has no table [{header}]")
    end = starts[0] + 1
    while end < len(lines) and not (lines[end].startswith("[") and not lines[end].startswith(f"[{header}.")):
        end += 1
    return "".join(lines[starts[0] : end]).rstrip("\n") + "\n"
