"""The packaged example, running in this process: what its pages weigh, and whether everything is on them."""

import shutil
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from durchwahl.operate.starting import example_config
from durchwahl.settings.load import load
from durchwahl.store.schema import DATABASE
from durchwahl.store.sqlite import SqliteStore
from durchwahl.web.app import Application
from durchwahl.web.assembly import Gateway
from tests.gateways import Clock, Outbox, fresh_journal


@dataclass
class Example:
    """Dresden on a Monday morning."""

    gateway: Gateway
    client: httpx.AsyncClient


@asynccontextmanager
async def dresden(folder: Path) -> AsyncIterator[Example]:
    """Start the example on a journal of its own, and stop it at the end."""
    shutil.copytree(example_config(), folder / "config")
    keys = folder / "data" / "keys"
    keys.mkdir(parents=True)
    (keys / "installation.key").write_text(b64encode(bytes(range(32))).decode(), encoding="ascii")
    settings, clock = load(folder / "config" / "gateway.toml"), Clock()
    fresh_journal(settings.data_dir)
    store = SqliteStore(settings.data_dir / DATABASE, clock=clock.milliseconds)
    gateway = Gateway(settings, store=store, outgoing=Outbox(), clock=clock)
    await gateway.start()
    wire = httpx.ASGITransport(app=Application(gateway), client=("127.0.0.1", 50_000))
    try:
        async with httpx.AsyncClient(transport=wire, base_url="http://127.0.0.1:8000") as client:
            yield Example(gateway, client)
    finally:
        await gateway.stop()
