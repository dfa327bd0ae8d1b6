"""The next free times of a service as a fragment. Choosing one there leads to a page of ours, which reserves it."""

from fastapi import APIRouter, Request, Response

from durchwahl.errors import Problem
from durchwahl.web.assembly import Gateway
from durchwahl.web.portal.fragments.routes import asked
from durchwahl.web.portal.rendering import HTML, Renderer
from durchwahl.web.portal.times.listed import listed_times
from durchwahl.web.portal.times.sought import day_from, sought_from

HEADERS = {"cache-control": "public, max-age=15"}


class TimesFragment:
    """The block of times, as others may keep it: without the key that makes two presses one."""

    def __init__(self, gateway: Gateway, renderer: Renderer) -> None:
        self._gateway = gateway
        self._renderer = renderer

    async def times(self, request: Request, service_id: str) -> Response:
        """Return the next times on a channel, in a language, from a day on; see `sought_from` for what may be asked."""
        snapshot, parameters = self._gateway.snapshot, request.query_params
        service = snapshot.service(service_id)
        sought = sought_from(service, parameters, self._gateway) if service else None
        if sought is None:
            raise Problem("not-found")
        how = asked(request)
        to = self._renderer.public_addresses(how.language)
        day = day_from(parameters.get("from", ""), self._gateway)
        choices = await listed_times(self._gateway, sought, day, to, key="")
        values = {"block": "blocks/times.html", "heading": how.heading, "choices": choices}
        html = self._renderer.fragment("blocks/fragment.html", values, how.language)
        return Response(html, headers={**HEADERS, "content-language": how.language}, media_type=HTML)


def times_fragment_routes(gateway: Gateway, renderer: Renderer) -> APIRouter:
    """Return the one route."""
    router = APIRouter(include_in_schema=False)
    router.get("/fragments/services/{service_id}/times")(TimesFragment(gateway, renderer).times)
    return router
