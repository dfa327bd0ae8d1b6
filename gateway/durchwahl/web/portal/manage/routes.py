"""The addresses in mails: the appointment, its confirmation, the way into the room.

GET shows and changes nothing. A button is a form that POSTs its token in the body. What goes wrong is a page, too.
"""

from fastapi import APIRouter, Request, Response
from pydantic_core import from_json
from starlette.responses import RedirectResponse

from durchwahl.booking.erasing import Erasing
from durchwahl.errors import Problem
from durchwahl.model.states import PUBLIC_STATUS, State
from durchwahl.rooms.joining import Joining
from durchwahl.web.assembly import Gateway
from durchwahl.web.calendar_files import booking_file
from durchwahl.web.portal.forms import sent_form
from durchwahl.web.portal.manage.appointment import appointment_page
from durchwahl.web.portal.manage.cancelling import cancelling_routes
from durchwahl.web.portal.manage.contact import contact_routes
from durchwahl.web.portal.manage.door import door_page
from durchwahl.web.portal.manage.erasing import erasing_routes
from durchwahl.web.portal.manage.moving import moving_routes
from durchwahl.web.portal.manage.scene import Scene
from durchwahl.web.portal.rendering import Page, Renderer
from durchwahl.web.portal.talk.routes import way_in


class ManageRoutes:
    """Each method is a page, or what its button does."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._bookings = scene.gateway.bookings
        self._joining = Joining(scene.gateway.context)
        self._erasing = Erasing(scene.gateway.context, scene.gateway.steps)

    async def manage(self, request: Request, booking_id: str, token: str) -> Response:
        """Show the appointment."""
        view = await self._bookings.get(booking_id, token)
        goes = await self._erasing.is_under_way(booking_id)
        done = request.query_params.get("getan", "")
        return self._scene.answer(appointment_page(view, token, self._scene, done=done, goes=goes))

    async def calendar(self, booking_id: str, token: str) -> Response:
        """Return the calendar file."""
        return booking_file(await self._bookings.get(booking_id, token), self._scene.language)

    async def verify_page(self, booking_id: str, token: str) -> Response:
        """Show the button that confirms a mail address."""
        await self._bookings.awaiting(booking_id, token)
        values = {"booking": booking_id, "token": token}
        title, path = self._scene.say("page.verify.heading"), f"termin/{booking_id}/bestaetigen/{token}"
        return self._scene.answer(Page("manage/verify.html", title, values, path=path))

    async def verify(self, request: Request, booking_id: str) -> Response:
        """Confirm the mail address, and with it the booking."""
        answer = await self._bookings.verify(booking_id, (await sent_form(request)).token)
        is_asked = from_json(answer.body)["status"] == PUBLIC_STATUS[State.AWAITING_APPROVAL]
        said = "page.done.text.awaiting_approval" if is_asked else "page.verify.done"
        title, texts = self._scene.say("page.verify.heading"), [self._scene.say(said)]
        return self._scene.answer(Page("manage/said.html", title, {"texts": texts}))

    async def door(self, booking_id: str, token: str) -> Response:
        """Show when the room opens, and the button that leads in."""
        door = await self._joining.door(booking_id, token)
        return self._scene.answer(door_page(door, token, self._scene))

    async def enter(self, request: Request, booking_id: str) -> Response:
        """Lead into the room, at an address that is made for this moment."""
        token = (await sent_form(request)).token
        try:
            how = await self._joining.enter(booking_id, token)
            return RedirectResponse(way_in(how, booking_id, token, self._scene.to), 303)
        except Problem as problem:
            if problem.code != "room-closed":
                raise
            return await self.door(booking_id, token)


def manage_routes(gateway: Gateway, renderer: Renderer, language: str) -> APIRouter:
    """Return the routes in one language."""
    router = APIRouter(include_in_schema=False)
    scene = Scene(gateway, renderer, language)
    routes = ManageRoutes(scene)
    router.get("/termin/{booking_id}/bestaetigen/{token}")(routes.verify_page)
    router.post("/termin/{booking_id}/bestaetigen")(routes.verify)
    for part in (erasing_routes, moving_routes, contact_routes, cancelling_routes):
        router.include_router(part(scene))
    router.get("/termin/{booking_id}/{token}")(routes.manage)
    router.get("/termin/{booking_id}/{token}/termin.ics")(routes.calendar)
    router.get("/gespraech/{booking_id}/{token}")(routes.door)
    router.post("/gespraech/{booking_id}")(routes.enter)
    return router
