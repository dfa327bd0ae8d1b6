"""A `durchwahl demo` in a process of its own, as a reader of the documentation starts it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

PATIENCE = 30.0


@contextmanager
def demo(folder: Path, *options: str, variables: Mapping[str, str] | None = None) -> Iterator[str]:
    """Run it in a folder, and yield the address that it serves, without the last slash."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DURCHWAHL_")}
    code = "from durchwahl.operate.cli import main; main()"
    command = [sys.executable, "-c", code, "demo", "--port", str(port), *options]
    with (folder / "demo.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, env={**clean, **(variables or {})}, stdout=log, stderr=log)
        try:
            base = f"http://127.0.0.1:{port}"
            _wait(base, server, folder / "demo.log")
            yield base
        finally:
            server.terminate()
            server.wait(20)


def _wait(base: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and server.poll() is None:
        try:
            httpx.get(f"{base}/readyz", timeout=2, trust_env=False)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"the demo did not start:\n{log.read_text(encoding='utf-8')}")
