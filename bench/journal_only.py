"""What the journal alone takes of a booking: its five transactions and its encryption, and nothing before or between.

The calls are those that holding and booking make; what is left out is finding a free lane, the calendar, and reading
back. The difference to the whole way is what everything but durability costs.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Concatenate, ParamSpec, TypeVar

from bench.citizens import CLIENTS
from durchwahl.booking.answers import Answer, claim_for, keep_answer
from durchwahl.booking.holds import _place
from durchwahl.booking.particulars import Particulars
from durchwahl.booking.placing import Chosen, chosen
from durchwahl.booking.references import sealed_ref
from durchwahl.booking.transitions import Begun, begin_confirming, confirmed
from durchwahl.model.booking import Person
from durchwahl.store import journal
from durchwahl.store.schema import DATABASE
from durchwahl.store.sqlite import SqliteTx, connect, wall_clock
from durchwahl.store.tx import Store, Tx
from durchwahl.web.assembly import Gateway

DURABLE_STEPS = 5

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Wanted:
    """A place that nobody else wants, found before the clock runs."""

    chosen: Chosen
    lanes: tuple[str, ...]


def wanted_from(gateway: Gateway, tokens: Iterator[str]) -> Iterator[Wanted]:
    """Yield what the tokens mean."""
    for token in tokens:
        found = chosen(gateway.context, token)
        yield Wanted(found, tuple(found.offer.lanes))


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

    def __init__(self, gateway: Gateway, wanted: Iterator[Wanted], numbers: Iterator[int]) -> None:
        self._gateway = gateway
        self._wanted = wanted
        self._numbers = numbers

    async def book_one_by_one(self, bookings: int) -> float:
        """Return how many bookings a second one thread commits, five transactions each, encryption not counted."""
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

    async def _one_after_the_other(self, ahead: Iterator[Wanted]) -> None:
        for wanted in ahead:
            await self._one(next(self._numbers), wanted, self._gateway.store)

    async def _one(self, number: int, wanted: Wanted, store: "Store | OneByOne") -> None:
        context = self._gateway.context
        claim = claim_for(context, f"journal-hold-{number:08}", b"/v1/holds", b"{}")
        hold = self._gateway.holds._new(wanted.chosen, wanted.lanes, f"2001:db8::{number:x}", "de", Particulars())
        await store.write(_place, hold, claim, context)
        claim = claim_for(context, f"journal-book-{number:08}", b"/v1/bookings", b"{}")
        person = Particulars(Person(name="Erika Mustermann", email=f"erika-{number}@example.org"))
        token, personal, table = hold.body["token"], person.sealed(hold.key), wanted.chosen.offer.table
        begun = await store.write(
            begin_confirming, hold.booking.id, token, personal, "de", hold.key, claim, verify=False
        )
        if not isinstance(begun, Begun):
            raise AssertionError("the booking waits for a mail")
        place = wanted.chosen.place(hold.booking.id, 1, wanted.lanes[0], "")
        ref = sealed_ref(hold.key, place, {"lane": place.lane})
        await store.write(journal.remember_ref, hold.booking.id, 1, ref, None)
        done = await store.write(confirmed, begun.booking, begun.step, table)
        answer = Answer.of(201, {"id": done.id, "reference": done.reference, "status": str(done.state)})
        await store.write(keep_answer, claim, answer, hold.key)
