"""Real CalDAV servers, started from the environment's own packages on a free loopback port."""

import shutil
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
from icalendar import Calendar

from durchwahl.plugin import Interval

PATIENCE = 20.0
EVENT = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//Somebody else//Calendar program//EN\r
BEGIN:VEVENT\r
UID:{uid}\r
DTSTAMP:20260101T000000Z\r
{times}\r
SUMMARY:Team meeting\r
END:VEVENT\r
END:VCALENDAR\r
"""


@dataclass(frozen=True)
class DavServer:
    """A running server: `home` is the folder that holds the collections."""

    home: str
    username: str | None = None
    password: str | None = None

    def client(self) -> httpx.Client:
        """Return a clerk's own program."""
        auth = (self.username, self.password or "") if self.username else None
        return httpx.Client(auth=auth, trust_env=False, timeout=PATIENCE)

    def new_collection(self) -> str:
        """Make a calendar of its own for one test and return its path below `home`."""
        path = f"platz-{uuid.uuid4().hex[:12]}/"
        with self.client() as client:
            client.request("MKCALENDAR", self.home + path).raise_for_status()
        return path


@dataclass(frozen=True)
class DavClerk:
    """Somebody who writes into a collection with a program of their own."""

    server: DavServer
    collection: str

    async def add(self, interval: Interval) -> str:
        """Put an event in, and return its address."""
        times = f"DTSTART:{interval.start:%Y%m%dT%H%M%SZ}\r\nDTEND:{interval.end:%Y%m%dT%H%M%SZ}"
        return self.put(times)

    async def remove(self, event: str) -> None:
        """Delete it."""
        with self.server.client() as client:
            client.delete(event).raise_for_status()

    def put(self, times: str, *, name: str | None = None, uid: str | None = None) -> str:
        """Put an event with these lines in, and return its address."""
        uid = uid or str(uuid.uuid4())
        url = f"{self.server.home}{self.collection}{name or uid}.ics"
        with self.server.client() as client:
            text = EVENT.format(uid=uid, times=times)
            client.put(url, content=text.encode(), headers={"Content-Type": "text/calendar"}).raise_for_status()
        return url

    def texts(self) -> list[str]:
        """Return what stands in the collection, object by object."""
        with self.server.client() as client:
            return [client.get(url).text for url in self.addresses()]

    def addresses(self) -> list[str]:
        """Return the addresses of all objects in the collection."""
        query = '<D:propfind xmlns:D="DAV:"><D:prop><D:getetag/></D:prop></D:propfind>'
        with self.server.client() as client:
            url = self.server.home + self.collection
            headers = {"Depth": "1", "Content-Type": "application/xml"}
            listing = client.request("PROPFIND", url, content=query, headers=headers).raise_for_status().text
            hrefs = [part.partition("<")[0] for part in listing.split("href>")[1::2]]
            return [str(httpx.URL(url).join(href)) for href in hrefs if href.endswith(".ics")]

    def move(self, address: str, later: timedelta) -> None:
        """Drag an event to another time, as a calendar program does."""
        with self.server.client() as client:
            calendar = Calendar.from_ical(client.get(address).text)
            (event,) = calendar.walk("VEVENT")
            for edge in ("DTSTART", "DTEND"):
                event[edge].dt += later
            headers = {"Content-Type": "text/calendar"}
            client.put(address, content=calendar.to_ical(), headers=headers).raise_for_status()

    def copy_as(self, name: str) -> None:
        """Put a copy of the first object in, as if the same program had made it under another name."""
        first = self.addresses()[0]
        old = first.rsplit("/", 1)[-1].removesuffix(".ics")
        with self.server.client() as client:
            text = client.get(first).text.replace(old, name)
            url, headers = first.replace(old, name), {"Content-Type": "text/calendar"}
            client.put(url, content=text.encode(), headers=headers).raise_for_status()


@contextmanager
def radicale(folder: Path) -> Iterator[DavServer]:
    """Run Radicale with a password for the one account `amt`."""
    port = free_port()
    (folder / "users").write_text("amt:geheim-7341\n", encoding="utf-8")
    settings = (
        f"[server]\nhosts=127.0.0.1:{port}\n"
        f"[auth]\ntype=htpasswd\nhtpasswd_filename={folder / 'users'}\nhtpasswd_encryption=plain\ndelay=0\n"
        f"[storage]\nfilesystem_folder={folder / 'collections'}\n[rights]\ntype=owner_only\n"
    )
    (folder / "radicale.conf").write_text(settings, encoding="utf-8")
    with running([sys.executable, "-m", "radicale", "-C", str(folder / "radicale.conf")], port, folder):
        yield DavServer(f"http://127.0.0.1:{port}/amt/", "amt", "geheim-7341")


@contextmanager
def xandikos(folder: Path) -> Iterator[DavServer]:
    """Run Xandikos, which asks for no password on a loopback address."""
    port = free_port()
    program = shutil.which("xandikos", path=str(Path(sys.executable).parent)) or "xandikos"
    command = [
        program,
        "serve",
        "-d",
        str(folder / "files"),
        "--defaults",
        "-l",
        "127.0.0.1",
        "-p",
        str(port),
    ]
    command += ["--current-user-principal", "/amt", "--state-dir", str(folder / "state")]
    with running(command, port, folder):
        yield DavServer(f"http://127.0.0.1:{port}/amt/calendars/")


@contextmanager
def running(command: list[str], port: int, folder: Path) -> Iterator[None]:
    """Run a server until the block ends; its output is shown when it does not start."""
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, cwd=folder)
        try:
            wait_for(process, port, log)
            yield
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    """Return when the port accepts connections; there is no event for that, so it is tried again."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"the server did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")


def free_port() -> int:
    """Return a port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
