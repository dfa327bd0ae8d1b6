"""The pages of free times. Nobody keeps them: a time that is shown may be taken a moment later."""

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from durchwahl.errors import Problem
from durchwahl.model.catalogue import Service
from durchwahl.texts import translate
from durchwahl.web.assembly import Gateway
from durchwahl.web.languages import asked_path
from durchwahl.web.portal.packing import packed
from durchwahl.web.portal.rendering import Link, Page, Renderer
from durchwahl.web.portal.times.listed import listed_times, new_key
from durchwahl.web.portal.times.month import month_from, month_times
from durchwahl.web.portal.times.sought import Sought, bookable_channels, day_from, sought_from, today_in

NEVER_KEPT = {"cache-control": "no-store"}


class TimesRoutes:
    """Each method is a page."""

    def __init__(self, gateway: Gateway, renderer: Renderer, language: str) -> None:
        self._gateway = gateway
        self._renderer = renderer
        self._language = language
        self._to = renderer.addresses(language)

    async def listed(self, request: Request, service_id: str) -> Response:
        """Show the next free times by day."""
        service = self._service(service_id)
        sought = sought_from(service, request.query_params, self._gateway)
        if sought is None:
            return RedirectResponse(self._to.service(service_id), 303)
        day = day_from(request.query_params.get("from", ""), self._gateway)
        choices = await listed_times(self._gateway, sought, day, self._to, key=new_key())
        return self._page("times/listed.html", request, sought, choices=choices, month=None)

    async def month(self, request: Request, service_id: str) -> Response:
        """Show a month, and the times of one of its days."""
        service = self._service(service_id)
        sought = sought_from(service, request.query_params, self._gateway)
        if sought is None:
            return RedirectResponse(self._to.service(service_id), 303)
        today = today_in(self._gateway)
        first = month_from(request.query_params.get("month", ""), today)
        chosen = day_from(request.query_params.get("day", ""), self._gateway)
        month, choices = await month_times(self._gateway, sought, first, chosen, self._to, key=new_key())
        return self._page("times/month.html", request, sought, choices=choices, month=month)

    def _service(self, service_id: str) -> Service:
        snapshot = self._gateway.snapshot
        service = snapshot.service(service_id)
        if service is None:
            raise Problem("not-found")
        return service

    def _page(self, template: str, request: Request, sought: Sought, **values: object) -> Response:
        say = self._renderer.said(self._language)
        name = say.plain(sought.service.name)
        department = self._gateway.snapshot.department_by_id[sought.service.department]
        page = Page(
            template,
            translate("page.times.title", self._language, service=name, channel=self._channel(sought)),
            {**values, "channels": bookable_channels(sought.service)},
            path=asked_path(request),
            breadcrumb=(
                Link(self._to.home(), translate("page.home", self._language)),
                Link(self._to.department(department.id), say.inline(department.name)),
                Link(self._to.service(sought.service.id), say.inline(sought.service.name)),
            ),
            here=translate("page.times.here", self._language),
            headers=NEVER_KEPT,
        )
        return packed(self._renderer.response(page, self._language), request.headers.get("accept-encoding"))

    def _channel(self, sought: Sought) -> str:
        return translate(f"channel.{sought.channel}", self._language)


def times_routes(gateway: Gateway, renderer: Renderer, language: str) -> APIRouter:
    """Return the routes in one language."""
    router = APIRouter(include_in_schema=False)
    routes = TimesRoutes(gateway, renderer, language)
    router.get("/leistung/{service_id}/termine")(routes.listed)
    router.get("/leistung/{service_id}/termine/monat")(routes.month)
    return router
