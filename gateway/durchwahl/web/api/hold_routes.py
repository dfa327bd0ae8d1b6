"""Holds. Whatever carries a token is never stored by anybody on the way."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from durchwahl.booking.answers import Answer
from durchwahl.booking.particulars import Particulars
from durchwahl.web.api.answering import KEYED, LOST, NO_HOLD, SLOT, KeyedRoutes, answered, language_asked
from durchwahl.web.api.bodies import HoldWanted
from durchwahl.web.api.credentials import OPTIONAL, Credentials
from durchwahl.web.api.described import NO_BODY, WITH_BODY, responses
from durchwahl.web.api.parameters import (
    Asked,
    Authorization,
    Citizen,
    IdempotencyKey,
    bearer,
    given_once,
    no_body,
)
from durchwahl.web.api.schemas.bookings import ExtendedOut, HoldOut
from durchwahl.web.assembly import Gateway

UNKNOWN = ("client-unknown", "citizen-unnamed")
LIMITS = ("hold-limit", "booking-limit", "client-limit")


class HoldRoutes(KeyedRoutes):
    """Each method is a route; its docstring is what OpenAPI says."""

    def __init__(self, gateway: Gateway) -> None:
        super().__init__(gateway)
        self._credentials = Credentials(gateway.settings.clients)

    async def hold(
        self,
        request: Request,
        wanted: HoldWanted,
        asked: Annotated[Asked, Query()],
        idempotency_key: IdempotencyKey = None,
        citizen: Citizen = None,
    ) -> Response:
        """Keep a slot for one citizen until `expires_at`."""
        asker = self._credentials.asker(request)
        # A slot is no secret: with a key that a careless website uses twice, one citizen would get another's hold.
        claim = await self._claim(request, idempotency_key, client=asker.client)

        async def effect() -> Answer:
            lost = wanted.continues
            typed = await self._bookings.typed(lost.hold, lost.token) if lost else Particulars()
            lang = language_asked(request, wanted.lang)
            return await self._holds.place(
                wanted.slot, client=asker.client, api_client=asker.api_client, lang=lang, claim=claim, typed=typed
            )

        return await self._once(request, claim, effect, self._holds.rebuilt)

    async def extend(
        self, hold_id: str, asked: Annotated[Asked, Query()], authorization: Authorization = None
    ) -> Response:
        """Prolong a hold."""
        return answered(Answer.of(200, await self._holds.extend(hold_id, bearer(authorization))), self._gateway)

    async def release(
        self, hold_id: str, asked: Annotated[Asked, Query()], authorization: Authorization = None
    ) -> Response:
        """Give a held slot back."""
        await self._holds.release(hold_id, bearer(authorization))
        return Response(status_code=204, headers={"cache-control": "no-store"})


def hold_routes(gateway: Gateway) -> APIRouter:
    """Return the routes, each with every answer that it gives."""
    router = APIRouter(prefix="/v1", tags=["bookings"], dependencies=[Depends(given_once)])
    routes = HoldRoutes(gateway)
    router.post(
        "/holds",
        status_code=201,
        response_model=HoldOut,
        # Decided in the transaction that begins it: nobody ever meets a hold in flight.
        responses=responses(*KEYED, *WITH_BODY, "slot-forged", *SLOT, *LOST, *UNKNOWN, *LIMITS),
        openapi_extra=OPTIONAL,
    )(routes.hold)
    router.post(
        "/holds/{hold_id}/extend",
        response_model=ExtendedOut,
        dependencies=[Depends(no_body)],
        responses=responses(*WITH_BODY, *LOST, *NO_HOLD, "not-extendable"),
    )(routes.extend)
    router.delete("/holds/{hold_id}", status_code=204, responses=responses(*NO_BODY, *LOST))(routes.release)
    return router
