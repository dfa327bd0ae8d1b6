"""`durchwahl demo`, `serve` and `migrate`."""

import gc
import logging
import logging.config
import secrets
import socket
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

import click

from durchwahl.operate.cli import config_option
from durchwahl.operate.indispensable import refuse_without
from durchwahl.operate.listeners import listening, name_of
from durchwahl.operate.printing import counted
from durchwahl.operate.starting import example_config
from durchwahl.plugin.settings import Secret
from durchwahl.settings.gateway import KeysTable
from durchwahl.settings.load import load
from durchwahl.settings.resolved import Settings
from durchwahl.store.opening import migrate_journal, transfer_journal

LOOPBACK = "127.0.0.1"
DEMO_FOLDER = Path("durchwahl-demo")

logger = logging.getLogger("durchwahl")


@click.command("demo")
@click.option("--port", type=click.IntRange(1, 65_535), envvar="PORT", default=8000, show_default=True)
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), default=DEMO_FOLDER, show_default=True)
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="Another config than the example.")
def demo_command(port: int, data: Path, config: Path | None) -> None:
    """Start the demonstration: Dresden's consultations, on this machine only, with keys and mails of its own."""
    data = data.resolve()
    overrides = {
        "public_url": f"http://{LOOPBACK}:{port}/",
        "allowed_hosts": ("localhost",),
        "data_dir": str(data),
        "holds_per_client": 1_000,
        "bookings_per_client": 0,
        "bookings_per_contact": 0,
    }
    settings = load(config or example_config() / "gateway.toml", overrides=overrides)
    with listening(LOOPBACK, port) as listener:
        settings = _with_own_key(settings, data).with_rooms_open().with_own_store()
        refuse_without(settings)
        migrate_journal(settings)
        serve(settings, listener, welcome=_welcome(settings, port), demonstration=True)


@click.command("serve")
@config_option
@click.option("--host", default=LOOPBACK, show_default=True)
@click.option("--port", type=click.IntRange(1, 65_535), default=8000, show_default=True)
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True)
def serve_command(config: Path, host: str, port: int, workers: int) -> None:
    """Serve the configured gateway."""
    if workers > 1:
        raise click.ClickException(
            "--workers: one process is all for now. Busy times are not shared between processes yet, so that two would"
            " ask every calendar twice and show different times. One process serves a large city."
        )
    settings = load(config)
    refuse_without(settings)
    with listening(host, port) as listener:
        serve(settings, listener)


@click.command("migrate")
@config_option
@click.option(
    "--from-sqlite", is_flag=True, help="Transfer the journal in data_dir to the database; stop serving first."
)
def migrate_command(config: Path, *, from_sqlite: bool) -> None:
    """Create the journal, or bring it to the schema that this version wants."""
    settings = load(config)
    if from_sqlite:
        where, counted_rows = transfer_journal(settings)
        click.echo(f"The journal is {where} now: {', '.join(f'{n} {table}' for table, n in counted_rows.items())}.")
        return
    where = migrate_journal(settings)
    click.echo(f"The journal {where} is up to date.")


def serve(settings: Settings, listener: socket.socket, *, welcome: str = "", demonstration: bool = False) -> None:
    """Serve until stopped. What was left out and where it listens is said in the log; `welcome` is for a person.

    A demonstration shows everybody who comes to it the mails that it would have sent.
    """
    import uvicorn  # only what serves needs a server

    from durchwahl.operate.logs import LOGGING
    from durchwahl.web.app import create_app

    logging.config.dictConfig(LOGGING)  # before the sources are opened: what is left out is said there
    app = create_app(settings, demonstration=demonstration)
    # What lives now lives as long as the process: the collector need not look at it again and again.
    gc.collect()
    gc.freeze()
    config: Any = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, date_header=True,
        proxy_headers=False, ws="none", lifespan="on", timeout_graceful_shutdown=10,
    )  # fmt: skip

    class Announcing(uvicorn.Server):
        """Says where it listens as soon as it does."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if not self.started:
                return
            if welcome:
                click.echo(welcome)
            logger.info("listening on %s as %s", name_of(listener), settings.gateway.public_url)

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            app.gateway.talks.close()  # whoever waits for a word of the other side would be waited for
            await super().shutdown(sockets)

    server = Announcing(config)
    server.run(sockets=[listener])
    if not server.started:
        sys.exit(1)  # the log says why


def _with_own_key(settings: Settings, data: Path) -> Settings:
    """Let the demonstration have a key that nobody else has, made once and kept beside its data."""
    path = data / "keys" / "installation.key"
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            path.write_text(b64encode(secrets.token_bytes(32)).decode() + "\n", encoding="ascii")
    except OSError as error:
        raise click.ClickException(
            f"{data} cannot be written to: {error.strerror}. Name another folder by --data."
        ) from error
    keys = KeysTable(installation=(Secret(file=str(path)),))
    return settings.with_keys(keys)


def _welcome(settings: Settings, port: int) -> str:
    base = settings.gateway.public_url
    departments = counted(len(settings.departments), "department")
    return "\n".join(
        [
            f"Durchwahl shows {settings.gateway.city} as an example: {departments}. Open {base} in a browser.",
            f"  pages       {base}  (English: {base}en/)",
            f"  mails       {base}vorfuehrung  (what citizens and clerks are sent, with their links)",
            f"  coverage    {base}abdeckung",
            f"  interface   {base}v1/services?channel=video, described by {base}openapi.json",
            f"It listens on {LOOPBACK}:{port} only. Ctrl-C ends it.",
        ]
    )
