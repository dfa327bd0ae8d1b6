"""64 citizens book at the same time: what the whole way costs beside the bare commits of the same database."""

import asyncio
import contextlib
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import uvloop

from bench.booking_http import over_http
from bench.citizens import CLIENTS, Citizens
from bench.city import City
from bench.dropped import Dropped
from bench.figures import Figure, Plan
from bench.journal_only import DURABLE_STEPS, Journal, wanted_from
from bench.profiles import hottest
from bench.rounds import Rounds, interleaved, ratio, rounded
from bench.tokens import slot_tokens
from durchwahl.settings.load import load
from durchwahl.store.schema import migrate
from durchwahl.store.sqlite_connection import connect
from durchwahl.web.assembly import Gateway

CITY = City(departments=8, services=6, lanes=8, days=60)
REQUIRED = 0.5
MAILS_OF_A_BOOKING = 2
BARE = "bare commits"
WHOLE = "bookings"
JOURNAL = "the journal's part"
ONE_BY_ONE = "its transactions one by one"
MAILED = "bookings until their mails are out"


def run(plan: Plan) -> list[Figure]:
    """Measure bookings through the journal, the same until their mails are out, and through HTTP."""
    with TemporaryDirectory() as folder:
        journal, http = Path(folder) / "journal", Path(folder) / "http"
        return [*_in_one_interpreter(plan, journal), over_http(plan, http, CITY)]


@dataclass
class Desk:
    """Two gateways on journals of their own: one only books, the other also sends what follows from it."""

    booking: Citizens
    journal: Journal
    sending: Citizens
    dropped: Dropped
    worker: asyncio.Task[None]

    @classmethod
    async def opened(cls, folder: Path) -> "Desk":
        """Open both, and book a little on each, so that every cache is warm."""
        dropped = Dropped()
        booking = await _citizens(folder / "booking", Dropped())
        sending = await _citizens(folder / "sending", dropped)
        journal = Journal(booking.gateway, wanted_from(booking.gateway, booking.tokens), booking.numbers)
        desk = cls(booking, journal, sending, dropped, asyncio.create_task(sending.gateway.worker.run()))
        await booking.book(CLIENTS)
        await desk.until_sent(CLIENTS)
        return desk

    async def until_sent(self, bookings: int) -> float:
        """Return how many bookings a second were made and had their mails sent."""
        wanted = self.dropped.sent + MAILS_OF_A_BOOKING * bookings
        began = perf_counter()
        await self.sending.book(bookings)
        await self.dropped.reached(wanted)
        return bookings / (perf_counter() - began)

    async def close(self) -> None:
        """End everything."""
        self.worker.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.worker
        await self.booking.gateway.stop()
        await self.sending.gateway.stop()


async def _citizens(folder: Path, outgoing: Dropped) -> Citizens:
    settings = load(CITY.write(folder, 8000))
    migrate(settings.data_dir)
    gateway = Gateway(settings, outgoing=outgoing)
    await gateway.sync()
    return Citizens(gateway, iter(await slot_tokens(gateway)))


def _in_one_interpreter(plan: Plan, folder: Path) -> list[Figure]:
    bookings = 384 if plan.short else 768
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        desk = runner.run(Desk.opened(folder))
        bare = Commits(folder / "booking" / "data" / "bare.db")
        rounds = interleaved(
            {
                BARE: bare.a_second,
                WHOLE: lambda: runner.run(desk.booking.book(bookings)),
                JOURNAL: lambda: runner.run(desk.journal.book(bookings)),
                ONE_BY_ONE: lambda: runner.run(desk.journal.book_one_by_one(bookings // 2)),
                MAILED: lambda: runner.run(desk.until_sent(bookings // 2)),
            },
            plan.rounds,
        )
        profile = hottest(lambda: runner.run(desk.booking.book(bookings))) if plan.profile else []
        bare.close()
        runner.run(desk.close())
    a_second = {name: rounded(each, 1) for name, each in rounds.items()}
    detail = {"clients": CLIENTS, "a second": a_second, "profile": profile}
    return _figures(rounds, detail)


def _figures(rounds: Rounds, detail: dict[str, Any]) -> list[Figure]:
    bare, one_by_one = rounds[BARE], rounds[ONE_BY_ONE]
    whole, journal = ratio(rounds[WHOLE], bare), ratio(rounds[JOURNAL], bare)
    return [
        Figure("booking", f"{WHOLE} / {BARE}", whole, at_least=REQUIRED, detail=detail),
        Figure("booking", f"{DURABLE_STEPS} durable steps each, counted one by one / {BARE}", DURABLE_STEPS * whole),
        Figure("booking", f"{WHOLE} / {ONE_BY_ONE}", ratio(rounds[WHOLE], one_by_one)),
        Figure("booking", f"{MAILED} / {BARE}", ratio(rounds[MAILED], bare)),
        Figure("booking", f"{JOURNAL} / {BARE}", journal),
        Figure("booking", f"its {DURABLE_STEPS} durable steps / {BARE}", DURABLE_STEPS * journal),
        Figure("booking", f"{JOURNAL} / {ONE_BY_ONE}", ratio(rounds[JOURNAL], one_by_one)),
    ]


class Commits:
    """Commits of one row each, one after the other, with the journal's pragmas."""

    def __init__(self, path: Path) -> None:
        path.touch()
        self._connection = connect(path)
        self._connection.execute("CREATE TABLE bare (number INTEGER PRIMARY KEY, body BLOB NOT NULL)")

    def a_second(self, seconds: float = 1.0) -> float:
        """Return how many commits a second were made."""
        done, began = 0, perf_counter()
        while perf_counter() - began < seconds:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute("INSERT INTO bare (body) VALUES (?)", (b"x" * 100,))
            self._connection.execute("COMMIT")
            done += 1
        return done / (perf_counter() - began)

    def close(self) -> None:
        """Close the database."""
        self._connection.close()
