"""`durchwahl audit`."""

from collections import Counter
from dataclasses import asdict
from pathlib import Path

import click

from durchwahl.audit.history import read
from durchwahl.audit.invariants import violations
from durchwahl.audit.timeline import Timeline, timeline_of
from durchwahl.audit.violation import Violation
from durchwahl.operate.cli import json_option
from durchwahl.operate.printing import counted, print_json, progress

NEVER_AT_REST = "Nothing was looked at when all was at rest: what is lost, left over or unfinished could not be told."


@click.command("audit")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@json_option
@click.pass_context
def audit_command(ctx: click.Context, file: Path, *, as_json: bool) -> None:
    """Check a history of bookings: is anything lost, doubled, left over?

    Exits 1 where something is wrong, 3 where it holds no look at a time when all should have been at rest.
    """
    with progress("Reading the history"), file.open("rb") as lines:
        timeline = timeline_of(read(lines))
        found = violations(timeline)
    if as_json:
        print_json([asdict(one) for one in found], summary=_counts(timeline))
    else:
        _say(timeline, found)
    if found or not any(timeline.quiet):
        ctx.exit(1 if found else 3)


def _counts(timeline: Timeline) -> dict[str, int]:
    outcomes = Counter(one.outcome for one in timeline.operations)
    return {
        "operations": len(timeline.operations),
        "unanswered": outcomes["info"],
        "bookings": len(timeline.by_booking),
        "looks": len(timeline.looks),
        "looks_at_rest": sum(1 for _ in timeline.quiet),
        "looks_cut_off": timeline.cut_off,
        "letters": sum(map(len, timeline.letters.values())),
    }


def _say(timeline: Timeline, found: list[Violation]) -> None:
    counts = _counts(timeline)
    click.echo(
        f"{counted(counts['operations'], 'operation')} on {counted(counts['bookings'], 'booking')},"
        f" {counts['unanswered']} unanswered; looked at {counted(counts['looks'], 'time')},"
        f" {counts['looks_at_rest']} of them at rest; {counted(counts['letters'], 'letter')}"
    )
    if not counts["looks_at_rest"]:
        click.echo(NEVER_AT_REST)
    if counts["looks_cut_off"]:
        click.echo(f"{counted(counts['looks_cut_off'], 'look')} left out: not written to the end.")
    for one in found:
        click.echo(str(one))
    click.echo(counted(len(found), "violation") if found else "No violations.")
