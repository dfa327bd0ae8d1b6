"""Erasing: a page that says what goes and what stays, and its button. Afterwards every link is dead."""

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from durchwahl.booking.context import milliseconds
from durchwahl.booking.erasing import Erasing
from durchwahl.booking.transitions.change import is_cancellable
from durchwahl.booking.transitions.erase import ERASABLE, StillLiving
from durchwahl.booking.views import View
from durchwahl.web.portal.forms import sent_form
from durchwahl.web.portal.manage.cancelling import back_to
from durchwahl.web.portal.manage.scene import Scene
from durchwahl.web.portal.rendering import Page

GONE, GOES = "geloescht", "wird-geloescht"
"""The pages after the button: without a token, because there is none any more."""


class ErasingRoutes:
    """Each method is a page, or what its button does."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._gateway = scene.gateway
        self._erasing = Erasing(scene.gateway.context, scene.gateway.steps)

    async def page(self, booking_id: str, token: str) -> Response:
        """Show what is erased, and the button; where that is under way, the appointment's page says so."""
        view = await self._gateway.bookings.get(booking_id, token)
        if await self._erasing.is_under_way(booking_id):
            return self._scene.onward(booking_id, token)
        return self._scene.answer(self._page(view, token))

    async def erase(self, request: Request, booking_id: str) -> Response:
        """Erase, or see to it; an appointment to come is cancelled only where its page has said so."""
        form = await sent_form(request)
        view = await self._gateway.bookings.get(booking_id, form.token)
        try:
            is_gone = await self._erasing.erase(booking_id, form.token, cancels=form.ticked("cancel"))
        except StillLiving:
            return self._scene.answer(self._page(view, form.token))
        return RedirectResponse(self._scene.to.appointment(GONE if is_gone else GOES), 303)

    async def gone(self) -> Response:
        """Say that everything is erased."""
        return self._after(GONE)

    async def goes(self) -> Response:
        """Say that everything will be erased as soon as that can be."""
        return self._after(GOES)

    def _after(self, path: str) -> Response:
        title = self._scene.say(f"page.erase.{path}.title")
        texts = [self._scene.say(f"page.erase.{path}.text")]
        return self._scene.answer(Page("manage/said.html", title, {"texts": texts}, path=f"termin/{path}"))

    def _page(self, view: View, token: str) -> Page:
        scene, booking = self._scene, view.booking
        cancels = is_cancellable(booking, milliseconds(self._gateway.clock()))
        kind = "cancels" if cancels else "now" if booking.state in ERASABLE else "later"
        values = {"booking": booking.id, "token": token, "facts": scene.facts(view), "kind": kind}
        return Page(
            "manage/erase.html",
            scene.say("page.erase.title_cancels" if cancels else "page.erase.title"),
            values,
            path=f"termin/{booking.id}/{token}/loeschen",
            breadcrumb=back_to(scene, booking.id, token),
        )


def erasing_routes(scene: Scene) -> APIRouter:
    """Return the routes in one language."""
    router = APIRouter(include_in_schema=False)
    routes = ErasingRoutes(scene)
    router.get(f"/termin/{GONE}")(routes.gone)
    router.get(f"/termin/{GOES}")(routes.goes)
    router.get("/termin/{booking_id}/{token}/loeschen")(routes.page)
    router.post("/termin/{booking_id}/loeschen")(routes.erase)
    return router
