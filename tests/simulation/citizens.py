"""What citizens do in a world: they hold, prolong, give back, book, move, correct, cancel and erase."""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

from durchwahl.availability import present
from durchwahl.availability.slots import Wish, unit_window
from durchwahl.booking.answers import Answer, claim_for
from durchwahl.booking.particulars import Particulars
from durchwahl.model.booking import Person
from tests.simulation.asking import PATIENCE, Request, answered_once, insistently
from tests.simulation.nodes import Node, from_epoch

if TYPE_CHECKING:
    from tests.simulation.world import World

ADDRESSES = 250
"""So many addresses from which citizens come."""


@dataclass
class Citizen:
    """One citizen with one wish; `held` and `booking` are what the answers gave."""

    world: "World"
    number: int
    held: dict[str, Any] = field(default_factory=dict)
    booking: dict[str, Any] = field(default_factory=dict)

    async def lives(self) -> None:
        """Book, then do what comes to mind."""
        random = self.world.random
        await asyncio.sleep(random.uniform(0, self.world.rush))
        await self._book(random.choice(self.world.offers))
        if not self.booking:
            return
        pause = 2 if self.booking["status"] != "confirmed" else self.world.pause
        changes, ends = (self._move, self._correct), (self._call_off, self._erase)
        wishes = [random.choice((*changes, *changes, *ends)) for _ in range(random.randrange(4))]
        if self.world.is_fickle:
            wishes = [random.choice(changes), self._call_off][random.randrange(2) :]
        for wish in wishes:
            await asyncio.sleep(random.expovariate(1 / pause))
            await wish()

    async def _book(self, offer: tuple[str, str]) -> None:
        slot = await self._a_slot(offer)
        held = None if slot is None else await insistently(self.world, self._hold(slot))
        if held is None or held.status != 201:
            return
        self.held = from_json(held.body)
        if not await self._still_wants():
            return
        booked = await insistently(self.world, self._booking())
        if booked is None or booked.status not in (201, 202):
            return
        self.booking = from_json(booked.body)
        if self.booking["status"] == "pending_activation":
            await self._verify()

    async def _still_wants(self) -> bool:
        """Type for a while, ask for more time, or give the slot back."""
        random = self.world.random
        await asyncio.sleep(random.expovariate(1 / 15))
        chance = random.random()
        if chance < 0.1:
            await insistently(self.world, self._of_hold("extend"))
            await asyncio.sleep(random.expovariate(1 / 200))
        elif chance < 0.2:
            await insistently(self.world, self._of_hold("release"))
        return chance < 0.1 or chance >= 0.15  # some try to book what they have given back

    async def _move(self) -> None:
        slot = await self._a_slot(self.world.offer_of(self.booking["id"]))
        if slot is not None:
            await insistently(self.world, self._keyed("reschedule", slot))

    async def _call_off(self) -> None:
        await insistently(self.world, self._keyed("cancel"))

    async def _erase(self) -> None:
        token, booking = self.booking["manage_token"], self.booking["id"]

        async def effect(node: Node) -> Answer:
            await node.erasing.erase(booking, token, cancels=True)
            return Answer.of(200, {"id": booking, "status": "cancelled"})

        await insistently(self.world, Request("erase", (b"",), effect, booking=booking))

    async def _correct(self) -> None:
        number = f"+49351{self.world.random.randrange(10**6, 10**7)}"
        token, booking = self.booking["manage_token"], self.booking["id"]

        async def effect(node: Node) -> Answer:
            return Answer.of(200, await node.bookings.correct(booking, token, Person(phone=number)))

        await insistently(self.world, Request("contact", (number.encode(),), effect, booking=booking))

    async def _verify(self) -> None:
        link = await self.world.verification(self.booking["id"])
        if link is None:
            return

        async def effect(node: Node) -> Answer:
            return await node.bookings.verify(self.booking["id"], link)

        await insistently(self.world, Request("verify", (b"",), effect, booking=self.booking["id"]))

    def _hold(self, slot: str) -> Request:
        async def effect(node: Node) -> Answer:
            client = f"192.0.2.{self.number % ADDRESSES}"
            claim = claim_for(node.context, request.key or "", *request.body, client=client)
            return await answered_once(
                node,
                claim,
                lambda: node.holds.place(slot, client=client, lang="de", claim=claim, typed=Particulars()),
                node.holds.rebuilt,
            )

        request = Request("hold", (b"/v1/holds", slot.encode()), effect, key=self._new_key())
        return request

    def _of_hold(self, asked: str) -> Request:
        hold, token = self.held["id"], self.held["token"]

        async def effect(node: Node) -> Answer:
            if asked == "extend":
                return Answer.of(200, await node.holds.extend(hold, token))
            await node.holds.release(hold, token)
            return Answer.of(204, {"id": hold})

        return Request(asked, (asked.encode(),), effect, booking=hold)

    def _booking(self) -> Request:
        hold, token = self.held["id"], self.held["token"]
        mail, phone = f"c{self.number}@example.org", f"+49351{self.number:07}"
        given = Particulars(Person(name="Erika Beispiel", email=mail, phone=phone))

        async def effect(node: Node) -> Answer:
            claim = claim_for(node.context, request.key or "", *request.body)
            return await answered_once(
                node, claim, lambda: node.bookings.book(hold, token, given, "de", claim), node.bookings.booked
            )

        request = Request("book", (b"/v1/bookings", hold.encode()), effect, key=self._new_key(), booking=hold)
        return request

    def _keyed(self, asked: str, slot: str = "") -> Request:
        booking, token = self.booking["id"], self.booking["manage_token"]

        async def effect(node: Node) -> Answer:
            claim, bookings = claim_for(node.context, request.key or "", *request.body), node.bookings
            await bookings.get(booking, token)
            if asked == "cancel":
                return await answered_once(
                    node, claim, lambda: bookings.cancel(booking, token, claim), bookings.cancelled
                )
            move = lambda: bookings.reschedule(booking, token, slot, claim)  # noqa: E731  # beside its twin above
            return await answered_once(node, claim, move, lambda known: bookings.moved(known, slot, claim))

        body = (f"/v1/bookings/{booking}/{asked}".encode(), slot.encode())
        request = Request(asked, body, effect, key=self._new_key(), booking=booking)
        return request

    async def _a_slot(self, offer: tuple[str, str]) -> str | None:
        node, now = self.world.any_node(), self.world.now()
        service, channel = offer
        soon = unit_window(now, from_epoch(self.world.milliseconds() + 3 * 86_400_000))
        task = node.begin(node.slots.find(Wish(((service, 1),), soon, (channel,), ()), limit=40))
        done, _ = await asyncio.wait({task}, timeout=PATIENCE)
        if not done or not task.result().slots:
            return None
        slots = task.result().slots
        # Near one another, so that they fight.
        chosen = slots[min(int(self.world.random.expovariate(0.7)), len(slots) - 1)]
        return str(present.slot(chosen, node.context.sealer, node.context.settings.zone, now)["slot"])

    def _new_key(self) -> str:
        return f"key-{self.number}-{self.world.random.randrange(10**12):012}"
