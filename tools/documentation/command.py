"""The command line of `tools/docs.py`."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from durchwahl.sources.discovery import Discovery, discover
from tools.documentation import commands, console, docstrings, keys, links, promise, snippets, tables
from tools.documentation.markdown import pages

ROOT = Path(__file__).resolve().parents[2]
IN_TREE = ("caldav", "house", "manual", "room", "sheet")


def main(arguments: list[str]) -> int:
    """Write or check; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where something is wrong")
    parser.add_argument("--run", action="store_true", help="run the console examples anew")
    chosen = parser.parse_args(arguments)
    if not chosen.check:
        sys.stdout.writelines(f"wrote {path.relative_to(ROOT)}\n" for path in write(ROOT, run=chosen.run))
    wrong = list(faults(ROOT))
    sys.stdout.writelines(f"{fault}\n" for fault in wrong)
    return 1 if wrong else 0


def in_tree(root: Path) -> Discovery:
    """Return the plugins of this project alone, whatever else is installed."""
    found = discover(root / "docs" / "examples" / "plugins")
    types = {name: one for name, one in found.types.items() if one.plugin.split(" ")[0] in IN_TREE}
    return Discovery(found.plugins, types)


def generated(root: Path) -> dict[Path, str]:
    """Return the pages that are made from the code."""
    return {root / "docs" / "hooks.md": promise.page(), root / "docs" / "settings.md": keys.page(in_tree(root))}


def write(root: Path, *, run: bool = False) -> Iterator[Path]:
    """Bring the pages up to date, and yield those that changed."""
    made = generated(root)
    for path in [*made, *(page for page in pages(root) if page not in made)]:
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        new = made.get(path) or snippets.refreshed(old, root)
        if run and path not in made:
            new = console.refreshed(new, root)
        if new != old:
            path.write_text(new, encoding="utf-8")
            yield path


def faults(root: Path) -> Iterator[str]:
    """Yield a sentence for everything in which documentation and code differ, with the file it is in."""
    made = generated(root)
    for path, text in made.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            yield f"{path.relative_to(root)}: is out of date: run `make messages`"
    known = discover(root / "docs" / "examples" / "plugins")
    for page in pages(root):
        for fault in page_faults(page, root, known, is_generated=page in made):
            yield f"{page.relative_to(root)}: {fault}"
    for key in keys.undescribed(in_tree(root)):
        yield f"docs/settings.md: {key} has no description"
    yield from docstrings.faults(root)


def page_faults(page: Path, root: Path, known: Discovery, *, is_generated: bool = False) -> Iterator[str]:
    """Yield what is wrong with one page."""
    if not is_generated:
        yield from snippets.faults(page.read_text(encoding="utf-8"), root)
    yield from links.faults(page)
    yield from commands.faults(page, root)
    yield from tables.faults(page, known)
