"""The pages of the example, beside nginx with the same bytes as files; and what they weigh over the wire."""

import re
import shutil
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import nginx, wrk
from bench.figures import Figure, Plan
from bench.first_byte import first_byte
from bench.rounds import interleaved, ratio, rounded
from bench.started import LOOPBACK, Server, answer_of, durchwahl, free_port, server_core, started, wait_for
from durchwahl.operate.starting import example_config
from durchwahl.settings.load import load
from durchwahl.store.schema import migrate

OURS, NGINX = "durchwahl", "nginx"
FIRST_BYTES = 500
"""How often a first byte is waited for in one turn."""

Ask = Callable[[int, str], float]
"""Returns a figure of the server on this port, asked for this path."""

OF_NGINX = 0.25
HEAVIEST = 60.0
"""Of a page with its stylesheet and without fonts, in kB (1,000 bytes)."""

GZIP = {"Accept-Encoding": "gzip"}
MEASURED = {"the list by department": "/", "a service": "/leistung/buergeramt-ummeldung-hauptwohnung"}
WEIGHED = {**MEASURED, "a department": "/amt/buergeramt", "the coverage": "/abdeckung"}
_STYLES = re.compile(rb'<link rel="stylesheet" href="([^"]+)"')
_PUBLIC_URL = re.compile(r'^public_url = ".*?"', re.MULTILINE)


def run(plan: Plan) -> list[Figure]:
    """Measure on both servers, then weigh."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        ours = stack.enter_context(_example(Path(folder) / "gateway"))
        files = {_file(path): _page(ours, path) for path in MEASURED.values()}
        beside = stack.enter_context(nginx.serving(Path(folder) / "nginx", files))
        servers, there = {OURS: ours, NGINX: beside}, Path(folder) / "nginx" / "files"
        figures = [one for name, path in MEASURED.items() for one in _measured(plan, name, path, servers, there)]
        return [*figures, *_weights(ours)]


def _measured(plan: Plan, name: str, path: str, servers: Mapping[str, Server], files: Path) -> Iterator[Figure]:
    """Yield how the first byte compares, which is promised, and how many answers a second do."""
    asks: Mapping[str, Ask] = {
        "first byte": lambda port, asked: first_byte(port, asked, GZIP, FIRST_BYTES),
        "answers a second": lambda port, asked: wrk.rate(f"http://{LOOPBACK}:{port}{asked}", plan.seconds, GZIP),
    }
    for what, ask in asks.items():
        contenders = {each: partial(_turn, each, path, servers, files, ask) for each in servers}
        rounds = interleaved(contenders, plan.rounds)
        detail = {
            "bytes": (files / _file(path)).stat().st_size,
            what: {each: rounded(values, 7) for each, values in rounds.items()},
        }
        is_time = what == "first byte"
        over, under = (NGINX, OURS) if is_time else (OURS, NGINX)
        bound = OF_NGINX if is_time else None
        value = ratio(rounds[over], rounds[under])
        yield Figure("pages", f"{name}, {what} / {NGINX}", value, at_least=bound, detail=detail)


def _turn(contender: str, path: str, servers: Mapping[str, Server], files: Path, ask: Ask) -> float:
    page = _page(servers[OURS], path)
    (files / _file(path)).write_bytes(page)  # its times move on while it is measured
    server, asked = servers[contender], path if contender == OURS else f"/{_file(path)}"
    if _page(server, asked) != page:
        raise wrk.Unusable(f"{contender} answers {asked} with other bytes")
    return ask(server.port, asked)


def _weights(server: Server) -> Iterator[Figure]:
    plain = answer_of(server.port, "/")[2]
    styles = _STYLES.search(plain)
    if styles is None:
        raise wrk.Unusable("the page names no stylesheet")
    sheet = len(_page(server, styles[1].decode()))
    for name, path in WEIGHED.items():
        page = len(_page(server, path))
        detail = {"page": page, "stylesheet": sheet}
        weight = (page + sheet) / 1_000
        yield Figure("pages", f"weight of {name}, gzip", weight, unit="kB", at_most=HEAVIEST, detail=detail)


@contextmanager
def _example(folder: Path) -> Iterator[Server]:
    """Serve the example on a port of its own."""
    port = free_port()
    config = folder / "config" / "gateway.toml"
    shutil.copytree(example_config(), config.parent)
    text = config.read_text(encoding="utf-8")
    config.write_text(_PUBLIC_URL.sub(f'public_url = "http://{LOOPBACK}:{port}/"', text), encoding="utf-8")
    key = folder / "data" / "keys" / "installation.key"
    key.parent.mkdir(parents=True)
    key.write_text(b64encode(bytes(range(32))).decode(), encoding="ascii")
    migrate(load(config).data_dir)
    command, log = durchwahl("serve", "--config", str(config), "--port", str(port)), folder / "serve.log"
    with started(command, log, core=server_core()) as running:
        wait_for(running, port, "/readyz", log)
        yield Server(port, running.pid)


def _page(server: Server, path: str) -> bytes:
    status, _, body = answer_of(server.port, path, GZIP)
    if status != 200:
        raise wrk.Unusable(f"{path} was answered {status}")
    return body


def _file(path: str) -> str:
    return f"{path.strip('/').replace('/', '-') or 'list'}.html.gz"
