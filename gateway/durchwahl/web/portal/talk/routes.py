"""The room and the device test, in every language; the calls of the room's script, once."""

from fastapi import APIRouter, Response
from starlette.responses import RedirectResponse

from durchwahl.model.room import BuiltInRoom, Redirect
from durchwahl.model.text import DEFAULT_LANGUAGE
from durchwahl.rooms.joining import Joining
from durchwahl.web.assembly import Gateway
from durchwahl.web.portal.addresses import Addresses
from durchwahl.web.portal.rendering import Renderer
from durchwahl.web.portal.talk.calls import call_routes
from durchwahl.web.portal.talk.pages import devices_page, room_page


class TalkRoutes:
    """Each method is a page."""

    def __init__(self, gateway: Gateway, renderer: Renderer, language: str) -> None:
        self._renderer = renderer
        self._language = language
        self._to = renderer.addresses(language)
        self._joining = Joining(gateway.context)

    async def room(self, booking_id: str, token: str) -> Response:
        """Show the room; before and after its time, the door says why not."""
        door = await self._joining.door(booking_id, token)
        if door.stands != "ready":
            return RedirectResponse(self._to.talk(booking_id, token), 303)
        page = room_page(door, token, self._renderer, self._language)
        return self._renderer.response(page, self._language)

    async def devices(self) -> Response:
        """Show the device test."""
        return self._renderer.response(devices_page(self._to, self._language), self._language)


def talk_routes(gateway: Gateway, renderer: Renderer, language: str) -> APIRouter:
    """Return the pages in one language; with German come the calls, which have none."""
    router = APIRouter(include_in_schema=False)
    routes = TalkRoutes(gateway, renderer, language)
    router.get("/technik")(routes.devices)
    router.get("/gespraech/{booking_id}/{token}/raum")(routes.room)
    if language == DEFAULT_LANGUAGE:
        router.include_router(call_routes(gateway.talks))
    return router


def way_in(how: Redirect | BuiltInRoom, booking_id: str, token: str, to: Addresses) -> str:
    """Return where the door's button leads: to the platform, or into the gateway's own room."""
    return how.url if isinstance(how, Redirect) else to.talk(booking_id, token, "raum")
