"""Holds and bookings. Whatever carries a token is never stored by anybody on the way."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from durchwahl.booking.answers import Answer, claim_for
from durchwahl.booking.once import once
from durchwahl.booking.particulars import Particulars
from durchwahl.model.booking import Person
from durchwahl.store.idempotency import Claim
from durchwahl.texts import negotiate
from durchwahl.web.api.described import NO_BODY, WITH_BODY, responses
from durchwahl.web.api.parameters import (
    AcceptLanguage,
    Asked,
    Authorization,
    BookingWanted,
    ContactCorrected,
    HoldWanted,
    IdempotencyKey,
    RescheduleWanted,
    VerifyWanted,
    bearer,
    checked_key,
)
from durchwahl.web.api.schemas import BookingOut, ExtendedOut, HoldOut
from durchwahl.web.assembly import Gateway
from durchwahl.web.calendar_files import booking_file
from durchwahl.web.problems import problem_answer

ONCE = ("idempotency-key-missing", "idempotency-key-reused")
"""A hold is decided in the transaction that begins it: nobody ever meets one in flight."""
KEYED = (*ONCE, "idempotency-in-flight")
SLOT = ("slot-forged", "slot-taken", "slot-withdrawn", "source-unavailable")
STORE = "store-unavailable"
PENDING = {202: {"model": BookingOut, "description": "Not decided yet: ask again at `Location`."}}
CONFIRMED = {201: {"model": BookingOut, "description": "Confirmed."}}
ICS = {200: {"content": {"text/calendar": {}}, "description": "An iCalendar file."}}


def answered(answer: Answer, gateway: Gateway) -> Response:
    """Return a kept or new answer as a response."""
    headers = {"cache-control": "no-store"}
    if answer.location is not None:
        headers["location"] = gateway.settings.gateway.public_url + answer.location
    if answer.retry_after is not None:
        headers["retry-after"] = str(answer.retry_after)
    media_type = "application/json" if answer.status < 400 else "application/problem+json"
    return Response(answer.body, answer.status, headers, media_type)


class BookingRoutes:
    """Each method is a route; its docstring is what OpenAPI says."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._holds, self._bookings = gateway.holds, gateway.bookings

    async def hold(
        self,
        request: Request,
        wanted: HoldWanted,
        asked: Annotated[Asked, Query()],
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        """Keep a slot for one citizen until `expires_at`."""
        claim = await self._claim(request, idempotency_key)

        async def effect() -> Answer:
            lost = wanted.continues
            typed = await self._bookings.typed(lost.hold, lost.token) if lost else Particulars()
            client, lang = request.scope["client_address"], _language(request, wanted.lang)
            return await self._holds.place(wanted.slot, client=client, lang=lang, claim=claim, typed=typed)

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

    async def book(
        self,
        request: Request,
        wanted: BookingWanted,
        asked: Annotated[Asked, Query()],
        idempotency_key: IdempotencyKey = None,
    ) -> Response:
        """Turn a hold into a booking; waits up to four seconds for the department's system."""
        claim = await self._claim(request, idempotency_key)
        given = Particulars(wanted.person, wanted.needs, wanted.answers)
        lang = _language(request, wanted.lang)

        async def effect() -> Answer:
            return await self._bookings.book(wanted.hold, wanted.token, given, lang, claim)

        return await self._once(request, claim, effect, self._bookings.booked)

    async def booking(
        self, booking_id: str, asked: Annotated[Asked, Query()], authorization: Authorization = None
    ) -> Response:
        """Return the booking as it stands."""
        view = await self._bookings.get(booking_id, bearer(authorization))
        return answered(Answer.of(200, view.public()), self._gateway)

    async def calendar(
        self,
        booking_id: str,
        asked: Annotated[Asked, Query()],
        authorization: Authorization = None,
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """Return the booking as a calendar file."""
        view = await self._bookings.get(booking_id, bearer(authorization))
        return booking_file(view, asked.language(accept_language))

    async def cancel(
        self,
        request: Request,
        booking_id: str,
        asked: Annotated[Asked, Query()],
        idempotency_key: IdempotencyKey = None,
        authorization: Authorization = None,
    ) -> Response:
        """Cancel; final from the answer on."""
        claim, token = await self._claim(request, idempotency_key), bearer(authorization)
        await self._bookings.get(booking_id, token)

        async def effect() -> Answer:
            return await self._bookings.cancel(booking_id, token, claim)

        return await self._once(request, claim, effect, self._bookings.cancelled)

    async def reschedule(
        self,
        request: Request,
        booking_id: str,
        wanted: RescheduleWanted,
        asked: Annotated[Asked, Query()],
        idempotency_key: IdempotencyKey = None,
        authorization: Authorization = None,
    ) -> Response:
        """Move the booking to another slot; where that fails, the old time stays."""
        claim, token = await self._claim(request, idempotency_key), bearer(authorization)
        await self._bookings.get(booking_id, token)

        async def effect() -> Answer:
            return await self._bookings.reschedule(booking_id, token, wanted.slot, claim)

        return await self._once(request, claim, effect, lambda known: self._bookings.moved(known, wanted.slot))

    async def contact(
        self,
        booking_id: str,
        wanted: ContactCorrected,
        asked: Annotated[Asked, Query()],
        authorization: Authorization = None,
    ) -> Response:
        """Correct mail address and phone number."""
        person = Person.model_validate(wanted.model_dump(exclude_unset=True))
        body = await self._bookings.correct(booking_id, bearer(authorization), person)
        return answered(Answer.of(200, body), self._gateway)

    async def verify(self, booking_id: str, wanted: VerifyWanted, asked: Annotated[Asked, Query()]) -> Response:
        """Confirm with the token from the mail."""
        return answered(await self._bookings.verify(booking_id, wanted.token), self._gateway)

    async def _claim(self, request: Request, key: str | None) -> Claim:
        checked = checked_key(key)
        return claim_for(self._gateway.context, checked, request.url.path.encode(), await request.body())

    async def _once(
        self,
        request: Request,
        claim: Claim,
        effect: Callable[[], Awaitable[Answer]],
        rebuilt: Callable[[str], Awaitable[Answer]],
    ) -> Response:
        answer = await once(
            self._gateway.context,
            claim,
            effect,
            rebuilt=rebuilt,
            rendered=lambda problem: problem_answer(problem, request, self._gateway),
        )
        return answered(answer, self._gateway)


def booking_routes(gateway: Gateway) -> APIRouter:
    """Return the routes, each with every answer that it gives."""
    router = APIRouter(prefix="/v1", tags=["bookings"])
    routes = BookingRoutes(gateway)
    lost = ("invalid-parameter", "not-found", STORE)
    one = "/bookings/{booking_id}"
    router.post(
        "/holds",
        status_code=201,
        response_model=HoldOut,
        responses=responses(*ONCE, *WITH_BODY, *SLOT, *lost, "hold-limit"),
    )(routes.hold)
    router.post(
        "/holds/{hold_id}/extend",
        response_model=ExtendedOut,
        responses=responses(*NO_BODY, *lost, "hold-expired", "not-extendable"),
    )(routes.extend)
    router.delete("/holds/{hold_id}", status_code=204, responses=responses(*NO_BODY, *lost))(routes.release)
    router.post(
        "/bookings",
        status_code=201,
        response_model=BookingOut,
        responses=responses(*KEYED, *WITH_BODY, *SLOT[1:], *lost, "already-booked", "hold-expired", ok=PENDING),
    )(routes.book)
    router.get(one, response_model=BookingOut, responses=responses(*lost))(routes.booking)
    router.get(f"{one}/calendar.ics", response_class=Response, responses=responses(*lost, ok=ICS))(routes.calendar)
    router.post(
        f"{one}/cancel", response_model=BookingOut, responses=responses(*KEYED, *NO_BODY, *lost, "not-cancellable")
    )(routes.cancel)
    router.post(
        f"{one}/reschedule",
        response_model=BookingOut,
        responses=responses(*KEYED, *WITH_BODY, *SLOT, *lost, "not-reschedulable", ok=PENDING),
    )(routes.reschedule)
    router.post(
        f"{one}/contact", response_model=BookingOut, responses=responses(*WITH_BODY, *lost, "not-reschedulable")
    )(routes.contact)
    router.post(
        f"{one}/verify",
        status_code=201,
        response_model=BookingOut,
        responses=responses(
            *WITH_BODY, *lost, "slot-taken", "hold-expired", "verification-not-needed", ok={**PENDING, **CONFIRMED}
        ),
    )(routes.verify)
    return router


def _language(request: Request, asked: str | None) -> str:
    return negotiate(asked or request.headers.get("accept-language"))
