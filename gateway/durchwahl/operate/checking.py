"""`durchwahl check`."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from durchwahl.errors import ConfigError, Finding
from durchwahl.operate.checks import check
from durchwahl.operate.cli import config_option, json_option
from durchwahl.operate.loading import load_all
from durchwahl.operate.printing import counted, print_json, progress

SOUND, PROBLEMS, UNREADABLE = 0, 1, 2


@click.command("check")
@config_option
@click.option("--offline", is_flag=True, help="Ask no system; look at files only.")
@json_option
@click.pass_context
def check_command(ctx: click.Context, config: Path, *, offline: bool, as_json: bool) -> None:
    """Report every problem of the configuration at once: file, key, reason, remedy.

    Exit codes: 0 nothing wrong (warnings aside), 1 problems, 2 the configuration cannot be read at all.
    """
    try:
        settings, discovery = load_all(config)
    except ConfigError as error:
        _report(list(error.findings), as_json=as_json)
        ctx.exit(UNREADABLE)
    with progress("Checking the configuration" if offline else "Checking the configuration and asking the systems"):
        findings = asyncio.run(check(settings, discovery, offline=offline))
    _report(findings, as_json=as_json)
    if not as_json and not findings:
        asked = "" if offline else ", all of which answer"
        things = {"department": settings.departments, "offer": settings.offers, "source": settings.sources}
        click.echo(f"{', '.join(counted(len(all_), name) for name, all_ in things.items())}{asked}: nothing wrong.")
    ctx.exit(PROBLEMS if any(one.severity == "error" for one in findings) else SOUND)


def _report(findings: list[Finding], *, as_json: bool) -> None:
    if as_json:
        print_json([asdict(one) for one in findings])
        return
    for severity, text in _lines(findings):
        click.secho(f"{severity}: ", fg="red" if severity == "error" else "yellow", nl=False)
        click.echo(text)
    if findings:
        causes = [one for one in findings if not one.is_consequence]
        errors, more = sum(one.severity == "error" for one in causes), len(findings) - len(causes)
        follow = f"; {more} more {'follows' if more == 1 else 'follow'} from these" if more else ""
        click.echo(f"{counted(errors, 'error')}, {counted(len(causes) - errors, 'warning')}{follow}.")


def _lines(findings: list[Finding]) -> Iterator[tuple[str, str]]:
    """Yield severity and text of each line: what follows from one cause in many places is one line with their number.

    Twenty lines that all say *mend it first* would hide the one that says what; `--json` holds them all.
    """
    alike = Counter((one.severity, one.reason) for one in findings if one.is_consequence)
    for one in findings:
        if not one.is_consequence or (number := alike.pop((one.severity, one.reason), 0)) == 1:
            yield one.severity, str(one)
        elif number:
            place = f"{one.file}: {one.key}" if one.key else one.file
            yield one.severity, f"{place} and {counted(number - 1, 'more place')}: {one.reason} {one.remedy}"
