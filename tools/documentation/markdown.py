"""Fenced blocks, with the comment that stands directly above them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(
    r"(?:^<!--(?P<comment>(?:(?!-->).)*?)-->\n)?^(?P<fence>```+)(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=fence)[ \t]*$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A fenced block: `comment` is what the comment above says, `start` and `end` are the body's place in the text."""

    comment: str
    info: str
    body: str
    start: int
    end: int
    line: int


def blocks(text: str) -> Iterator[Block]:
    """Yield the blocks in their order."""
    for match in _BLOCK.finditer(text):
        yield Block(
            comment=(match["comment"] or "").strip(),
            info=match["info"].strip(),
            body=match["body"],
            start=match.start("body"),
            end=match.end("body"),
            line=text.count("\n", 0, match.start("body")),
        )


def prose(text: str) -> str:
    """Return the text with its blocks emptied, so that lines keep their numbers."""
    return _BLOCK.sub(lambda match: "\n" * match[0].count("\n"), text)


def with_bodies(text: str, bodies: dict[int, str]) -> str:
    """Return the text with other bodies; the keys are the blocks' starts."""
    for block in sorted(blocks(text), key=lambda one: -one.start):
        if block.start in bodies:
            text = text[: block.start] + bodies[block.start] + text[block.end :]
    return text


def pages(root: Path) -> list[Path]:
    """Return the pages that readers follow: the guides and what lies beside the README, but no decision records."""
    beside = [root / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
    return [*sorted((root / "docs").glob("*.md")), *(path for path in beside if path.exists())]
