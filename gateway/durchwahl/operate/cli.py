"""`durchwahl …`. Commands are imported when they are called, so that `--help` answers at once."""

import importlib
import sys
from pathlib import Path

import click

from durchwahl import __version__
from durchwahl.errors import ConfigError, DurchwahlError, SourceError
from durchwahl.operate.logs import only_bugs

COMMANDS = {
    "demo": "serving",
    "serve": "serving",
    "migrate": "serving",
    "init": "starting",
    "schema": "starting",
    "client": "clients",
    "check": "checking",
    "plugins": "listing",
    "sources": "listing",
    "coverage": "covering",
    "report": "reporting",
    "try": "trying",
    "sync": "trying",
    "export": "exporting",
    "reconcile": "reconciling",
    "audit": "auditing",
    "bookings": "bookings.group",
}


class _Commands(click.Group):
    """Finds a command in its module."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of a day's work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return the command, None where there is none of that name."""
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"durchwahl.operate.{COMMANDS[name]}")
        command: click.Command = getattr(module, f"{name}_command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest command for a mistyped one."""
        from durchwahl.settings.findings import did_you_mean  # only for a mistake

        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(f'There is no command "{args[0]}". {did_you_mean(args[0], COMMANDS)}'.strip())
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="durchwahl")
def commands() -> None:
    """One gateway in front of a city's departments."""


def main() -> None:
    """Run the command line; a problem that an operator can mend is said without a traceback."""
    try:
        # Outside its standalone mode click returns the code of `ctx.exit` instead of raising it.
        with only_bugs():
            code = commands(standalone_mode=False)
        if code:
            sys.exit(code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except ConfigError as error:
        for finding in error.findings:
            click.echo(str(finding), err=True)
        sys.exit(2)
    except SourceError as error:
        click.echo(f"{error.message} ({error.detail})", err=True)
        sys.exit(1)
    except (DurchwahlError, LookupError, OSError) as error:
        click.echo(f"durchwahl: {error.args[0] if len(error.args) == 1 else error}", err=True)
        sys.exit(1)


config_option = click.option(
    "--config",
    "config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("config/gateway.toml"),
    show_default=True,
    help="The gateway's file; departments/ lies beside it.",
)
json_option = click.option("--json", "as_json", is_flag=True, help='Print {"items": […]} for programs.')
