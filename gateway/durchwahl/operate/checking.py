"""`durchwahl check`."""

import asyncio
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
    for one in findings:
        click.secho(f"{one.severity}: ", fg="red" if one.severity == "error" else "yellow", nl=False)
        click.echo(str(one))
    if findings:
        errors = sum(one.severity == "error" for one in findings)
        click.echo(f"{counted(errors, 'error')}, {counted(len(findings) - errors, 'warning')}.")
