"""One citizen after the other books through the pages: how long the gateway works on each step, in milliseconds."""

import asyncio
import re
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from urllib.parse import urlencode

import uvloop

from bench.city import City
from bench.dropped import Dropped
from bench.figures import Figure, Plan
from durchwahl.settings.load import load
from durchwahl.store.schema import migrate
from durchwahl.web.app import Application
from durchwahl.web.assembly import Gateway

CITY = City(departments=8, services=6, lanes=8, days=60)
REQUIRED_MS = 30.0
WARM = 5
FORM = b"application/x-www-form-urlencoded"

Steps = dict[str, list[float]]


def run(plan: Plan) -> list[Figure]:
    """Measure the server's time of every step; SQLite's commits are in it."""
    with TemporaryDirectory() as folder, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        steps = runner.run(_walked(Path(folder), 20 if plan.short else 60))
    medians = {name: round(median(each), 2) for name, each in steps.items()}
    slowest = max(medians, key=lambda name: medians[name])
    detail = {"medians": medians, "slowest": slowest}
    return [Figure("steps", "the slowest step, median", medians[slowest], "ms", at_most=REQUIRED_MS, detail=detail)]


async def _walked(folder: Path, citizens: int) -> Steps:
    settings = load(CITY.write(folder, 8000))
    migrate(settings.data_dir)
    gateway = Gateway(settings, outgoing=Dropped())
    walker = Walker(Application(gateway))
    await gateway.start()
    try:
        services = [service.id for service in gateway.snapshot.services if service.visible_channels]
        for number in range(WARM + citizens):
            if number == WARM:
                walker.steps.clear()
            await walker.books(services[number % len(services)], number)
    finally:
        await gateway.stop()
    return walker.steps


class Walker:
    """Goes through the pages as a browser does, and takes the time of each answer."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self.steps: Steps = {}

    async def books(self, service: str, number: int) -> None:
        """Book a time of the service by phone."""
        page, _ = await self._asked("times as a list", "GET", f"/leistung/{service}/termine?channel=phone")
        await self._asked("times as a month", "GET", f"/leistung/{service}/termine/monat?channel=phone")
        slots = re.findall(r'name="slot" value="([^"]+)"', page)
        key = re.findall(r'name="key" value="([^"]+)"', page)[0]
        chosen = {"slot": slots[number % len(slots)], "key": key, "service": service}
        _, form = await self._asked("reserve", "POST", "/termin/neu", chosen)
        await self._asked("form", "GET", form)
        hold, token = form.split("/")[-2:]
        typed = {"token": token, "name": "Erika Beispiel", "email": "erika@example.org", "phone": "0351 4880000"}
        _, check = await self._asked("fill in", "POST", f"/termin/neu/{hold}/angaben", typed)
        await self._asked("check", "GET", check)
        _, done = await self._asked("book", "POST", f"/termin/neu/{hold}/buchen", {"token": token})
        await self._asked("done", "GET", done)

    async def _asked(
        self, step: str, method: str, address: str, fields: dict[str, str] | None = None
    ) -> tuple[str, str]:
        """Return the page and where it leads on; raises `AssertionError` for anything else than a page or a way on."""
        path, _, query = address.partition("?")
        body = urlencode(fields or {}).encode()
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
            "headers": [(b"host", b"127.0.0.1:8000"), (b"content-type", FORM)],
            "client": ("127.0.0.1", 50_000), "server": ("127.0.0.1", 8000),
        }  # fmt: skip
        sent: list[dict[str, object]] = []

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, object]) -> None:
            sent.append(message)

        began = perf_counter()
        await self._app(scope, receive, send)  # type: ignore[arg-type]  # messages are mutable mappings
        self.steps.setdefault(step, []).append(1000 * (perf_counter() - began))
        headers = dict(sent[0]["headers"])  # type: ignore[call-overload]  # pairs
        assert sent[0]["status"] in (200, 303), (step, sent[0]["status"])
        page = b"".join(bytes(message.get("body", b"")) for message in sent[1:])  # type: ignore[call-overload]  # bytes
        return page.decode(), headers.get(b"location", b"").decode()
