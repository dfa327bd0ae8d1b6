"""What the guides show of the command line is what it prints."""

from pathlib import Path

import pytest

from tools.documentation import console
from tools.documentation.markdown import Block, blocks

ROOT = Path(__file__).parents[2]
EXAMPLES = [
    pytest.param(block, id=f"{page}:{block.line}")
    for page in ("plugin-author.md", "operator.md")
    for block in console.examples((ROOT / "docs" / page).read_text(encoding="utf-8"))
]


def block_of(text: str) -> Block:
    (block,) = blocks(text)
    return block


@pytest.mark.parametrize("block", EXAMPLES)
def test_a_command_prints_what_is_shown(block: Block) -> None:
    printed = console.run(block, ROOT)
    assert console.agrees(block.body, printed), printed


def test_there_are_examples() -> None:
    assert len(EXAMPLES) > 25


def test_another_output_is_told_from_what_is_shown() -> None:
    printed = console.run(block_of("<!-- ran in dresden -->\n```console\n$ durchwahl serve\n```\n"), ROOT)
    assert "no journal in /srv/durchwahl/data" in printed
    assert not console.agrees("$ durchwahl serve\nIt runs.\n", printed)


@pytest.mark.parametrize(
    ("shown", "printed", "alike"),
    [
        ("a\nb\n", "a  \nb\n", True),
        ("a …\n", "a 1 2\n", True),
        ("…\nb\n", "b\n", True),
        ("…\nb\n", "a\na\nb\n", True),
        ("a …\n", "a 1\nb\n", False),
        ("a\n", "a\nb\n", False),
        ("a\n…\n", "a\nb\nc\n", True),
    ],
)
def test_three_dots_stand_for_a_part_of_a_line_or_for_lines(shown: str, printed: str, alike: bool) -> None:
    assert console.agrees(shown, printed) is alike


@pytest.mark.parametrize(
    "change",
    [
        "config/gateway.toml: no such text -> another",
        "config/gateway.toml = another",
    ],
)
def test_a_change_that_cannot_be_made_is_no_example(change: str) -> None:
    block = block_of(f"<!-- ran in office\n{change}\n-->\n```console\n$ durchwahl check\n```\n")
    with pytest.raises(console.ExampleError):
        console.run(block, ROOT)


def test_only_our_own_commands_are_run() -> None:
    block = block_of("<!-- ran in office -->\n```console\n$ rm -r config\n```\n")
    with pytest.raises(console.ExampleError, match="only durchwahl's own"):
        console.run(block, ROOT)
