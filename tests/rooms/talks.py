"""A booked video talk, its two links, and gateways in processes of their own that serve its room."""

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from durchwahl.settings.load import load
from durchwahl.store.schema import DATABASE
from tests.e2e.processes import Served, served
from tests.gateways import DEPARTMENT, GATEWAY, key, write_config
from tests.servers.caldav import free_port

PATIENCE = 10.0
ROOMS = '[sources.raeume]\ntype = "room"\n'
CITY = GATEWAY[: GATEWAY.index("[sources.raeume]")] + ROOMS
ALWAYS = 'join_early = "30d"\n'
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY = "hours = { " + ", ".join(f'{day} = ["06:00-22:00"]' for day in DAYS) + " }"
OFFICE = DEPARTMENT.replace(
    'hours = { mon = ["09:00-12:00"], tue = ["09:00-12:00"] }', f"{EVERY_DAY}\nopen_on_holidays = true\n{ALWAYS}"
)
"""Real clocks: what is booked for the next days can be joined at once; counselling, as usual, ten minutes before."""


ERIKA = {"name": "Erika Beispiel", "email": "erika@example.org"}
UNNAMED = {"email": "erika@example.org"}


@dataclass(frozen=True)
class Booked:
    """A booking by its two links, path-absolute, and what the interface said of it."""

    citizen: str
    clerk: str
    seen: dict[str, Any]


@contextmanager
def serving(folder: Path, *, department: str = OFFICE, processes: int = 1) -> Iterator[list[Served]]:
    """Serve a small city with built-in rooms by one or more processes on one store."""
    config = write_config(folder, gateway=CITY, department=department)
    with served(config, port=free_port()) as first:
        if processes == 1:
            yield [first]
            return
        with served(config, port=free_port()) as second:
            yield [first, second]


def book(gateway: Served, service: str = "buergeramt-meldebescheinigung", person: dict[str, str] = ERIKA) -> Booked:
    """Book the first free time by video, at the desk that gets mails, and wait for the clerk's mail."""
    with httpx.Client(base_url=gateway.base, trust_env=False, timeout=20) as client:
        wanted = {"channel": "video", "language": "en"}
        slots = client.get(f"v1/services/{service}/slots", params=wanted).json()["items"]
        held = client.post("v1/holds", json={"slot": slots[0]["slot"]}, headers=key()).json()
        wish = {"hold": held["id"], "token": held["token"], "person": person}
        answer = client.post("v1/bookings", json=wish, headers=key())
        assert answer.status_code == 201, answer.text
    seen = answer.json()
    return Booked(_path(seen["join_url"]), _clerks_link(gateway, seen["id"]), seen)


def change(gateway: Served, sql: str, *values: Any) -> None:
    """Change the journal as time would."""
    with closing(sqlite3.connect(load(gateway.config).data_dir / DATABASE, timeout=10)) as connection, connection:
        connection.execute(sql, values)


def rows(gateway: Served, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(load(gateway.config).data_dir / DATABASE, timeout=10)) as connection:
        return connection.execute(sql).fetchall()


def _path(url: str) -> str:
    return "/" + url.split("/", 3)[3]


def _clerks_link(gateway: Served, booking_id: str) -> str:
    """Return the link in the mail to the lane's address, which a step of the outbox sends."""
    settings = load(gateway.config)
    mails, end = settings.data_dir / settings.mail.path / "new", time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for path in sorted(mails.glob("*")) if mails.exists() else []:
            text = path.read_text(encoding="utf-8").replace("=\n", "")
            found = re.search(rf"/gespraech/{booking_id}/[A-Za-z0-9_-]{{43}}", text)
            if found and "platz-1@" in text.split("\n\n", 1)[0]:
                return found[0]
        time.sleep(0.05)  # the gateway's own process writes it
    raise AssertionError("no mail to the clerk has a link to the room")
