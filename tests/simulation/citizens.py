"""What citizens do in a world: they book, click twice, change their minds, and ask again where nobody has answered."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json, to_json

from durchwahl.audit.history import Operation
from durchwahl.availability import present
from durchwahl.availability.slots import Wish, unit_window
from durchwahl.booking.answers import Answer, claim_for
from durchwahl.booking.once import once
from durchwahl.booking.particulars import Particulars
from durchwahl.errors import Problem, SourceError
from durchwahl.model.booking import Person
from durchwahl.model.problems import PROBLEMS
from durchwahl.store.tx import StoreUnavailable
from tests.simulation.nodes import Node, from_epoch

if TYPE_CHECKING:
    from tests.simulation.world import World

PATIENCE = 10.0
"""How long a browser waits for an answer, in seconds."""
TRIES = 4
Effect = Callable[[Node], Awaitable[Answer]]


@dataclass
class Request:
    """One thing asked, the same at each try. `booking` is known before, where it is about one."""

    asked: Any
    body: tuple[bytes, ...]
    effect: Effect
    key: str | None = None
    booking: str | None = None


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
        is_open = self.booking["status"] != "confirmed"
        for _ in range(random.randrange(4)):
            await asyncio.sleep(random.expovariate(1 / 2 if is_open else 1 / 20))
            await random.choice((self._move, self._correct, self._call_off)[self.world.mood :])()

    async def _book(self, offer: tuple[str, str]) -> None:
        slot = await self._a_slot(offer)
        if slot is None:
            return
        held = await self._insistently(self._hold(slot))
        if held is None or held.status != 201:
            return
        self.held = from_json(held.body)
        await asyncio.sleep(self.world.random.expovariate(1 / 15))
        booked = await self._insistently(self._booking())
        if booked is None or booked.status not in (201, 202):
            return
        self.booking = from_json(booked.body)
        if self.booking["status"] == "pending_activation":
            await self._verify()

    async def _move(self) -> None:
        slot = await self._a_slot(self.world.offer_of(self.booking["id"]))
        if slot is not None:
            await self._insistently(self._keyed("reschedule", slot))

    async def _call_off(self) -> None:
        await self._insistently(self._keyed("cancel"))

    async def _correct(self) -> None:
        number = f"+49351{self.world.random.randrange(10**6, 10**7)}"
        token, booking = self.booking["manage_token"], self.booking["id"]

        async def effect(node: Node) -> Answer:
            return Answer.of(200, await node.bookings.correct(booking, token, Person(phone=number)))

        await self._insistently(Request("contact", (number.encode(),), effect, booking=booking))

    async def _verify(self) -> None:
        link = await self.world.verification(self.booking["id"])
        if link is None:
            return

        async def effect(node: Node) -> Answer:
            return await node.bookings.verify(self.booking["id"], link)

        await self._insistently(Request("verify", (b"",), effect, booking=self.booking["id"]))

    def _hold(self, slot: str) -> Request:
        async def effect(node: Node) -> Answer:
            claim = claim_for(node.context, request.key or "", *request.body, client=self._client)
            return await _once(
                node,
                claim,
                lambda: node.holds.place(slot, client=self._client, lang="de", claim=claim, typed=Particulars()),
                node.holds.rebuilt,
            )

        request = Request("hold", (b"/v1/holds", slot.encode()), effect, key=self._new_key())
        return request

    def _booking(self) -> Request:
        hold, token = self.held["id"], self.held["token"]
        mail, phone = f"c{self.number}@example.org", f"+49351{self.number:07}"
        given = Particulars(Person(name="Erika Beispiel", email=mail, phone=phone))

        async def effect(node: Node) -> Answer:
            claim = claim_for(node.context, request.key or "", *request.body)
            return await _once(
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
                return await _once(node, claim, lambda: bookings.cancel(booking, token, claim), bookings.cancelled)
            move = lambda: bookings.reschedule(booking, token, slot, claim)  # noqa: E731  # beside its twin above
            return await _once(node, claim, move, lambda known: bookings.moved(known, slot, claim))

        body = (f"/v1/bookings/{booking}/{asked}".encode(), slot.encode())
        request = Request(asked, body, effect, key=self._new_key(), booking=booking)
        return request

    async def _insistently(self, request: Request) -> Answer | None:
        """Ask until somebody answers for good; sometimes twice at once, as an impatient finger does."""
        random = self.world.random
        for _ in range(TRIES):
            if request.key is not None and random.random() < 0.15:
                twin = self.world.loop.create_task(self._ask(request))
                answer = await self._ask(request)
                await twin
            else:
                answer = await self._ask(request)
            if answer is not None and (answer.status < 500 and not _is_in_flight(answer)):
                if request.key is not None and random.random() < 0.1:  # a proxy that repeats what was answered
                    await asyncio.sleep(random.uniform(1, 40))
                    await self._ask(request)
                return answer
            if random.random() < 0.2:
                return None
            await asyncio.sleep(random.uniform(0.5, 8))
        return None

    async def _ask(self, request: Request) -> Answer | None:
        node = self.world.any_node()
        invoked = self.world.milliseconds()
        task = node.begin(_refusals_answered(request.effect, node))
        done, _ = await asyncio.wait({task}, timeout=PATIENCE)
        answer = task.result() if done else None
        self.world.noted(operation_of(request, invoked, self.world.milliseconds(), answer, node.name))
        return answer

    async def _a_slot(self, offer: tuple[str, str]) -> str | None:
        node, now = self.world.any_node(), self.world.now()
        service, channel = offer
        wish = Wish(
            ((service, 1),), unit_window(now, from_epoch(self.world.milliseconds() + 3 * 86_400_000)), (channel,), ()
        )
        task = node.begin(node.slots.find(wish, limit=40))
        done, _ = await asyncio.wait({task}, timeout=PATIENCE)
        if not done or not task.result().slots:
            return None
        slots = task.result().slots
        # Near one another, so that they fight.
        chosen = slots[min(int(self.world.random.expovariate(0.7)), len(slots) - 1)]
        return str(present.slot(chosen, node.context.sealer, node.context.settings.zone, now)["slot"])

    def _new_key(self) -> str:
        return f"key-{self.number}-{self.world.random.randrange(10**12):012}"

    @property
    def _client(self) -> str:
        return f"192.0.2.{self.number % 250}"


async def _once(node: Node, claim: Any, effect: Any, rebuilt: Any) -> Answer:
    return await once(node.context, claim, effect, rebuilt=rebuilt, rendered=_rendered)


async def _refusals_answered(effect: Effect, node: Node) -> Answer:
    """Answer as the edge does: whatever is refused or goes wrong has a status."""
    try:
        return await effect(node)
    except Problem as problem:
        return _rendered(problem)
    except SourceError:
        return _rendered(Problem("source-unavailable"))
    except StoreUnavailable:
        return _rendered(Problem("store-unavailable"))
    except Exception as error:  # noqa: BLE001  # the edge answers 500; here it is a violation
        node.world.broke(error)
        return _rendered(Problem("internal"))


def _rendered(problem: Problem) -> Answer:
    return Answer(PROBLEMS[problem.code], to_json({"code": problem.code}))


def _is_in_flight(answer: Answer) -> bool:
    return answer.status == 409 and from_json(answer.body).get("code") == "idempotency-in-flight"


def operation_of(request: Request, invoked: int, returned: int, answer: Answer | None, node: str) -> Operation:
    """Return the line of the history; a 5xx is no answer: what was asked may have happened."""
    body = from_json(answer.body) if answer else {}
    outcome = "info" if answer is None or answer.status >= 500 else "ok" if answer.status < 400 else "fail"
    start = body.get("start")
    return Operation(
        asked=request.asked,
        invoked=invoked,
        returned=None if answer is None else returned,
        outcome=outcome,
        booking=body.get("id", request.booking),
        status=answer.status if answer else None,
        code=body.get("code"),
        state=body.get("status") if outcome == "ok" and request.asked != "hold" else None,
        starts=_stamp(start) if start else None,
        key=request.key,
        request=sha256(b"\0".join(request.body)).hexdigest()[:16],
        answer=sha256(answer.body).hexdigest()[:16] if answer else None,
        node=node,
    )


def _stamp(text: str) -> int:
    from datetime import datetime

    return round(datetime.fromisoformat(text).timestamp() * 1000)
