"""Tables for people, JSON for programs."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from durchwahl.sources.foreign import quiet_output


def print_json(items: Sequence[Any], **more: Any) -> None:
    """Print a list as every listing command prints it."""
    click.echo(json.dumps({"items": list(items), **more}, ensure_ascii=False, indent=2))


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a table as wide as the terminal; None is a dash."""
    from rich.console import Console  # not loaded by `serve`
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text("–" if cell is None else _said(cell)) for cell in row))
    console = Console(soft_wrap=False)
    if not console.is_terminal:
        console = Console(width=160)
    console.print(table)


def counted(number: int, thing: str) -> str:
    """Return `1 error`, `2 errors`: the plural of all that we count has an s."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


@contextmanager
def progress(text: str) -> Iterator[None]:
    """Show that something goes on, on a terminal; nothing where output is read by a program.

    What plugins print meanwhile goes to standard error.
    """
    if not sys.stderr.isatty():
        with quiet_output():
            yield
        return
    from rich.console import Console

    with quiet_output(), Console(stderr=True).status(text):
        yield


@contextmanager
def counting(text: str) -> Iterator[Callable[[int, int], None]]:
    """Show how far long work has come, on a terminal; the function that is given is told how many of how many."""
    if not sys.stderr.isatty():
        with quiet_output():
            yield lambda done, of: None
        return
    from rich.console import Console

    with quiet_output(), Console(stderr=True).status(text) as status:
        yield lambda done, of: status.update(f"{text}: {done} of {of}")


def _said(cell: object) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, list | tuple):
        return ", ".join(str(one) for one in cell)
    return str(cell)
