#!/usr/bin/env python3
"""Build the stylesheet of the pages from KERN's Sass and ours, or with `--check` compare what a build gives.

Run by `make styles`; needs Node.js and npm. What is built is committed, because a wheel must be buildable without them.
"""

import argparse
import gzip
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "styles"
STATIC = ROOT / "gateway" / "durchwahl" / "web" / "portal" / "static"
TARGET = STATIC / "portal.css"
MODULES = SOURCES / "node_modules"
KERN = MODULES / "@kern-ux" / "native"

BANNER = """\
/*! The pages' stylesheet. Licence: EUPL-1.2, https://joinup.ec.europa.eu/collection/eupl
 * In it: parts of KERN {version}, (c) KERN-Team, EUPL-1.2, https://gitlab.opencode.de/kern-ux/kern-ux-plain
 *   Changed 2026: only some parts, logical properties, unreferenced rules and custom properties left out.
 * And our own layer, (c) 2026 Durchwahl contributors, EUPL-1.2.
 * Built by tools/styles.py: change styles/*.scss, not this file.
 */
"""

UNUSED = re.compile(
    r"kern-level-[1-9]|kern-(dark|light)\b|type=\"?file|kern-hgroup|kern-heading-display|kern-table--|kern-card--(large|small)"
    r"|kern-card__media|kern-btn--x-small|kern-sr-only-mobile|webkit-file-upload|input\[type=(\"?)(color|range)"
)
"""Of KERN's parts that the pages use, the rules that they do not: their markup is not in styles/README.md."""

LOGICAL = {
    **{
        f"{box}-{side}": f"{box}-inline-{end}"
        for box in ("margin", "padding", "border")
        for side, end in (("left", "start"), ("right", "end"))
    },
    "border-top-left-radius": "border-start-start-radius",
    "border-top-right-radius": "border-start-end-radius",
    "border-bottom-left-radius": "border-end-start-radius",
    "border-bottom-right-radius": "border-end-end-radius",
    "left": "inset-inline-start",
    "right": "inset-inline-end",
}
LOGICAL_VALUES = {
    "text-align:left": "text-align:start",
    "text-align:right": "text-align:end",
    "float:left": "float:inline-start",
    "clear:left": "clear:inline-start",
}

_PROPERTY = re.compile(rf"(?<=[{{;])({'|'.join(sorted(LOGICAL, key=len, reverse=True))})(?=:)")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_EMPTY = re.compile(r"@(?:media|supports)[^{}]*\{\}")
_CUSTOM = re.compile(r"(?<=[{;])(--[\w-]+):((?:[^;{}\"]|\"[^\"]*\")*);?")
_FALLBACK = re.compile(r"var\((--kern-[\w-]+),\s*[^()]*\)")
_REFERENCE = re.compile(r"var\((--[\w-]+)\)")
_NAMED = re.compile(r"var\((--[\w-]+)")


def compiled() -> str:
    """Return what Sass makes of our entry, one rule after the other without white space.

    Raises:
        CalledProcessError: npm or Sass failed; they have said why.
        FileNotFoundError: npm is not installed.
    """
    if not KERN.is_dir():
        subprocess.run([_program("npm"), "ci", "--no-audit", "--no-fund"], cwd=SOURCES, check=True)
    sass = MODULES / ".bin" / "sass"
    command = [str(sass), "--style=compressed", "--no-source-map", "--no-charset", "--quiet-deps"]
    command += ["--load-path=node_modules", "portal.scss"]
    return subprocess.run(command, cwd=SOURCES, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        message = f"{name} is not installed: styles/README.md says what a build needs"
        raise FileNotFoundError(message)
    return found


def without_unused_rules(css: str) -> str:
    """Return the rules that somebody uses; of a list of selectors, those."""

    def kept(rule: re.Match[str]) -> str:
        selectors = [one for one in _selectors(rule[1]) if not UNUSED.search(one)]
        return f"{','.join(selectors)}{{{rule[2]}}}" if selectors and rule[2] else ""

    return _EMPTY.sub("", _RULE.sub(kept, css))


def _selectors(text: str) -> Iterator[str]:
    """Split at the commas outside brackets."""
    depth, start = 0, 0
    for at, letter in enumerate(text):
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and depth == 0:
            yield text[start:at]
            start = at + 1
    yield text[start:]


def logical(css: str) -> str:
    """Return the same rules for both directions of writing: KERN's know left and right only."""
    for physical, replacement in LOGICAL_VALUES.items():
        css = css.replace(physical, replacement)
    return _PROPERTY.sub(lambda match: LOGICAL[match[1]], css)


def without_unreferenced_properties(css: str) -> str:
    """Return the rules without custom properties that no `var()` names, and without those that only such ones name."""
    while (shorter := _without_unnamed(css)) != css:
        css = shorter
    return _EMPTY.sub("", re.sub(r"[^{}]+\{\}", "", css))


def _without_unnamed(css: str) -> str:
    named = set(_NAMED.findall(css))
    return _CUSTOM.sub(lambda match: match[0] if match[1] in named else "", css)


def with_constants(css: str) -> str:
    """Return the rules with each of KERN's custom properties that has one value in all themes replaced by it.

    What is left is what a theme or a width of the window changes. KERN repeats each token's value as a fallback
    behind its name: that goes, too, where the token is set.
    """
    values: dict[str, set[str]] = {}
    for name, value in _CUSTOM.findall(css):
        values.setdefault(name, set()).add(value)
    css = _FALLBACK.sub(lambda match: f"var({match[1]})" if match[1] in values else match[0], css)
    constants = {name: min(found) for name, found in values.items() if name.startswith("--kern-") and len(found) == 1}
    while (replaced := _REFERENCE.sub(lambda match: constants.get(match[1], match[0]), css)) != css:
        css = replaced
    return css


def lines(css: str) -> str:
    """Return one rule a line, so that a change can be read."""
    return css.replace("}", "}\n").replace("}\n}", "}}").replace(";}", "}")


def built() -> str:
    """Return the whole stylesheet as it is committed.

    Raises:
        CalledProcessError: npm or Sass failed; they have said why.
        FileNotFoundError: npm is not installed.
    """
    css = with_constants(logical(without_unused_rules(compiled())))
    version = json.loads((KERN / "package.json").read_text(encoding="utf-8"))["version"]
    return BANNER.format(version=version) + lines(without_unreferenced_properties(css))


def main(arguments: list[str]) -> int:
    """Build, or compare; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit 1 where a build gives something else"
    )
    is_check = parser.parse_args(arguments).check
    css = built().encode()
    if not is_check:
        TARGET.write_bytes(css)
        packed = len(gzip.compress(css, 9, mtime=0))
        print(f"{TARGET.relative_to(ROOT)}: {len(css)} bytes, {packed} packed by gzip -9")
    elif TARGET.read_bytes() != css:
        print(f"{TARGET.relative_to(ROOT)} is not what a build gives: run `make styles`")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
