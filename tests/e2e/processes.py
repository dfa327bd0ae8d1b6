"""A gateway in a process of its own, as it is served."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from durchwahl.settings.load import load
from tests.gateways import fresh_journal
from tests.servers.caldav import free_port

PATIENCE = 20.0
Request = tuple[str, str, Any, Mapping[str, str]]
"""Method, path, JSON body, headers."""


@dataclass
class Served:
    """A running `durchwahl serve`; `base` ends in a slash."""

    base: str
    config: Path
    log: Path
    process: "subprocess.Popen[bytes]"

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def logged(self) -> str:
        """Return what it wrote."""
        return self.log.read_text(encoding="utf-8")


@contextmanager
def served(config: Path, *, port: int | None = None) -> Iterator[Served]:
    """Serve a config until the block ends."""
    port = port or free_port()
    settings = load(config)
    if not settings.data_dir.exists():
        fresh_journal(settings.data_dir)
    log = config.parent / f"served-{port}.log"
    code = "import sys; from durchwahl.operate.cli import main; sys.argv[0] = 'durchwahl'; main()"
    command = [sys.executable, "-c", code, "serve", "--config", str(config), "--port", str(port)]
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env={**os.environ})
        running = Served(f"http://127.0.0.1:{port}/", config, log, process)
        try:
            _wait(running)
            yield running
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(timeout=15)


def _wait(running: Served) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and running.process.poll() is None:
        try:
            httpx.get(f"{running.base}readyz", timeout=2, trust_env=False)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"the gateway did not start:\n{running.logged()}")


async def all_at_once(count: int, base: str, make: Callable[[int], Request]) -> list[httpx.Response]:
    """Send `count` requests over as many sockets at the same moment; `make(i)` gives the i-th."""
    limits = httpx.Limits(max_connections=count, max_keepalive_connections=count)
    async with httpx.AsyncClient(base_url=base, trust_env=False, timeout=30, limits=limits) as client:
        # As many requests at once as there shall be sockets: each opens one, and all are kept.
        await asyncio.gather(*(client.get("v1/slots/earliest") for _ in range(count)))

        async def one(index: int) -> httpx.Response:
            method, path, body, headers = make(index)
            return await client.request(method, path, json=body, headers=headers)

        return await asyncio.gather(*(one(index) for index in range(count)))
