"""What the buttons of booking do, once however often they are pressed."""

import asyncio
from collections.abc import Awaitable, Callable

from fastapi import Request
from pydantic_core import from_json

from durchwahl.booking.answers import Answer, claim_for
from durchwahl.booking.particulars import Particulars
from durchwahl.errors import Problem
from durchwahl.store.idempotency import Claim
from durchwahl.web.assembly import Gateway
from durchwahl.web.keyed import answered_once
from durchwahl.web.portal.times.listed import new_key

PATIENCE, PAUSE = 20, 0.25
"""How often, and after how many seconds each, a second press asks for what the first one does."""
SHORTEST_KEY, LONGEST_KEY = 16, 64


class Pressing:
    """Reserves and books for pages in one language; raises `Problem` for what is refused, now or before."""

    def __init__(self, gateway: Gateway, language: str) -> None:
        self._gateway = gateway
        self._language = language

    async def reserve(self, request: Request, slot: str, key: str, typed: Particulars) -> Answer:
        """Hold the slot; pressed twice on one loading of a page, once. Without a page's key each press counts."""
        if not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
            key = new_key()
        client: str = request.scope["client_address"]
        claim = claim_for(self._gateway.context, f"{key} {slot}", b"page hold", slot.encode(), client=client)
        holds = self._gateway.holds

        async def effect() -> Answer:
            return await holds.place(slot, client=client, lang=self._language, claim=claim, typed=typed)

        return await self._once(request, claim, effect, holds.rebuilt)

    async def book(self, request: Request, hold: str, token: str) -> Answer:
        """Book what is held. A second press while the first is worked on waits for the same answer."""
        claim = claim_for(self._gateway.context, f"page booking {hold} {token}", b"page booking")
        bookings = self._gateway.bookings

        async def effect() -> Answer:
            return await bookings.book(hold, token, Particulars(), self._language, claim)

        for _ in range(PATIENCE):
            try:
                return await self._once(request, claim, effect, bookings.booked)
            except Problem as problem:
                if problem.code != "idempotency-in-flight":
                    raise
            await asyncio.sleep(PAUSE)
        return await bookings.booked(hold)

    async def _once(
        self,
        request: Request,
        claim: Claim,
        effect: Callable[[], Awaitable[Answer]],
        rebuilt: Callable[[str], Awaitable[Answer]],
    ) -> Answer:
        answer = await answered_once(self._gateway, request, claim, effect, rebuilt)
        if answer.status >= 400:
            body = from_json(answer.body)
            raise Problem(body["code"], alternatives=body["alternatives"], retry_after=answer.retry_after)
        return answer
