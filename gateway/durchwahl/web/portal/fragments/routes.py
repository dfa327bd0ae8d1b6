"""Fragments: blocks of the pages as plain HTML, whose links lead to `public_url` from wherever they stand.

`lang` says their language (`de`, `en`), `heading` the level of their first heading (2 to 5); anything else counts as
not given, because a fragment is asked for by a template that nobody watches.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from durchwahl.availability.first_times import FirstTimes
from durchwahl.errors import Problem
from durchwahl.model.text import DEFAULT_LANGUAGE, INTERFACE_LANGUAGES
from durchwahl.web.assembly import Gateway
from durchwahl.web.portal.catalogue.filters import Wanted
from durchwahl.web.portal.catalogue.home import list_values
from durchwahl.web.portal.catalogue.listed import forms_of, section_of
from durchwahl.web.portal.catalogue.ready_pages import ReadyPages
from durchwahl.web.portal.catalogue.scene import Scene, Timed
from durchwahl.web.portal.catalogue.service import service_values
from durchwahl.web.portal.rendering import Renderer

LEVELS = {"2": 2, "3": 3, "4": 4, "5": 5}
USUAL_LEVEL = 2


@dataclass(frozen=True)
class Asked:
    """How a fragment is wanted: its language, and the level of its first heading."""

    language: str
    heading: int


class FragmentRoutes:
    """Each method is a block of a page."""

    def __init__(self, gateway: Gateway, renderer: Renderer, ready: ReadyPages) -> None:
        self._gateway = gateway
        self._renderer = renderer
        self._ready = ready

    async def departments(self, request: Request) -> Response:
        """Return all departments with their consultations, and the forms apart from them."""
        how, scene = self._asked(request)
        everything = Wanted()

        def values(times: FirstTimes) -> dict[str, Any]:
            return list_values(everything, everything.selected(scene.snapshot), Timed(times), scene)

        return await self._fragment(("departments",), "blocks/departments.html", how, scene, values)

    async def department(self, request: Request, department_id: str) -> Response:
        """Return a department with its consultations, and its forms apart from them."""
        how, scene = self._asked(request)
        one = scene.snapshot.department_by_id.get(department_id)
        if one is None:
            raise Problem("not-found")

        def values(times: FirstTimes) -> dict[str, Any]:
            own = [service for service in scene.snapshot.services if service.department == one.id]
            consultations = [service for service in own if service.kind == "consultation"]
            section = section_of(one, consultations, Timed(times), scene)
            return {"sections": [section], "forms": forms_of(own, scene.snapshot, scene), "alone": one.id}

        return await self._fragment(("department", one.id), "blocks/departments.html", how, scene, values)

    async def service(self, request: Request, service_id: str) -> Response:
        """Return a service; a renamed one under its old name, too: nobody follows a redirect inside a page."""
        how, scene = self._asked(request)
        one = scene.snapshot.service(service_id)
        if one is None:
            raise Problem("not-found")

        def values(times: FirstTimes) -> dict[str, Any]:
            return service_values(one, times, scene)

        return await self._fragment(("service", one.id), "blocks/named_service.html", how, scene, values)

    def _asked(self, request: Request) -> tuple[Asked, Scene]:
        how = asked(request)
        to = self._renderer.public_addresses(how.language)
        return how, Scene(self._gateway, self._gateway.snapshot, self._renderer, how.language, to)

    async def _fragment(
        self,
        question: tuple[str, ...],
        block: str,
        how: Asked,
        scene: Scene,
        values: Callable[[FirstTimes], Mapping[str, Any]],
    ) -> Response:
        def html(times: FirstTimes) -> str:
            made = {**values(times), "block": block, "heading": how.heading}
            return self._renderer.fragment("blocks/fragment.html", made, how.language)

        return await self._ready.timed(("fragment", *question, str(how.heading)), scene, html)


def asked(request: Request) -> Asked:
    """Return how a fragment is wanted."""
    language = request.query_params.get("lang", "")
    return Asked(
        language=language if language in INTERFACE_LANGUAGES else DEFAULT_LANGUAGE,
        heading=LEVELS.get(request.query_params.get("heading", ""), USUAL_LEVEL),
    )


def fragment_routes(gateway: Gateway, renderer: Renderer, ready: ReadyPages) -> APIRouter:
    """Return the routes; a fragment's language is a parameter, not a path."""
    router = APIRouter(prefix="/fragments", include_in_schema=False)
    routes = FragmentRoutes(gateway, renderer, ready)
    router.get("/departments")(routes.departments)
    router.get("/departments/{department_id}")(routes.department)
    router.get("/services/{service_id}")(routes.service)
    return router
