"""Bookings. Whatever carries a token is never stored by anybody on the way."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from durchwahl.booking.answers import Answer
from durchwahl.booking.particulars import Particulars
from durchwahl.model.booking import Person
from durchwahl.web.api.answering import KEYED, LOST, NO_HOLD, SLOT, KeyedRoutes, answered, language_asked
from durchwahl.web.api.bodies import BookingWanted, ContactCorrected, RescheduleWanted, VerifyWanted
from durchwahl.web.api.credentials import OPTIONAL, Credentials
from durchwahl.web.api.described import WITH_BODY, responses
from durchwahl.web.api.parameters import (
    AcceptLanguage,
    Asked,
    Authorization,
    IdempotencyKey,
    bearer,
    given_once,
    no_body,
)
from durchwahl.web.api.schemas.bookings import BookingOut
from durchwahl.web.assembly import Gateway
from durchwahl.web.calendar_files import booking_file

NOT_LIVE = ("not-reschedulable", "booking-cancelled")
NOT_PROVED = ("slot-taken", "hold-expired", "verification-not-needed", "booking-limit")
IN_FLIGHT = (*KEYED, "idempotency-in-flight")
PENDING = {202: {"model": BookingOut, "description": "Not decided yet: ask again at `Location`."}}
CONFIRMED = {201: {"model": BookingOut, "description": "Confirmed."}}
ICS = {200: {"content": {"text/calendar": {}}, "description": "An iCalendar file."}}


class BookingRoutes(KeyedRoutes):
    """Each method is a route; its docstring is what OpenAPI says."""

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
        lang = language_asked(request, wanted.lang)

        async def effect() -> Answer:
            return await self._bookings.book(wanted.hold, wanted.token, given, lang, claim)

        return await self._once(request, claim, effect, self._bookings.booked)

    async def booking(
        self, booking_id: str, asked: Annotated[Asked, Query()], authorization: Authorization = None
    ) -> Response:
        """Return the booking as it stands."""
        body = await self._bookings.shown(booking_id, bearer(authorization))
        return answered(Answer.of(200, body), self._gateway)

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

        return await self._once(request, claim, effect, lambda known: self._bookings.moved(known, wanted.slot, claim))

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


def booking_routes(gateway: Gateway) -> APIRouter:
    """Return the routes, each with every answer that it gives."""
    router = APIRouter(prefix="/v1", tags=["bookings"], dependencies=[Depends(given_once)])
    routes = BookingRoutes(gateway)
    by_name: dict[str, Any] = {
        "dependencies": [Depends(Credentials(gateway.settings.clients).must_be_right)],
        "openapi_extra": OPTIONAL,
    }
    one = "/bookings/{booking_id}"
    router.post(
        "/bookings",
        status_code=201,
        response_model=BookingOut,
        responses=responses(*IN_FLIGHT, *WITH_BODY, *SLOT, *LOST, *NO_HOLD, "client-unknown", ok=PENDING),
        **by_name,
    )(routes.book)
    router.get(one, response_model=BookingOut, responses=responses(*LOST))(routes.booking)
    router.get(f"{one}/calendar.ics", response_class=Response, responses=responses(*LOST, ok=ICS))(routes.calendar)
    router.post(
        f"{one}/cancel",
        response_model=BookingOut,
        dependencies=[Depends(no_body)],
        responses=responses(*IN_FLIGHT, *WITH_BODY, *LOST, "not-cancellable"),
    )(routes.cancel)
    router.post(
        f"{one}/reschedule",
        response_model=BookingOut,
        responses=responses(*IN_FLIGHT, *WITH_BODY, "slot-forged", *SLOT, *LOST, "not-reschedulable", ok=PENDING),
    )(routes.reschedule)
    router.post(f"{one}/contact", response_model=BookingOut, responses=responses(*WITH_BODY, *LOST, *NOT_LIVE))(
        routes.contact
    )
    router.post(
        f"{one}/verify",
        status_code=201,
        response_model=BookingOut,
        responses=responses(*WITH_BODY, *LOST, *NOT_PROVED, "client-unknown", ok={**PENDING, **CONFIRMED}),
        **by_name,
    )(routes.verify)
    return router
