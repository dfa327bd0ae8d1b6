"""What the guide for operators gives to copy works: the proxy's configuration, and the figures it names."""

import http.server
import inspect
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from pydantic import BaseModel

from durchwahl.booking import confirming
from durchwahl.booking.transitions import limit
from durchwahl.catalogue.ingest import MOST_RECORDS
from durchwahl.settings.clients import SHORTEST_SECRET, ClientTable
from durchwahl.settings.gateway import GatewayTable
from durchwahl.sources import blocking, memory, supervision
from durchwahl.sources.http.client import CONNECTIONS, MIB, open_client

DOCS = Path(__file__).parents[2] / "docs"
AUTHOR = (DOCS / "plugin-author.md").read_text(encoding="utf-8")
OPERATOR = (DOCS / "operator.md").read_text(encoding="utf-8")
WEBSITE = (DOCS / "website.md").read_text(encoding="utf-8")
TOKEN = "OE1R9tZZbbeFtvfGOEqpFywwl1vPSq9JJjBhuHjliaE"


class Gateway(http.server.BaseHTTPRequestHandler):
    """Answers with what it was asked."""

    def do_GET(self) -> None:
        said = f"{self.path} {self.headers['host']} {self.headers['x-forwarded-for']}".encode()
        self.send_response(200)
        self.send_header("X-Request-Id", "0123456789abcdef")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *args: object) -> None:
        """Keep quiet."""


@contextmanager
def listening() -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield int(server.server_address[1])
    server.shutdown()
    thread.join()
    server.server_close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def nginx(folder: Path, back: int) -> Iterator[str]:
    """Run the guide's file, without TLS and with its logs in a folder."""
    port = free_port()
    text = (DOCS / "examples" / "nginx.conf").read_text(encoding="utf-8")
    text = re.sub(r"^\s*ssl_.*\n", "", text, flags=re.MULTILINE)
    text = text.replace("listen 443 ssl", f"listen 127.0.0.1:{port}").replace("/var/log/nginx", str(folder))
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{back}")
    paths = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = f"daemon off; pid {folder}/nginx.pid; error_log {folder}/main-error.log crit; events {{}}\n"
    (folder / "nginx.conf").write_text(f"{main}http {{\naccess_log off;\n{paths}{text}\n}}\n", encoding="utf-8")
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    process = subprocess.Popen([program, "-c", str(folder / "nginx.conf"), "-p", str(folder)])
    try:
        _wait(port)
        yield f"http://127.0.0.1:{port}/beratung"
    finally:
        process.terminate()
        process.wait(10)


def _wait(port: int) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    pytest.fail("nginx did not start")


def test_the_proxy_keeps_the_prefix_and_throws_away_what_a_client_claims(tmp_path: Path) -> None:
    with listening() as back, nginx(tmp_path, back) as base:
        forged = {"host": "www.example.org", "x-forwarded-for": "203.0.113.9"}
        said = httpx.get(f"{base}/v1/departments?lang=en", headers=forged, trust_env=False).text
    assert said == "/beratung/v1/departments?lang=en www.example.org 127.0.0.1"


def test_the_proxys_logs_hold_no_token_and_no_search(tmp_path: Path) -> None:
    with listening() as back, nginx(tmp_path, back) as base:
        for path in (f"termin/4711/{TOKEN}", f"gespraech/4711/{TOKEN}", "v1/services?q=Schuldnerberatung"):
            httpx.get(f"{base}/{path}", headers={"referer": f"{base}/termin/4711/{TOKEN}"}, trust_env=False)
    with nginx(tmp_path, free_port()) as base:
        assert httpx.get(f"{base}/termin/4711/{TOKEN}", trust_env=False).status_code == 502
    logged = "".join(file.read_text(encoding="utf-8") for file in tmp_path.glob("*.log"))
    assert logged.count("0123456789abcdef") == 3
    assert " GET 502 " in logged
    assert "4711" not in logged
    assert TOKEN not in logged
    assert "Schuldnerberatung" not in logged


def default(function: object, name: str) -> object:
    return inspect.signature(function).parameters[name].default  # type: ignore[arg-type]  # any callable will do


def setting(table: type[BaseModel], key: str) -> object:
    return table.model_fields[key].default


@pytest.mark.parametrize(
    ("said", "page", "figure"),
    [
        ("an HTTP answer | 16 MiB", AUTHOR, default(open_client, "byte_cap") == 16 * MIB),
        ("requests of one source at once | 20", AUTHOR, CONNECTIONS == 20),
        ("calls of one source at once | 20", AUTHOR, supervision.AT_ONCE == 20),
        ("| 4 threads;", AUTHOR, default(blocking.BoundedThreads.__init__, "limit") == 4),
        ("256 strings of 64 KiB", AUTHOR, (memory.MOST_KEYS, memory.LARGEST_VALUE) == (256, 65_536)),
        ("a catalogue | 50,000 services", AUTHOR, MOST_RECORDS == 50_000),
        ("Five failures in a row", AUTHOR, supervision.FAILURES_UNTIL_OPEN == 5),
        ("At most one call in five is a repeat", AUTHOR, supervision.RETRY_SHARE == 0.2),
        ("within ten minutes has failed", AUTHOR, confirming.AT_MOST.total_seconds() == 600),
        ("alone for 5 seconds, then twice as long", OPERATOR, supervision.FIRST_PAUSE == 5),
        ("up to two minutes", OPERATOR, supervision.LONGEST_PAUSE == 120),
        ("tried again for ten minutes", OPERATOR, confirming.AT_MOST.total_seconds() == 600),
        ("one address | 10 live holds", OPERATOR, setting(GatewayTable, "holds_per_client") == 10),
        ("20 appointments within an hour", OPERATOR, setting(GatewayTable, "bookings_per_client") == 20),
        ("within an hour, its holds included", OPERATOR, limit.YOUNG == 3_600_000),
        ("2,000 live holds", OPERATOR, setting(ClientTable, "holds") == 2_000),
        ("2,000 appointments within an hour", OPERATOR, setting(ClientTable, "bookings") == 2_000),
        ("5 appointments to come", OPERATOR, setting(GatewayTable, "bookings_per_contact") == 5),
        ("fewer than 43 characters", OPERATOR, SHORTEST_SECRET == 43),
        ("at least 43 characters", WEBSITE, SHORTEST_SECRET == 43),
        ("2,000 holds at a time and 2,000 bookings an hour", WEBSITE, setting(ClientTable, "holds") == 2_000),
        ("has at most five appointments to come", WEBSITE, setting(GatewayTable, "bookings_per_contact") == 5),
    ],
)
def test_a_figure_is_the_codes(said: str, page: str, figure: bool) -> None:
    assert said in page
    assert figure


def test_every_metric_is_named() -> None:
    source = (DOCS.parent / "gateway" / "durchwahl" / "web" / "metrics.py").read_text(encoding="utf-8")
    metrics = set(re.findall(r"# TYPE (durchwahl_\w+)", source))
    assert metrics
    assert [name for name in metrics if f"`{name}" not in OPERATOR] == []
