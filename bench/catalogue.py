"""The list of 300 services, beside nginx with the same bytes as a file and a FastAPI route with the same bytes."""

import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic_core import from_json, to_json

from bench import nginx, wrk
from bench.city import City
from bench.figures import Figure, Plan
from bench.rounds import interleaved, ratio, rounded
from bench.started import (
    LOOPBACK,
    Server,
    answer_of,
    cpu_seconds,
    durchwahl,
    free_port,
    server_core,
    started,
    wait_for,
)
from durchwahl.settings.load import load
from durchwahl.store.schema import migrate

CITY = City(departments=1, services=300, lanes=4)
LIST = "/v1/services?limit=1000"
NEEDED = ("nginx", "wrk")
OURS, NGINX, ROUTE = "durchwahl", "nginx", "FastAPI route"
OF_NGINX, OF_ROUTE = 0.25, 2.5
ONE = 2_000


@dataclass(frozen=True)
class Question:
    """One kind of answer: where the gateway has it, under which name the others have its bytes."""

    name: str
    path: str
    file: str
    headers: Mapping[str, str]
    is_repeated: bool = False
    is_required: bool = False


QUESTIONS = (
    Question("300 services, gzip", LIST, "list.json.gz", {"Accept-Encoding": "gzip"}, is_required=True),
    Question("300 services, plain", LIST, "list.json", {}),
    Question("300 services, 304", LIST, "list.json.gz", {"Accept-Encoding": "gzip"}, is_repeated=True),
    Question("one service, plain", "", "one.json", {}),
)


def missing() -> list[str]:
    """Return the programs that are needed and not installed."""
    return [name for name in NEEDED if shutil.which(name) is None]


def run(plan: Plan) -> list[Figure]:
    """Measure all questions on all three servers."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        ours = stack.enter_context(_gateway(Path(folder) / "gateway"))
        one = _one_service(ours.port)
        questions = [question if question.path else _at(question, one) for question in QUESTIONS]
        files = {question.file: _answered(ours.port, question.path, question.headers)[1] for question in questions}
        servers = {
            OURS: ours,
            NGINX: stack.enter_context(nginx.serving(Path(folder) / "nginx", files)),
            ROUTE: stack.enter_context(_route(Path(folder) / "nginx" / "files", Path(folder))),
        }
        return [figure for question in questions for figure in _measured(plan, question, servers, files)]


def _measured(
    plan: Plan, question: Question, servers: Mapping[str, Server], files: Mapping[str, bytes]
) -> Iterator[Figure]:
    spent: dict[str, list[float]] = {name: [] for name in servers}

    def turn(name: str) -> float:
        server = servers[name]
        path = question.path if name == OURS else f"/{question.file}"
        headers = dict(question.headers)
        etag, body = _answered(server.port, path, headers)
        if body != files[question.file]:
            raise wrk.Unusable(f"{name} answers {path} with other bytes")
        if question.is_repeated:
            headers["If-None-Match"] = etag
        before = cpu_seconds(server.pid)
        rate = wrk.rate(f"http://{LOOPBACK}:{server.port}{path}", plan.seconds, headers)
        spent[name].append((cpu_seconds(server.pid) - before) / (rate * plan.seconds))
        return rate

    rounds = interleaved({name: partial(turn, name) for name in servers}, plan.rounds)
    a_second = {name: rounded(each, 1) for name, each in rounds.items()}
    microseconds = {name: [round(one * 1e6, 1) for one in each] for name, each in spent.items()}
    detail = {"bytes": len(files[question.file]), "answers a second": a_second, "CPU us an answer": microseconds}
    bounds = {NGINX: OF_NGINX, ROUTE: OF_ROUTE} if question.is_required else {}
    for other in (NGINX, ROUTE):
        value = ratio(rounds[OURS], rounds[other])
        yield Figure("catalogue", f"{question.name} / {other}", value, at_least=bounds.get(other), detail=detail)
        if question.is_required:
            yield Figure("catalogue", f"the same per second of CPU / {other}", ratio(spent[other], spent[OURS]))


@contextmanager
def _gateway(folder: Path) -> Iterator[Server]:
    """Serve the city with `durchwahl serve`, its access log written as in earnest."""
    port = free_port()
    config = CITY.write(folder, port)
    migrate(load(config).data_dir)
    command, log = durchwahl("serve", "--config", str(config), "--port", str(port)), folder / "serve.log"
    with started(command, log, core=server_core()) as running:
        wait_for(running, port, "/readyz", log)
        yield Server(port, running.pid)


@contextmanager
def _route(files: Path, folder: Path) -> Iterator[Server]:
    port, log = free_port(), folder / "route.log"
    command = [sys.executable, "-m", "bench.fastapi_route", str(files), str(port)]
    with started(command, log, core=server_core()) as running:
        wait_for(running, port, "/list.json", log)
        yield Server(port, running.pid)


def _one_service(port: int) -> str:
    """Return the path of the service whose answer is nearest to 2 KB."""
    items = from_json(_answered(port, LIST, {})[1])["items"]
    nearest = min(items, key=lambda item: abs(len(to_json(item)) - ONE))
    return f"/v1/services/{nearest['id']}"


def _at(question: Question, path: str) -> Question:
    return Question(question.name, path, question.file, question.headers)


def _answered(port: int, path: str, headers: Mapping[str, str]) -> tuple[str, bytes]:
    status, given, body = answer_of(port, path, dict(headers))
    if status != 200:
        raise wrk.Unusable(f"{path} was answered {status}")
    return given.get("etag", ""), body
