"""Every public module, class and function says more than its name does."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOTS = ("gateway/durchwahl", "plugins/durchwahl_plugins", "adapters/durchwahl_adapters")
_EMPTY = frozenset(
    ("a", "an", "and", "by", "for", "from", "get", "in", "is", "it", "its", "of", "or", "return", "the", "to")
)

Named = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def faults(root: Path) -> Iterator[str]:
    """Yield a sentence for each docstring that is missing or empty of meaning."""
    for folder in ROOTS:
        for path in sorted((root / folder).rglob("*.py")):
            where = path.relative_to(root).as_posix()
            tree = ast.parse(path.read_text(encoding="utf-8"))
            name = path.parent.name if path.stem == "__init__" else path.stem
            if fault := _fault(tree, name):
                yield f"{where}: the module {fault}"
            for qualified, node in _public(tree.body, ""):
                if fault := _fault(node, node.name):
                    yield f"{where}:{node.lineno}: {qualified} {fault}"


def _public(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, Named]]:
    for node in body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
            continue
        yield f"{prefix}{node.name}", node
        if isinstance(node, ast.ClassDef):
            yield from _public(node.body, f"{prefix}{node.name}.")


def _fault(node: Named | ast.Module, name: str) -> str | None:
    said = ast.get_docstring(node)
    if not said:
        return "has no docstring"
    if not words(said) - words(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ")):
        return f"has a docstring that only repeats its name: {said!r}"
    return None


def words(text: str) -> set[str]:
    """Return the words that mean something, without the endings by which a verb differs from its noun."""
    found = set(re.findall(r"[a-z0-9]+", text.lower())) - _EMPTY
    return {re.sub(r"(?<=..)(?:ing|ed|es|s|e)$", "", word) for word in found}
