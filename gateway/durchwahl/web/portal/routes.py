"""The addresses in mails: the appointment, its confirmation, the way into the room.

GET shows and changes nothing. A button is a form that POSTs its token in the body. What goes wrong is a page, too.
"""

from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from durchwahl.booking.views import View
from durchwahl.errors import Problem
from durchwahl.model.text import DEFAULT_LANGUAGE
from durchwahl.rooms.joining import Joining
from durchwahl.web.assembly import Gateway
from durchwahl.web.calendar_files import booking_file
from durchwahl.web.portal.contents import door_page, manage_page, verified_page, verify_page
from durchwahl.web.portal.pages import Pages
from durchwahl.web.problems import language_of

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 20


class PortalRoutes:
    """Each method is a page, or what its button does."""

    def __init__(self, gateway: Gateway, pages: Pages) -> None:
        self._gateway = gateway
        self._pages = pages
        self._joining = Joining(gateway.context)

    async def stylesheet(self) -> Response:
        """Return the one stylesheet."""
        headers = {"cache-control": "public, max-age=3600"}
        return Response(self._pages.stylesheet, headers=headers, media_type="text/css")

    async def manage(self, request: Request, booking_id: str, token: str) -> Response:
        """Show the appointment."""
        view = await self._gateway.bookings.get(booking_id, token)
        language = spoken_with(view, request)
        return self._pages.response(manage_page(view, token, self._gateway, language), language)

    async def cancel(self, request: Request, booking_id: str) -> Response:
        """Cancel, and lead back to what has become of the appointment: to load that again cancels nothing again."""
        token = await sent_token(request)
        await self._gateway.bookings.cancel(booking_id, token, None)
        view = await self._gateway.bookings.get(booking_id, token)
        return RedirectResponse(urlsplit(view.manage_url()).path, 303)

    async def calendar(self, request: Request, booking_id: str, token: str) -> Response:
        """Return the calendar file."""
        view = await self._gateway.bookings.get(booking_id, token)
        return booking_file(view, spoken_with(view, request))

    async def verify_page(self, request: Request, booking_id: str, token: str) -> Response:
        """Show the button that confirms a mail address."""
        await self._gateway.bookings.awaiting(booking_id, token)
        language = language_of(request)
        return self._pages.response(verify_page(booking_id, token, self._gateway, language), language)

    async def verify(self, request: Request, booking_id: str) -> Response:
        """Confirm the mail address, and with it the booking."""
        await self._gateway.bookings.verify(booking_id, await sent_token(request))
        language = language_of(request)
        return self._pages.response(verified_page(language), language)

    async def door(self, request: Request, booking_id: str, token: str) -> Response:
        """Show when the room opens, and the button that leads in."""
        door = await self._joining.door(booking_id, token)
        language = spoken_with(door.view, request)
        return self._pages.response(door_page(door, token, self._gateway, language), language)

    async def enter(self, request: Request, booking_id: str) -> Response:
        """Lead into the room, at an address that is made for this moment."""
        token = await sent_token(request)
        try:
            return RedirectResponse(await self._joining.enter(booking_id, token), 303)
        except Problem as problem:
            if problem.code != "room-closed":
                raise
            return await self.door(request, booking_id, token)


def spoken_with(view: View, request: Request) -> str:
    """Return the page's language: `lang`, else the one that was booked in, else the browser's.

    Who booked in English gets mails in English, and their links lead to English pages on a German computer, too.
    """
    if "lang" not in request.query_params and view.booking.lang != DEFAULT_LANGUAGE:
        return view.booking.lang
    return language_of(request)


async def sent_token(request: Request) -> str:
    """Return the token that a form sends; a missing one is answered like a wrong one."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    body = (await request.body()).decode("utf-8", "replace")
    try:
        fields = parse_qs(body, max_num_fields=MOST_FIELDS) if kind == FORM else {}
    except ValueError as error:
        raise Problem("not-found") from error
    return fields.get("token", [""])[0]


def portal_routes(gateway: Gateway, pages: Pages) -> APIRouter:
    """Return the routes; none of them is part of the uniform interface."""
    router = APIRouter(include_in_schema=False)
    routes = PortalRoutes(gateway, pages)
    router.get("/plain.css")(routes.stylesheet)
    router.get("/termin/{booking_id}/bestaetigen/{token}")(routes.verify_page)
    router.post("/termin/{booking_id}/bestaetigen")(routes.verify)
    router.get("/termin/{booking_id}/{token}")(routes.manage)
    router.post("/termin/{booking_id}/absagen")(routes.cancel)
    router.get("/termin/{booking_id}/{token}/termin.ics")(routes.calendar)
    router.get("/gespraech/{booking_id}/{token}")(routes.door)
    router.post("/gespraech/{booking_id}")(routes.enter)
    return router
