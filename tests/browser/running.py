"""What browser tests visit: a gateway in a process of its own, whose clock they move, alone or behind nginx."""

import email
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path

import httpx

from tests.servers.caldav import free_port

ROOT = Path(__file__).parents[2]
STARTER = Path(__file__).with_name("starter.py")
MONDAY = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
"""08:00 in Dresden: every gateway here begins then."""
PATIENCE = 60.0
LINK = re.compile(r"https?://\S+")


@dataclass(frozen=True)
class Clock:
    """The gateway's clock: `now` runs on as the machine's does, from wherever it was put."""

    path: Path

    def put(self, at: datetime) -> None:
        """Let it be this instant now."""
        fresh = self.path.with_suffix(".new")
        fresh.write_text(str((at - datetime.now(UTC)).total_seconds()), encoding="ascii")
        fresh.replace(self.path)  # in one go: the gateway reads it all the time

    def forward(self, **length: float) -> None:
        """Move it on."""
        self.put(self.now() + timedelta(**length))

    def now(self) -> datetime:
        """Return what the gateway takes for now."""
        return datetime.now(UTC) + timedelta(seconds=float(self.path.read_text(encoding="ascii")))


@dataclass(frozen=True)
class Site:
    """A running gateway. `base` is its public address and ends in a slash; `data` holds its journal and its mails."""

    base: str
    data: Path
    clock: Clock
    log: Path

    @property
    def origin(self) -> str:
        """Return scheme, host and port."""
        return "/".join(self.base.split("/")[:3])

    def mails(self, *, to: str = "", about: str = "") -> list[EmailMessage]:
        """Return the mails sent so far to this address, oldest first, whose text holds `about`."""
        paths = sorted((self.data / "mail" / "new").glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
        parsed = [email.message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]
        return [mail for mail in parsed if to in str(mail["To"]) and about in body_of(mail)]

    def mail(self, *, to: str, about: str = "", fewer: int = 0) -> EmailMessage:
        """Return the newest such mail as soon as there are more than `fewer`."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if len(found := self.mails(to=to, about=about)) > fewer:
                return found[-1]
            time.sleep(0.05)  # another process writes them
        raise AssertionError(f"no mail to {to} about {about!r} among {[str(m['To']) for m in self.mails()]}")


def body_of(mail: EmailMessage) -> str:
    """Return a mail's plain text."""
    body = mail.get_body(("plain",))
    return str(body.get_content()) if body else ""


def link_of(mail: EmailMessage, part: str) -> str:
    """Return the first link in a mail whose address holds `part`."""
    return next(link for link in LINK.findall(body_of(mail)) if part in link)


@contextmanager
def demonstration(folder: Path, *flags: str, config: Path | None = None) -> Iterator[Site]:
    """Run `durchwahl demo` on a free port."""
    port = free_port()
    more = ["--config", str(config)] if config else []
    words = ["demo", "--port", str(port), "--data", str(folder / "data"), *more]
    with _gateway(folder, [*flags, *words], f"http://127.0.0.1:{port}/") as site:
        yield site


@contextmanager
def behind_nginx(folder: Path) -> Iterator[Site]:
    """Serve Dresden's example below /beratung/ of an nginx, as docs/operator.md configures it."""
    front, back = free_port(), free_port()
    base = f"http://127.0.0.1:{front}/beratung/"
    config = _example(folder, base)
    location = f"""
      location /beratung/ {{
        proxy_pass http://127.0.0.1:{back}/;
        proxy_set_header Host $host:$server_port;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      }}"""
    subprocess.run([sys.executable, "-c", RUN, "migrate", "--config", str(config)], check=True, capture_output=True)
    words = ["serve", "--config", str(config), "--port", str(back)]
    with nginx(folder / "nginx", front, location), _gateway(folder, words, base) as site:
        yield site


RUN = "import sys; from durchwahl.operate.cli import main; sys.argv[0] = 'durchwahl'; main()"


def _example(folder: Path, base: str) -> Path:
    """Write Dresden's example for this address and return its gateway.toml."""
    shutil.copytree(ROOT / "config", folder / "config")
    path = folder / "config" / "gateway.toml"
    text, count = re.subn(
        r'public_url = "[^"]*".*',
        f'public_url = "{base}"\ntrusted_proxies = ["127.0.0.1"]\nholds_per_client = 1000\nbookings_per_client = 0',
        path.read_text(encoding="utf-8"),
    )
    assert count == 1
    path.write_text(text, encoding="utf-8")
    key = folder / "data" / "keys" / "installation.key"
    key.parent.mkdir(parents=True)
    key.write_text(secrets.token_hex(32), encoding="ascii")
    return path


@contextmanager
def _gateway(folder: Path, words: list[str], base: str) -> Iterator[Site]:
    clock = Clock(folder / "clock")
    clock.put(MONDAY)
    log = folder / "gateway.log"
    command = [sys.executable, str(STARTER), str(clock.path), *words]
    paths = os.pathsep.join(str(ROOT / name) for name in ("gateway", "plugins", "adapters"))
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env={**os.environ, "PYTHONPATH": paths})
        try:
            _wait(f"{base}readyz", process, log)
            yield Site(base, folder / "data", clock, log)
        finally:
            _end(process)


@contextmanager
def nginx(folder: Path, port: int, server: str, http: str = "") -> Iterator[None]:
    """Run nginx on a port of 127.0.0.1 with these directives in its `server` block, and others beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    temporary = "\n".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"""
        {"user root;" if os.geteuid() == 0 else ""}  # pages in a test's folder are for its owner only
        worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
        events {{ worker_connections 256; }}
        http {{
          access_log off; types {{ text/html html; text/css css; }} default_type text/html; {temporary} {http}
          server {{ listen 127.0.0.1:{port}; {server} }}
        }}
        """,
        encoding="utf-8",
    )
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    process = subprocess.Popen([program, "-c", str(folder / "nginx.conf"), "-p", str(folder)])
    try:
        _wait(f"http://127.0.0.1:{port}/", process, folder / "error.log")
        yield
    finally:
        _end(process)


def _wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with suppress(httpx.TransportError):
            if httpx.get(url, timeout=2, trust_env=False).status_code < 500:  # nginx may be up before the gateway
                return
        time.sleep(0.05)  # another process starts meanwhile
    raise AssertionError(f"{url} did not answer:\n{log.read_text(encoding='utf-8')}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
        process.wait(timeout=20)


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.05)  # another process is at work, and says nothing
