"""A small city for tests: one department, two lanes (one signs), rooms, and a clock that only a test moves."""

import asyncio
import json
import shutil
import subprocess
import sys
import uuid
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from durchwahl.settings.load import load
from durchwahl.settings.resolved import Settings
from durchwahl.store.schema import DATABASE, migrate
from durchwahl.store.sqlite import SqliteStore
from durchwahl.store.steps import LEASE
from durchwahl.store.tx import Store, Tx
from durchwahl.web.app import Application
from durchwahl.web.assembly import Gateway
from tests.folders import folder_until_exit

MONDAY = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
"""08:00 in Dresden."""

GATEWAY = """
[gateway]
city = "Teststadt"
timezone = "Europe/Berlin"
holidays = "DE-SN"
public_url = "http://gateway.test/"
allowed_hosts = ["127.0.0.1", "localhost"]
data_dir = "data"
notice = { de = "Nur ein Test.", en = "Only a test." }
[website]
origins = ["https://www.teststadt.example"]
[keys]
installation = [{ file = "installation.key" }]
[search.synonyms]
perso = ["Personalausweis"]
[sources.raeume]
type = "manual"
[sources.raeume.rooms."buergeramt/termine/platz-1"]
url = "https://video.example.org/platz-1"
clerk_url = "https://video.example.org/platz-1?host=1"
[sources.raeume.rooms."buergeramt/termine/platz-2"]
url = "https://video.example.org/platz-2"
"""

DEPARTMENT = """
[department]
id = "buergeramt"
name = { de = "Bürgeramt", en = "Citizens' Office" }
number = "33"
contact = { phone = "0351 0000000" }
[sources.katalog]
type = "sheet"
path = "departments/buergeramt.csv"
[sources.termine]
type = "house"
[sources.termine.lanes.platz-1]
languages = ["de", "en"]
mail = "platz-1@teststadt.example"
[sources.termine.lanes.platz-2]
languages = ["de", "gsg"]
[offers.meldewesen]
services = ["meldebescheinigung", "ummeldung"]
combinable = true
count_at_most = 3
channels = ["video", "phone"]
calendar = "termine"
video = "city/raeume"
duration = "20min"
hours = { mon = ["09:00-12:00"], tue = ["09:00-12:00"] }
lead = "1h"
horizon = "14d"
[offers.beratung]
services = ["suchtberatung"]
channels = ["video", "phone"]
calendar = "termine"
video = "city/raeume"
identity = "none"
discreet = true
hours = { wed = ["09:00-11:00"] }
lead = "1h"
horizon = "14d"
[offers.bestaetigt]
services = ["fuehrungszeugnis"]
channels = ["video"]
calendar = "termine"
video = "city/raeume"
verify_email = true
hours = { thu = ["09:00-11:00"] }
horizon = "14d"
"""

SHEET = (
    "id;name;name_en;kurz;unterlagen;leika;stichworte;formular;video;telefon;vor_ort\r\n"
    "meldebescheinigung;Meldebescheinigung;Registration certificate;Bestätigt die Adresse.;Ausweis;99115003012000;"
    "Wohnsitzbescheinigung;;ja;ja;nein\r\n"
    "ummeldung;Ummeldung;Change of address;Nach einem Umzug.;Ausweis|Wohnungsgeberbestätigung;;Umzug;"
    "https://form.example.org/ummeldung;ja;ja;ja\r\n"
    "suchtberatung;Suchtberatung;Addiction counselling;Vertraulich.;;;;;ja;ja;nein\r\n"
    "fuehrungszeugnis;Führungszeugnis;Certificate of conduct;Für Arbeitgeber.;Personalausweis;99049001001000;;;ja;;\r\n"
    "wunschkennzeichen;Wunschkennzeichen;;Nur online.;;;;https://form.example.org/kennzeichen;;;\r\n"
)


@dataclass
class Clock:
    """Stands still until it is moved; the gateway and the store read the same."""

    now: datetime = MONDAY

    def __call__(self) -> datetime:
        return self.now

    def milliseconds(self) -> int:
        return round(self.now.timestamp() * 1000)

    def forward(self, **length: float) -> None:
        self.now += timedelta(**length)


@dataclass
class Outbox:
    """Keeps the mails that a gateway sends."""

    mails: list[EmailMessage] = field(default_factory=list)

    async def send(self, message: EmailMessage) -> None:
        self.mails.append(message)

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if address in str(mail["To"])]


