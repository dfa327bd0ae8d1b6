"""Cancelling: a page that says what it means, and its button."""

from fastapi import APIRouter, Request, Response

from durchwahl.booking.context import milliseconds
from durchwahl.booking.transitions.change import is_cancellable
from durchwahl.web.portal.forms import sent_form
from durchwahl.web.portal.manage.scene import Scene
from durchwahl.web.portal.rendering import Link, Page


class CancellingRoutes:
    """Each method is a page, or what its button does."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._bookings = scene.gateway.bookings

    async def page(self, booking_id: str, token: str) -> Response:
        """Show what is cancelled, and the button; one that is cancelled already has its own page."""
        scene = self._scene
        view = await self._bookings.get(booking_id, token)
        if not is_cancellable(view.booking, milliseconds(scene.gateway.clock())):
            return scene.onward(booking_id, token)
        page = Page(
            "manage/cancel.html",
            scene.say("page.manage.cancel_heading"),
            {"booking": booking_id, "token": token, "facts": scene.facts(view)},
            path=f"termin/{booking_id}/{token}/absagen",
            breadcrumb=back_to(scene, booking_id, token),
        )
        return scene.answer(page)

    async def cancel(self, request: Request, booking_id: str) -> Response:
        """Cancel, and lead back to what has become of the appointment: to load that again cancels nothing again."""
        token = (await sent_form(request)).token
        await self._bookings.cancel(booking_id, token, None)
        return self._scene.onward(booking_id, token)


def back_to(scene: Scene, booking_id: str, token: str) -> tuple[Link, ...]:
    """Return the way back to the appointment's page."""
    return (Link(scene.to.appointment(booking_id, token), scene.say("page.manage.heading")),)


def cancelling_routes(scene: Scene) -> APIRouter:
    """Return the routes in one language."""
    router = APIRouter(include_in_schema=False)
    routes = CancellingRoutes(scene)
    router.get("/termin/{booking_id}/{token}/absagen")(routes.page)
    router.post("/termin/{booking_id}/absagen")(routes.cancel)
    return router
