"""wrk: how many answers a second a server gives, asked over 64 kept connections from a core of its own."""

import re
import subprocess
from collections.abc import Mapping

from bench.started import client_core, on_core

CONNECTIONS = 64
_RATE = re.compile(r"^Requests/sec:\s+([\d.]+)", re.MULTILINE)
_REFUSED = re.compile(r"^\s*Non-2xx or 3xx responses: (\d+)", re.MULTILINE)
_BROKEN = re.compile(r"^\s*Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", re.MULTILINE)


class Unusable(RuntimeError):
    """What wrk measured were not the answers that it asked for."""


def rate(url: str, seconds: float, headers: Mapping[str, str]) -> float:
    """Return the answers a second.

    Raises:
        Unusable: some answers were refusals, or connections broke.
    """
    command = ["wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{max(1, round(seconds))}s"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    with on_core(client_core()):
        done = subprocess.run([*command, url], capture_output=True, text=True, check=True)
    return rate_in(done.stdout)


def rate_in(said: str) -> float:
    """Return the rate that wrk's report names.

    Raises:
        Unusable: it names refusals or errors, or no rate above nought.
    """
    found = _RATE.search(said)
    broken = _BROKEN.search(said)
    is_broken = broken is not None and any(int(count) for count in broken.groups())
    if found is None or float(found[1]) == 0 or is_broken or _REFUSED.search(said):
        raise Unusable(f"wrk says:\n{said}")
    return float(found[1])
