"""`python -m bench`: measure, print a table, write JSON.

Exit codes: 0, 1 (a figure is worse than promised), 2 (a program that is needed is not installed, or a bench broke).
"""

import argparse
import importlib
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from bench import catalogue
from bench.figures import Figure, Plan, all_hold
from bench.machine import described
from bench.table import table_of

NAMES = ("catalogue", "pages", "fanout", "slots", "booking", "steps", "isolation", "start")
SERVED = {"catalogue", "pages"}
"""What is measured beside nginx."""

RESULTS = Path(__file__).parent / "results"


def main(words: Sequence[str] | None = None) -> int:
    """Run what the command line asks for and return the exit code."""
    asked = _asked(words)
    names = asked.only or list(NAMES)
    console = Console()
    if SERVED & set(names) and (missing := catalogue.missing()):
        console.print(f"Not installed: {', '.join(missing)}. Debian: apt-get install nginx-light wrk", style="red")
        return 2
    plan = Plan(short=asked.short, profile=asked.profile)
    figures: list[Figure] = []
    for name in names:
        try:
            with console.status(f"{name} …"):
                figures.extend(importlib.import_module(f"bench.{name}").run(plan))
        except Exception:  # noqa: BLE001  # Python would end with 1: nobody could tell a broken bench from a slow one
            console.print_exception()
            return 2
    console.print(table_of(figures))
    file = asked.json or RESULTS / f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%SZ}.json"
    write(file, figures, plan)
    return 0 if all_hold(figures) else 1


def write(file: Path, figures: Sequence[Figure], plan: Plan) -> None:
    """Write everything that was measured, every round of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "short": plan.short,
        "machine": described(),
        "figures": [figure.as_json() for figure in figures],
    }
    file.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _asked(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--short", action="store_true", help="fewer and shorter rounds, at most three minutes")
    parser.add_argument("--only", action="append", choices=NAMES, metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write; else bench/results/, by date")
    parser.add_argument("--profile", action="store_true", help="write into the JSON where the booking's time goes")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main())
