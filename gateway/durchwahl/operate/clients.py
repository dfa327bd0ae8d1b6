"""`durchwahl client`: the secret of a website that books from its own server."""

import hashlib
import json
import secrets
from pathlib import Path

import click
from pydantic import TypeAdapter, ValidationError

from durchwahl.errors import ConfigError
from durchwahl.operate.cli import config_option, json_option
from durchwahl.operate.printing import print_json
from durchwahl.settings.clients import SECRET_BYTES
from durchwahl.settings.load import load
from durchwahl.settings.words import Slug


@click.command("client")
@click.argument("name")
@config_option
@json_option
def client_command(name: str, config: Path, *, as_json: bool) -> None:
    """Make a secret for the API client NAME, show it once, and the lines of gateway.toml that let it in.

    Nothing is written. Where the config knows the client already, the lines keep what it has, so that the website can
    change over without a pause.
    """
    try:
        TypeAdapter(Slug).validate_python(name)
    except ValidationError as error:
        reason = "must be lower-case letters, digits and hyphens, at most 64, e.g. website."
        raise click.BadParameter(reason, param_hint="NAME") from error
    secret = secrets.token_urlsafe(SECRET_BYTES)
    fresh, older = hashlib.sha256(secret.encode()).hexdigest(), _hashes_of(name, config)
    toml = f"[clients.{name}]\nsecret_hash = {json.dumps([fresh, *older] if older else fresh)}"
    if as_json:
        print_json([{"name": name, "secret": secret, "secret_hash": fresh, "toml": toml}])
        return
    click.echo(f"The secret of {name}, shown this once. The website sends it as password, {name} as user name:\n")
    click.echo(f"  {secret}\n")
    where = "in place of the secret_hash there" if older else "which keeps its hash only"
    click.echo(f"Into {config.name}, {where}; then restart:\n\n{toml}")
    if older:
        click.echo("\nBoth secrets are good until the website uses the new one. Then take the older hash out.")


def _hashes_of(name: str, config: Path) -> tuple[str, ...]:
    """Return what the config has for the client already; nothing where there is no config yet, or no such client."""
    try:
        table = load(config).clients.get(name)
    except ConfigError:
        return ()
    return table.secret_hash[:1] if table is not None else ()
