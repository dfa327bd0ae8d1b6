"""What a department feels of others in trouble: one that hangs, one that answers nonsense, one with a broken plugin.

Two gateways side by side, alike but for those three; citizens keep asking for the departments in trouble meanwhile.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import aiohttp

from bench import serving
from bench.city import City
from bench.figures import Figure, Plan
from bench.rounds import ratio, rounded
from bench.started import LOOPBACK, client_core, free_port, on_core, server_core, started, wait_for
from durchwahl.settings.load import load
from durchwahl.store.schema import migrate

CITY = City(departments=1, services=30, lanes=4)
SOUND, TROUBLED = "alone", "beside three in trouble"
UNAFFECTED = 1.5
"""More than the machine's own noise."""
TIMES = 30
IN_TROUBLE = """\
[department]
id = "{id}"
name = "{id}"
[sources.katalog]
type = "sheet"
path = "departments/amt-1.csv"
[sources.termine]
{calendar}
[sources.termine.lanes.platz-1]
{lane}
[offers.telefon]
services = ["{service}"]
channels = ["phone"]
calendar = "termine"
duration = "20min"
hours = {{ mon = ["08:00-16:00"] }}
"""


@dataclass
class Citizen:
    """Asks one gateway, over a kept connection."""

    session: aiohttp.ClientSession
    service: str
    slots: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)

    async def listed(self) -> None:
        """List what the sound department offers."""
        await self._got("/v1/services?department=amt-1")

    async def times(self) -> None:
        """Ask for the sound department's times."""
        await self._got(f"/v1/services/{self.service}/slots?channel=phone&limit=20")

    async def booked(self) -> None:
        """Hold a slot of the sound department and book it."""
        number = next(self.numbers)
        hold = await self._posted("/v1/holds", {"slot": self.slots.pop()}, f"hold-{number:016}")
        person = {"name": "Erika Mustermann", "email": "erika@example.org", "phone": "+493510000000"}
        await self._posted(
            "/v1/bookings", {"hold": hold["id"], "token": hold["token"], "person": person}, f"b{number:016}"
        )

    async def everywhere(self) -> None:
        """Ask for the earliest times of all departments."""
        await self._got("/v1/slots/earliest?limit=5")

    async def prepare(self) -> None:
        """Learn which slots there are; no two are taken from the same start."""
        answer = await self._got(f"/v1/services/{self.service}/slots?channel=phone&limit=1000")
        self.slots = [slot["slot"] for slot in answer["items"]]

    async def _got(self, path: str) -> dict[str, Any]:
        async with self.session.get(path) as response:
            return await _read(path, response)

    async def _posted(self, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
        async with self.session.post(path, json=body, headers={"Idempotency-Key": key}) as response:
            return await _read(path, response)


async def _read(path: str, response: aiohttp.ClientResponse) -> dict[str, Any]:
    answer: dict[str, Any] = await response.json(content_type=None)
    if response.status >= 300:
        raise AssertionError(f"{path} answered {response.status}: {answer}")
    return answer


def run(plan: Plan) -> list[Figure]:
    """Measure both gateways in turn."""
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        silent, nonsense = free_port(), free_port()
        words = [sys.executable, "-m", "bench.troubled_servers", str(silent), str(nonsense)]
        stack.enter_context(started(words, folder / "troubled.log"))
        ports = {}
        for which in (SOUND, TROUBLED):
            port = ports[which] = free_port()
            config = CITY.write(folder / which, port)
            service = load(config).offers["amt-1/offer-0"].table.services[0]
            if which == TROUBLED:
                add_trouble(config.parent, service, silent, nonsense)
            migrate(load(config).data_dir)
            log = folder / f"{which}.log"
            running = stack.enter_context(started(serving.command(config, port), log, core=server_core()))
            wait_for(running, port, "/readyz", log)
        with on_core(client_core()):
            return asyncio.run(_measured(plan, ports, f"amt-1-{service}"))


def add_trouble(folder: Path, service: str, silent: int, nonsense: int) -> None:
    """Add three departments, each with another kind of trouble."""
    caldav = 'type = "caldav"\nurl = "http://127.0.0.1:{}/"'
    (folder / "plugins").mkdir()
    (folder / "plugins" / "broken.py").write_text("import a_module_that_nobody_has\n", encoding="utf-8")
    gateway = folder / "gateway.toml"
    text = gateway.read_text(encoding="utf-8").replace("[gateway]\n", '[gateway]\nplugins_dir = "plugins"\n')
    gateway.write_text(text, encoding="utf-8")
    kinds = {
        "schweigt": (caldav.format(silent), 'collection = "platz-1/"'),
        "redet-wirr": (caldav.format(nonsense), 'collection = "platz-1/"'),
        "kaputt": ('type = "broken"', ""),
    }
    for name, (calendar, lane) in kinds.items():
        department = IN_TROUBLE.format(id=name, calendar=calendar, lane=lane, service=service)
        (folder / "departments" / f"{name}.toml").write_text(department, encoding="utf-8")


async def _measured(plan: Plan, ports: dict[str, int], service: str) -> list[Figure]:
    async with AsyncExitStack() as stack:
        citizens = {}
        for which, port in ports.items():
            session = await stack.enter_async_context(aiohttp.ClientSession(f"http://{LOOPBACK}:{port}"))
            citizens[which] = Citizen(session, service)
            await citizens[which].prepare()
        asking = asyncio.create_task(_keep_asking(citizens[TROUBLED].session, service.removeprefix("amt-1-")))
        try:
            return [figure async for figure in _figures(plan, citizens)]
        finally:
            asking.cancel()


async def _figures(plan: Plan, citizens: dict[str, Citizen]) -> Any:
    wishes: dict[str, tuple[Callable[[Citizen], Awaitable[None]], float | None]] = {
        "a department's list": (Citizen.listed, UNAFFECTED),
        "a department's times": (Citizen.times, UNAFFECTED),
        "hold and booking": (Citizen.booked, UNAFFECTED),
        "earliest times of all departments": (Citizen.everywhere, None),
    }
    for name, (wish, bound) in wishes.items():
        rounds: dict[str, list[float]] = {SOUND: [], TROUBLED: []}
        for _ in range(plan.rounds):
            for which, citizen in citizens.items():
                rounds[which].append(await _median_of(wish, citizen))
        value = ratio(rounds[TROUBLED], rounds[SOUND])
        detail = {"median ms": {which: rounded([one * 1e3 for one in each], 3) for which, each in rounds.items()}}
        yield Figure("isolation", f"{name}, {TROUBLED} / {SOUND}", value, at_most=bound, detail=detail)


async def _median_of(wish: Callable[[Citizen], Awaitable[None]], citizen: Citizen) -> float:
    took = []
    for _ in range(TIMES):
        began = perf_counter()
        await wish(citizen)
        took.append(perf_counter() - began)
    return median(took)


async def _keep_asking(session: aiohttp.ClientSession, service: str) -> None:
    """Ask for the departments in trouble, as citizens do who do not know."""
    while True:
        for department in ("schweigt", "redet-wirr"):
            async with session.get(f"/v1/services/{department}-{service}/slots") as response:
                await response.read()
        await asyncio.sleep(0.05)