def write_config(folder: Path, *, gateway: str = GATEWAY, department: str = DEPARTMENT, sheet: str = SHEET) -> Path:
    """Write a config and return the path of its gateway.toml."""
    (folder / "departments").mkdir(parents=True, exist_ok=True)
    (folder / "gateway.toml").write_text(gateway, encoding="utf-8")
    (folder / "departments" / "buergeramt.toml").write_text(department, encoding="utf-8")
    (folder / "departments" / "buergeramt.csv").write_bytes(sheet.encode("utf-8-sig"))
    (folder / "installation.key").write_text(b64encode(bytes(range(32))).decode(), encoding="ascii")
    return folder / "gateway.toml"


@cache
def _empty_journal() -> Path:
    """One migration serves all tests of a process: Alembic costs half a second."""
    folder = folder_until_exit("journal")
    migrate(folder)
    return folder / DATABASE


def fresh_journal(folder: Path) -> Path:
    """Put an empty journal into the folder and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(_empty_journal(), folder / DATABASE))


def store_of(settings: Settings, clock: Callable[[], int]) -> Store:
    """Open the city's journal, an empty one where there is none; a test may put another kind of store in its place."""
    path = settings.data_dir / DATABASE
    if not path.exists():
        fresh_journal(settings.data_dir)
    return SqliteStore(path, clock=clock)


@dataclass
class City:
    """A running gateway with everything that a test wants to look at."""

    settings: Settings
    gateway: Gateway
    app: Application
    client: httpx.AsyncClient
    clock: Clock
    outbox: Outbox

    async def slots(self, service: str = "buergeramt-meldebescheinigung", **asked: Any) -> list[dict[str, Any]]:
        answer = await self.client.get(f"/v1/services/{service}/slots", params={"channel": "video", **asked})
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    async def hold(self, slot: str, **more: Any) -> httpx.Response:
        return await self.client.post("/v1/holds", json={"slot": slot, **more}, headers=key())

    async def book(self, hold: Mapping[str, Any], **more: Any) -> httpx.Response:
        person = {"name": "Erika Beispiel", "email": "erika@example.org"}
        wish = {"hold": hold["id"], "token": hold["token"], "person": person, **more}
        return await self.client.post("/v1/bookings", json=wish, headers=key())

    async def booked(self, place: int = 0, **asked: Any) -> dict[str, Any]:
        """Book the n-th free slot and return the booking."""
        slots = await self.slots(**asked)
        held = (await self.hold(slots[place]["slot"])).json()
        answer = await self.book(held)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def settled(self) -> None:
        """Wait until nothing is due or being done; one question, so that no step slips between two."""
        for _ in range(3_000):
            self.gateway.context.wake.set()
            if await self.gateway.store.read(_is_at_rest):
                return
            await asyncio.sleep(0.01)
        raise AssertionError("the outbox did not come to rest")


def _is_at_rest(tx: Tx) -> bool:
    """A claimed step is due again when its lease ends, so that one being done is due within the lease."""
    return tx.row("SELECT count(*) FROM step WHERE kind != 'reconcile' AND due <= ?", (tx.now() + LEASE,)) == (0,)


def key() -> dict[str, str]:
    return {"Idempotency-Key": uuid.uuid4().hex}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@asynccontextmanager
async def city(
    folder: Path, *, clock: Clock | None = None, transport: httpx.AsyncBaseTransport | None = None, **config: str
) -> AsyncIterator[City]:
    """Start a gateway in this process, on a journal of its own, and stop it at the end."""
    clock = clock or Clock()
    outbox = Outbox()
    settings = load(write_config(folder, **config))
    gateway = Gateway(
        settings, store=store_of(settings, clock.milliseconds), transport=transport, outgoing=outbox, clock=clock
    )
    app = Application(gateway)
    await gateway.start()
    wire = httpx.ASGITransport(app=app, client=("127.0.0.1", 50_000))
    try:
        async with httpx.AsyncClient(transport=wire, base_url="http://gateway.test") as client:
            yield City(settings, gateway, app, client, clock, outbox)
    finally:
        await gateway.stop()


def run_durchwahl(*words: str, cwd: Path, timeout: float = 30) -> subprocess.CompletedProcess[str]:
    """Run the command line as an operator does."""
    code = "import sys; from durchwahl.operate.cli import main; sys.argv[0] = 'durchwahl'; main()"
    command = [sys.executable, "-c", code, *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=timeout, check=False)


def as_json(done: subprocess.CompletedProcess[str]) -> Any:
    return json.loads(done.stdout)
