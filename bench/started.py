"""Servers of the bench's own: started beside it, waited for, and ended with it."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 30.0
LOOPBACK = "127.0.0.1"


class NotStarted(RuntimeError):
    """A server ended or said nothing; the text has the end of what it wrote."""


@dataclass(frozen=True)
class Server:
    """Where one listens, and who it is."""

    port: int
    pid: int


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a server and its workers so far, its own and the kernel's for it."""
    workers = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    ticks = 0
    for one in (pid, *workers):
        # After the command in parentheses, which may hold anything: fields 14 and 15 of proc(5).
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """Return a port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def server_core() -> int | None:
    """Return the core that servers run on, None on a machine that has only one."""
    cores = sorted(os.sched_getaffinity(0))
    return cores[0] if len(cores) > 1 else None


def client_core() -> int | None:
    """Return the core that asks them."""
    cores = sorted(os.sched_getaffinity(0))
    return cores[1] if len(cores) > 1 else None


@contextmanager
def on_core(core: int | None) -> Iterator[None]:
    """Keep this interpreter on one core, and let it go afterwards."""
    before = os.sched_getaffinity(0)
    if core is not None:
        os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def durchwahl(*words: str) -> list[str]:
    """Return the command line of `durchwahl …`, from the same installation as this."""
    return [sys.executable, "-c", "from durchwahl.operate.cli import main; main()", *words]


@contextmanager
def started(
    command: Sequence[str], log: Path, *, core: int | None = None, folder: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command beside the bench, on one core if given; what it writes to standard error goes to `log`."""
    with log.open("wb") as written:
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=written, cwd=folder)
    try:
        if core is not None:
            os.sched_setaffinity(running.pid, {core})
        yield running
    finally:
        with suppress(ProcessLookupError):
            running.terminate()
        try:
            running.wait(15)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


def wait_for(running: subprocess.Popen[bytes], port: int, path: str, log: Path, *, pause: float = 0.01) -> None:
    """Return as soon as `path` is answered with 200.

    Raises:
        NotStarted: it ended, or there was no such answer within half a minute.
    """
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if running.poll() is not None:
            break
        if answer_of(port, path)[0] == http.client.OK:
            return
        time.sleep(pause)
    raise NotStarted(f"{path} was not answered; the end of its log:\n{log.read_text(errors='replace')[-2000:]}")


def answer_of(port: int, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of a GET; status 0 where nobody answers."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=10)
    try:
        connection.request("GET", path, headers=headers or {})
        response = connection.getresponse()
        named = {name.lower(): value for name, value in response.getheaders()}
        return response.status, named, response.read()
    except OSError:
        return 0, {}, b""
    finally:
        connection.close()
