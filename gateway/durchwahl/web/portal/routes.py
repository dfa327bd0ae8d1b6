"""The addresses in mails: the appointment, its confirmation, the way into the room."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from durchwahl.errors import Problem
from durchwahl.rooms.joining import Joining
from durchwahl.texts import negotiate, translate
from durchwahl.web.assembly import Gateway
from durchwahl.web.calendar_files import booking_file
from durchwahl.web.portal.contents import door_page, manage_page, problem_page
from durchwahl.web.portal.pages import PageContent, PageForm, Pages


class PortalRoutes:
    """Each method is a page; what goes wrong is a page too, that says what to do."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._pages = Pages(gateway.settings)
        self._joining = Joining(gateway.context)

    async def stylesheet(self) -> Response:
        """Return the one stylesheet."""
        headers = {"cache-control": "public, max-age=3600"}
        return Response(self._pages.stylesheet, headers=headers, media_type="text/css")

    async def manage(self, request: Request, booking_id: str, token: str) -> Response:
        """Show the appointment."""

        async def make(language: str) -> PageContent:
            return manage_page(await self._gateway.bookings.get(booking_id, token), self._gateway, language)

        return await self._shown(request, make)

    async def cancel(self, request: Request, booking_id: str, token: str) -> Response:
        """Cancel, and show what has become of the appointment."""

        async def make(language: str) -> PageContent:
            await self._gateway.bookings.cancel(booking_id, token, None)
            return manage_page(await self._gateway.bookings.get(booking_id, token), self._gateway, language)

        return await self._shown(request, make)

    async def calendar(self, request: Request, booking_id: str, token: str) -> Response:
        """Return the calendar file."""
        language = _language(request)
        try:
            return booking_file(await self._gateway.bookings.get(booking_id, token), language)
        except Problem as problem:
            return self._pages.response(problem_page(problem, language), language)

    async def verify_page(self, request: Request, booking_id: str, token: str) -> Response:
        """Show the button that confirms a mail address."""

        async def make(language: str) -> PageContent:
            await self._gateway.bookings.awaiting(booking_id, token)
            button = PageForm(action=self._here(request), button=translate("page.verify.button", language))
            explained = translate("page.verify.explained", language)
            return PageContent(title=translate("page.verify.heading", language), texts=[explained], form=button)

        return await self._shown(request, make)

    async def verify(self, request: Request, booking_id: str, token: str) -> Response:
        """Confirm the mail address, and with it the booking."""

        async def make(language: str) -> PageContent:
            await self._gateway.bookings.verify(booking_id, token)
            done = translate("page.verify.done", language)
            return PageContent(title=translate("page.verify.heading", language), texts=[done])

        return await self._shown(request, make)

    async def door(self, request: Request, booking_id: str, token: str) -> Response:
        """Show when the room opens, and the button that leads in."""

        async def make(language: str) -> PageContent:
            door = await self._joining.door(booking_id, token)
            return door_page(door, self._here(request), self._gateway, language)

        return await self._shown(request, make)

    async def enter(self, request: Request, booking_id: str, token: str) -> Response:
        """Lead into the room, at an address that is made for this moment."""
        try:
            address = await self._joining.enter(booking_id, token)
        except Problem as problem:
            if problem.code == "room-closed":
                return await self.door(request, booking_id, token)
            language = _language(request)
            return self._pages.response(problem_page(problem, language), language)
        return RedirectResponse(address, 303, headers={"cache-control": "no-store"})

    async def _shown(self, request: Request, make: Callable[[str], Awaitable[PageContent]]) -> Response:
        language = _language(request)
        try:
            content = await make(language)
        except Problem as problem:
            content = problem_page(problem, language)
        return self._pages.response(content, language)

    def _here(self, request: Request) -> str:
        return self._gateway.settings.prefix + request.url.path


def portal_routes(gateway: Gateway) -> APIRouter:
    """Return the routes; none of them is part of the uniform interface."""
    router = APIRouter(include_in_schema=False)
    routes = PortalRoutes(gateway)
    router.get("/plain.css")(routes.stylesheet)
    router.get("/termin/{booking_id}/bestaetigen/{token}")(routes.verify_page)
    router.post("/termin/{booking_id}/bestaetigen/{token}")(routes.verify)
    router.get("/termin/{booking_id}/{token}")(routes.manage)
    router.post("/termin/{booking_id}/{token}/absagen")(routes.cancel)
    router.get("/termin/{booking_id}/{token}/termin.ics")(routes.calendar)
    router.get("/gespraech/{booking_id}/{token}")(routes.door)
    router.post("/gespraech/{booking_id}/{token}")(routes.enter)
    return router


def _language(request: Request) -> str:
    return negotiate(request.query_params.get("lang") or request.headers.get("accept-language"))
