"""The gateway as one ASGI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from durchwahl import __version__
from durchwahl.settings.resolved import Settings
from durchwahl.web.access import AccessLog
from durchwahl.web.api.booking_routes import booking_routes
from durchwahl.web.api.catalogue_routes import catalogue_routes
from durchwahl.web.api.described import tidied
from durchwahl.web.api.hold_routes import hold_routes
from durchwahl.web.api.operation_routes import operation_routes
from durchwahl.web.api.slot_routes import slot_routes
from durchwahl.web.assembly import Gateway
from durchwahl.web.edge import Edge
from durchwahl.web.inbound import inbound_routes
from durchwahl.web.metrics import Metrics
from durchwahl.web.portal.rendering import Renderer
from durchwahl.web.portal.routes import portal_routes
from durchwahl.web.ready import ReadyTable
from durchwahl.web.refusals import Refusals

DESCRIPTION = """Every phone and video consultation of a city, ordered by department, and bookable online.

Times are RFC 3339 with offset. Enumerations are open: readers must accept values that they do not know. Fields may be
added. Errors are RFC 9457 problems with a stable `code`."""


class Application:
    """Edge, table and routes around one gateway. `table` can be switched off to compare both ways.

    A demonstration has a page with the mails that were written; nothing else may show them.
    """

    def __init__(self, gateway: Gateway, *, demonstration: bool = False) -> None:
        self.gateway = gateway
        self.api = _api(gateway)
        metrics = Metrics()
        self.table = ReadyTable(gateway)
        self.api.include_router(catalogue_routes(gateway))
        self.api.include_router(slot_routes(gateway))
        self.api.include_router(hold_routes(gateway))
        self.api.include_router(booking_routes(gateway))
        self.api.include_router(operation_routes(gateway, metrics))
        renderer = Renderer(gateway.settings, demonstration=demonstration)
        self.api.include_router(portal_routes(gateway, renderer, demonstration=demonstration))
        self.api.include_router(inbound_routes(gateway))
        refusals = Refusals(gateway, renderer)
        refusals.install(self.api)
        self._edge: ASGIApp = Edge(self.api, gateway, table=self.table, refusals=refusals, log=AccessLog(metrics))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        await self._edge(scope, receive, send)


def create_app(settings: Settings, *, demonstration: bool = False) -> Application:
    """Return the application; its sources open and its work begins with the ASGI lifespan.

    Raises:
        LookupError: no installation key. StoreUnavailable: no journal, or one of another version.
    """
    return Application(Gateway(settings), demonstration=demonstration)


class _Api(FastAPI):
    """FastAPI with a document that says everything that the interface promises."""

    def openapi(self) -> dict[str, Any]:
        """Return the document, made once."""
        known = self.openapi_schema
        return known or tidied(super().openapi())


def _api(gateway: Gateway) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await gateway.start()
        try:
            yield
        finally:
            await gateway.stop()

    return _Api(
        title="Durchwahl",
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        servers=[{"url": gateway.settings.gateway.public_url.rstrip("/")}],
        license_info={"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        redirect_slashes=False,
    )
