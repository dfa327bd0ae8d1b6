"""The report's page and its sheet, where a city has decided to publish them."""

import asyncio
import time
from collections.abc import Sequence

from fastapi import APIRouter, Request, Response

from durchwahl.booking.report import Row, gather, report, twelve_months_before
from durchwahl.web.assembly import Gateway
from durchwahl.web.portal.catalogue.scene import Scene
from durchwahl.web.portal.packing import packed
from durchwahl.web.portal.rendering import Renderer
from durchwahl.web.portal.report.page import report_page, report_sheet

LASTS = 300.0
"""Seconds for which the journal is not asked again: the last month has some thousand bookings that are not erased."""

Period = tuple[str, str]


class Demand:
    """What the last twelve whole months have brought; shared by the pages of all languages."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._asking = asyncio.Lock()
        self._known: tuple[Period, Sequence[Row]] | None = None
        self._until = 0.0

    async def rows(self) -> tuple[Period, Sequence[Row]]:
        """Return the period and its rows, divided by service; at most five minutes old."""
        async with self._asking:
            period = twelve_months_before(self._gateway.clock().astimezone(self._gateway.settings.zone).date())
            if self._known is None or self._known[0] != period or time.monotonic() >= self._until:
                counted = await self._gateway.store.read(gather, *period)
                self._known = (period, await asyncio.to_thread(report, counted, "service"))
                self._until = time.monotonic() + LASTS
            return self._known


class ReportRoutes:
    """Each method is an answer, in one language."""

    def __init__(self, gateway: Gateway, renderer: Renderer, language: str, demand: Demand) -> None:
        self._gateway = gateway
        self._renderer = renderer
        self._language = language
        self._demand = demand

    async def page(self, request: Request) -> Response:
        """Show what is offered beside what is asked for."""
        period, rows = await self._demand.rows()
        page = await asyncio.to_thread(report_page, rows, period, self._scene())
        return packed(self._renderer.response(page, self._language), request.headers.get("accept-encoding"))

    async def sheet(self) -> Response:
        """Return the same as a sheet."""
        _, rows = await self._demand.rows()
        body = await asyncio.to_thread(report_sheet, rows, self._scene())
        headers = {
            "cache-control": "public, max-age=300",
            "content-language": self._language,
            "content-disposition": 'attachment; filename="bericht.csv"',
        }
        return Response(body, headers=headers, media_type="text/csv; charset=utf-8")

    def _scene(self) -> Scene:
        to = self._renderer.addresses(self._language)
        return Scene(self._gateway, self._gateway.snapshot, self._renderer, self._language, to)


def report_routes(gateway: Gateway, renderer: Renderer, language: str, demand: Demand) -> APIRouter:
    """Return the routes in one language."""
    router = APIRouter(include_in_schema=False)
    routes = ReportRoutes(gateway, renderer, language, demand)
    router.get("/bericht")(routes.page)
    router.get("/bericht.csv")(routes.sheet)
    return router
