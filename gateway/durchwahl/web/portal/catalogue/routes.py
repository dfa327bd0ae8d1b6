"""The pages of the catalogue. They are the same for everybody: ready documents, except from a form to its times."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from durchwahl.availability.first_times import FirstTimes
from durchwahl.catalogue.snapshot import Filter
from durchwahl.errors import Problem
from durchwahl.model.text import DEFAULT_LANGUAGE
from durchwahl.web.assembly import Gateway
from durchwahl.web.languages import asked_path
from durchwahl.web.portal.catalogue.coverage import coverage_page
from durchwahl.web.portal.catalogue.department import department_page
from durchwahl.web.portal.catalogue.filters import wanted_from
from durchwahl.web.portal.catalogue.from_form import by_addresses, by_leika_key, choice_page, nobody_page, times_page
from durchwahl.web.portal.catalogue.home import home_page
from durchwahl.web.portal.catalogue.ready_pages import ReadyPages
from durchwahl.web.portal.catalogue.scene import Scene, Timed
from durchwahl.web.portal.catalogue.service import service_page
from durchwahl.web.portal.packing import packed
from durchwahl.web.portal.rendering import Page, Renderer


class CataloguePages:
    """Each method is a page, in one language. All of them show first times, so that each lasts fifteen seconds."""

    def __init__(self, gateway: Gateway, renderer: Renderer, language: str, ready: ReadyPages) -> None:
        self._gateway = gateway
        self._renderer = renderer
        self._language = language
        self._ready = ready
        self._to = renderer.addresses(language)

    async def home(self, request: Request) -> Response:
        """Show all consultations by department, or those that are wanted."""
        scene = self._scene()
        wanted = wanted_from(request.query_params, scene.snapshot)

        def page(times: FirstTimes) -> Page:
            return home_page(wanted, Timed(times, wanted.channels, wanted.languages), scene)

        return await self._timed(("home", repr(wanted)), scene, page, wanted.languages)

    async def department(self, department_id: str) -> Response:
        """Show a department."""
        scene = self._scene()
        one = scene.snapshot.department_by_id.get(department_id)
        if one is None:
            raise Problem("not-found")
        return await self._timed(("department page", one.id), scene, lambda times: department_page(one, times, scene))

    async def service(self, request: Request, service_id: str) -> Response:
        """Show a service; a renamed one leads to its new address."""
        scene = self._scene()
        if (renamed := scene.snapshot.renamed.get(service_id)) is not None:
            return RedirectResponse(f"{self._to.service(renamed)}{_query(request)}", 308)
        one = scene.snapshot.by_id.get(service_id)
        if one is None:
            raise Problem("not-found")
        return await self._timed(("service page", one.id), scene, lambda times: service_page(one, times, scene))

    async def coverage(self) -> Response:
        """Show what can be had by video or phone, and what is missing."""
        scene = self._scene()
        return await self._timed(("coverage page",), scene, lambda times: coverage_page(times, scene))

    async def leika(self, request: Request, key: str) -> Response:
        """Lead from a form's LeiKa key to who answers questions about it."""
        return await self._answering(request, by_leika_key(key))

    async def form(self, request: Request) -> Response:
        """Lead from a form's address to who answers questions about it."""
        return await self._answering(request, by_addresses(request.query_params.getlist("form_url")))

    async def to_home(self, request: Request) -> Response:
        """Lead to the list from where people cut an address off."""
        return RedirectResponse(f"{self._to.home()}{_query(request)}", 308)

    async def without_slash(self, request: Request) -> Response:
        """Lead to the page whose address was given with a slash at its end."""
        path = request.scope["path"].rstrip("/")
        return RedirectResponse(f"{self._gateway.settings.prefix}{quote(path)}{_query(request)}", 308)

    async def _answering(self, request: Request, wanted: Filter | None) -> Response:
        scene = self._scene()
        found = scene.snapshot.select(wanted) if wanted is not None else ()
        if not found:
            return self._switchable(nobody_page(scene), request)
        times = await self._gateway.earliest_times.table()
        if len(found) > 1:
            return self._switchable(choice_page(found, times, scene), request)
        return self._switchable(await times_page(found[0], request.query_params, times, scene), request)

    def _switchable(self, page: Page, request: Request) -> Response:
        """Answer with a page that is found at the same address in every language."""
        response = self._renderer.response(replace(page, path=asked_path(request)), self._language)
        return packed(response, request.headers.get("accept-encoding"))

    async def _timed(
        self,
        question: tuple[str, ...],
        scene: Scene,
        page: Callable[[FirstTimes], Page],
        spoken: tuple[str, ...] = (),
    ) -> Response:
        def html(times: FirstTimes) -> str:
            return self._renderer.html(page(times), self._language)

        return await self._ready.timed(question, scene, html, spoken)

    def _scene(self) -> Scene:
        return Scene(self._gateway, self._gateway.snapshot, self._renderer, self._language, self._to)


def catalogue_pages(gateway: Gateway, renderer: Renderer, language: str, ready: ReadyPages) -> APIRouter:
    """Return the routes in one language; `ready` is shared by all of them."""
    router = APIRouter(include_in_schema=False)
    routes = CataloguePages(gateway, renderer, language, ready)
    router.get("/")(routes.home)
    router.get("/amt/{department_id}")(routes.department)
    router.get("/leistung/{service_id}")(routes.service)
    router.get("/abdeckung")(routes.coverage)
    router.get("/leika/{key}")(routes.leika)
    router.get("/formular")(routes.form)
    for path in ("/amt", "/amt/", "/leistung", "/leistung/", "/leika", "/leika/"):
        router.get(path)(routes.to_home)
    for path in ("/amt/{_}/", "/leistung/{_}/", "/leika/{_}/", "/abdeckung/", "/formular/"):
        router.get(path)(routes.without_slash)
    if language != DEFAULT_LANGUAGE:
        router.get("")(routes.to_home)  # its root without the slash
    return router


def _query(request: Request) -> str:
    return f"?{request.url.query}" if request.url.query else ""
