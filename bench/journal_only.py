"""What the journal alone takes of a booking: its two transactions and its encryption, and nothing before or between.

The calls are those that holding and booking make; what is left out is finding a free lane and looking who asks. The
difference to the whole way is what everything but durability costs.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Concatenate, ParamSpec, TypeVar

from bench.citizens import CLIENTS
from durchwahl.booking.answers import claim_for
from durchwahl.booking.holds import new_hold
from durchwahl.booking.particulars import Particulars
from durchwahl.booking.placing import Chosen, chosen
from durchwahl.booking.transitions.confirm import Wanted, confirm_at_once
from durchwahl.booking.transitions.hold import place_hold
from durchwahl.booking.views import View
from durchwahl.model.booking import Person
from durchwahl.store.schema import DATABASE
from durchwahl.store.sqlite_connection import SqliteTx, connect, wall_clock
from durchwahl.store.tx import Store, Tx
from durchwahl.web.assembly import Gateway

DURABLE_STEPS = 2
FAR_AHEAD = 1 << 50
"""In milliseconds: the holds of a bench do not expire."""

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class FreePlace:
    """A place that nobody else wants, found before the clock runs."""

    chosen: Chosen
    lanes: tuple[str, ...]


def wanted_from(gateway: Gateway, tokens: Iterator[str]) -> Iterator[FreePlace]:
    """Yield what the tokens mean."""
    for token in tokens:
        found = chosen(gateway.context, token)
        yield FreePlace(found, tuple(found.offer.lanes))


class OneByOne:
    """A store that runs and commits each operation at once, in the caller's own thread: nothing but the database."""

    def __init__(self, path: Path) -> None:
        self._connection = connect(path)
        self.seconds = 0.0

    async def write(self, operation: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Commit the operation, and count only what that took."""
        began = perf_counter()
        self._connection.execute("BEGIN IMMEDIATE")
        result = operation(SqliteTx(self._connection, wall_clock), *args, **kwargs)
        self._connection.execute("COMMIT")
        self.seconds += perf_counter() - began
        return result

    def close(self) -> None:
        """Close the database."""
        self._connection.close()


class Journal:
    """Writes bookings, 64 at a time, by group commit or one by one."""

    def __init__(self, gateway: Gateway, wanted: Iterator[FreePlace], numbers: Iterator[int]) -> None:
        self._gateway = gateway
        self._wanted = wanted
        self._numbers = numbers

    async def book_one_by_one(self, bookings: int) -> float:
        """Return how many bookings a second one thread commits, two transactions each, encryption included."""
        settings = self._gateway.settings
        store = OneByOne(settings.data_dir / DATABASE)
        for _ in range(bookings):
            await self._one(next(self._numbers), next(self._wanted), store)
        store.close()
        return bookings / store.seconds

    async def book(self, bookings: int) -> float:
        """Write so many bookings and return how many a second were on disk."""
        ahead = iter([next(self._wanted) for _ in range(bookings)])
        began = perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(CLIENTS):
                group.create_task(self._one_after_the_other(ahead))
        return bookings / (perf_counter() - began)

    async def _one_after_the_other(self, ahead: Iterator[FreePlace]) -> None:
        for wanted in ahead:
            await self._one(next(self._numbers), wanted, self._gateway.store)

    async def _one(self, number: int, wanted: FreePlace, store: "Store | OneByOne") -> None:
        context = self._gateway.context
        claim = claim_for(context, f"journal-hold-{number:08}", b"/v1/holds", b"{}")
        client = f"2001:db8::{number:x}"
        hold = new_hold(context, wanted.chosen, wanted.lanes, client=client, lang="de", typed=Particulars())
        await store.write(place_hold, hold, claim, context)
        claim = claim_for(context, f"journal-book-{number:08}", b"/v1/bookings", b"{}")
        given = Particulars(Person(name="Erika Mustermann", email=f"erika-{number}@example.org"))
        held = hold.booking._replace(expires=FAR_AHEAD)
        view = View(held, hold.key, wanted.chosen.offer, Particulars(), context)
        await store.write(confirm_at_once, Wanted(view, given.sealed(hold.key), "de"), claim)
