"""Citizens who book, by the calls that the routes make."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from time import perf_counter

from pydantic_core import from_json

from durchwahl.booking.answers import claim_for
from durchwahl.booking.particulars import Particulars
from durchwahl.model.booking import Person
from durchwahl.web.assembly import Gateway

CLIENTS = 64


class NotBooked(AssertionError):
    """The gateway answered something else than 201: what was measured was no booking."""


@dataclass
class Citizens:
    """Book slot after slot; no two of them want the same place. Each booking is another client's."""

    gateway: Gateway
    tokens: Iterator[str]
    numbers: Iterator[int] = field(default_factory=count)

    async def book(self, bookings: int) -> float:
        """Make so many bookings, 64 at a time, and return how many a second were confirmed.

        Raises:
            NotBooked: one was not.
        """
        left = iter(range(bookings))
        began = perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(CLIENTS):
                group.create_task(self._one_after_the_other(left))
        return bookings / (perf_counter() - began)

    async def _one_after_the_other(self, left: Iterator[int]) -> None:
        for _ in left:
            await self._one(next(self.numbers), next(self.tokens))

    async def _one(self, number: int, token: str) -> None:
        context = self.gateway.context
        claim = claim_for(context, f"hold-{number:016}", b"/v1/holds", token.encode())
        client = f"2001:db8::{number:x}"
        held = await self.gateway.holds.place(token, client=client, lang="de", claim=claim, typed=Particulars())
        hold = from_json(held.body)
        claim = claim_for(context, f"book-{number:016}", b"/v1/bookings", held.body)
        person = Particulars(Person(name="Erika Mustermann", email=f"erika-{number}@example.org"))
        booked = await self.gateway.bookings.book(hold["id"], hold["token"], person, "de", claim)
        if (held.status, booked.status) != (201, 201):
            raise NotBooked(f"a hold was answered {held.status}, its booking {booked.status}")
