"""`durchwahl init` and `durchwahl schema`."""

import json
import shutil
from pathlib import Path

import click

import durchwahl
from durchwahl.errors import ConfigError
from durchwahl.operate.cli import config_option
from durchwahl.operate.loading import discover_for
from durchwahl.operate.schema import config_schema
from durchwahl.settings.load import load
from durchwahl.sources.discovery import discover


def example_config() -> Path:
    """Return the packaged example: in a wheel beside the code, in a checkout the folder `config`."""
    packaged = Path(durchwahl.__file__).parent / "example"
    return packaged if packaged.is_dir() else Path(durchwahl.__file__).parents[2] / "config"


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def init_command(folder: Path) -> None:
    """Write the example configuration (Dresden) into FOLDER, which must not exist or be empty."""
    try:
        if folder.exists() and any(folder.iterdir()):
            raise click.ClickException(f"{folder} is not empty: nothing was written. Name another folder.")
        shutil.copytree(example_config(), folder, dirs_exist_ok=True)
    except (OSError, shutil.Error) as error:
        reason = getattr(error, "strerror", None) or "some files could not be copied"
        raise click.ClickException(f"{folder} cannot be written: {reason}. Name another folder.") from error
    click.echo(f"The example is in {folder}. Next: durchwahl check --config {folder / 'gateway.toml'}")


@click.command("schema")
@config_option
def schema_command(config: Path) -> None:
    """Print one JSON Schema for editors: gateway.toml and departments/*.toml, with the settings of every plugin."""
    try:
        discovery = discover_for(load(config))
    except ConfigError:
        discovery = discover()
    click.echo(json.dumps(config_schema(discovery), ensure_ascii=False, indent=2))
