"""From the command to the first answer, and what the idle gateway keeps in memory, with the Dresden example."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.figures import Figure, Plan
from bench.rounds import interleaved, rounded
from bench.started import durchwahl, free_port, started, wait_for

FIRST_ANSWER, IDLE_MEMORY = 3.0, 90.0
IDLE = 10.0
MEGABYTE = 1_000_000


def run(plan: Plan) -> list[Figure]:
    """Measure the start with and without a journal that is there already, and the memory ten seconds later."""
    with TemporaryDirectory() as folder:
        here = Path(folder)
        _seconds(here)  # the first one also makes the interpreter's caches and the journal that the others find
        contenders: dict[str, Callable[[], float]] = {
            "migrated": lambda: _seconds(here),
            "empty folder": lambda: _seconds(_emptied(here / "empty")),
        }
        rounds = interleaved(contenders, 3 if plan.short else 5)
        memory = [_idle_megabytes(here) for _ in range(1 if plan.short else 3)]
    migrated, empty = rounds["migrated"], rounds["empty folder"]
    return [
        Figure("start", "to the first answer", median(migrated), "s", at_most=FIRST_ANSWER, detail=_detail(migrated)),
        Figure("start", "the same, journal to be made first", median(empty), "s", detail=_detail(empty)),
        Figure("start", "idle memory (VmRSS)", median(memory), "MB", at_most=IDLE_MEMORY, detail=_detail(memory)),
    ]


def _detail(rounds: list[float]) -> dict[str, list[float]]:
    return {"rounds": rounded(rounds, 3)}


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def _seconds(folder: Path) -> float:
    """Return the seconds from the command to the first 200 of `/readyz`."""
    port, log = free_port(), folder / "demo.log"
    began = time.perf_counter()
    with started(durchwahl("demo", "--port", str(port)), log, folder=folder) as running:
        wait_for(running, port, "/readyz", log)
        return time.perf_counter() - began


def _idle_megabytes(folder: Path) -> float:
    """Return what the server keeps in memory, ten seconds after its first answer, in millions of bytes."""
    port, log = free_port(), folder / "demo.log"
    with started(durchwahl("demo", "--port", str(port)), log, folder=folder) as running:
        wait_for(running, port, "/readyz", log)
        time.sleep(IDLE)
        return resident(Path(f"/proc/{running.pid}/status").read_text()) / MEGABYTE


def resident(status: str) -> int:
    """Return the bytes that `VmRSS` of a `/proc/…/status` names; its "kB" are 1024 bytes."""
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024
