"""Departments, services, coverage, exports: read from the snapshot."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.responses import RedirectResponse

from durchwahl.catalogue.snapshot import Filter
from durchwahl.web.api.described import responses
from durchwahl.web.api.parameters import AcceptLanguage, Asked, Listed, ServicesAsked, given_once
from durchwahl.web.api.schemas.catalogue import CoverageList, DepartmentList, DepartmentOut, ServiceList, ServiceOut
from durchwahl.web.assembly import Gateway
from durchwahl.web.documents import CatalogueAnswers
from durchwahl.web.ready_answer import ReadyAnswer

NOT_MODIFIED = {304: {"description": "The client has it already."}}
RENAMED = {308: {"description": "The service was renamed."}}


class CatalogueRoutes:
    """The catalogue over HTTP: every answer is a ready document."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._answers = CatalogueAnswers(gateway)

    async def departments(self, asked: Annotated[Listed, Query()], accept_language: AcceptLanguage = None) -> Response:
        """All departments in tree order, with counts per channel."""
        return ReadyAnswer(self._answers.departments(asked.language(accept_language), asked.limit, asked.offset))

    async def department(
        self, department_id: str, asked: Annotated[Asked, Query()], accept_language: AcceptLanguage = None
    ) -> Response:
        """One department."""
        return ReadyAnswer(self._answers.department(department_id, asked.language(accept_language)))

    async def services(
        self, asked: Annotated[ServicesAsked, Query()], accept_language: AcceptLanguage = None
    ) -> Response:
        """The catalogue, ordered by department; searched words put the best first."""
        wanted = Filter(
            kind=tuple(asked.kind),
            department=tuple(asked.department),
            channel=tuple(asked.channel),
            language=tuple(asked.language_),
            leika_key=tuple(asked.leika_key),
            form_url=tuple(asked.form_url),
            q=asked.q,
            bookable=asked.bookable,
        )
        return ReadyAnswer(self._answers.services(wanted, asked.language(accept_language), asked.limit, asked.offset))

    async def service(
        self,
        request: Request,
        service_id: str,
        asked: Annotated[Asked, Query()],
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """One service; a renamed one leads to its new address."""
        snapshot = self._gateway.snapshot
        renamed = snapshot.renamed.get(service_id)
        if renamed is not None and service_id not in snapshot.by_id:
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(f"{self._gateway.settings.prefix}/v1/services/{renamed}{query}", 308)
        return ReadyAnswer(self._answers.service(service_id, asked.language(accept_language)))

    async def coverage(self, asked: Annotated[Listed, Query()], accept_language: AcceptLanguage = None) -> Response:
        """Which of the required services can be had by video or phone, and why not."""
        return ReadyAnswer(self._answers.coverage(asked.language(accept_language), asked.limit, asked.offset))

    async def services_csv(self, asked: Annotated[Asked, Query()]) -> Response:
        """All services as a sheet reads them back."""
        return ReadyAnswer(self._answers.export_csv())

    async def services_jsonld(
        self, asked: Annotated[Asked, Query()], accept_language: AcceptLanguage = None
    ) -> Response:
        """All services as schema.org JSON-LD."""
        return ReadyAnswer(self._answers.export_jsonld(asked.language(accept_language)))


def catalogue_routes(gateway: Gateway) -> APIRouter:
    """Return departments, services, coverage and exports, each with every answer that it gives."""
    router = APIRouter(prefix="/v1", tags=["catalogue"], dependencies=[Depends(given_once)])
    routes = CatalogueRoutes(gateway)
    listed = responses("invalid-parameter", ok=NOT_MODIFIED)
    single = responses("not-found", "invalid-parameter", ok=NOT_MODIFIED)
    renamed = responses("not-found", "invalid-parameter", ok={**NOT_MODIFIED, **RENAMED})
    router.get("/departments", response_model=DepartmentList, responses=listed)(routes.departments)
    router.get("/departments/{department_id}", response_model=DepartmentOut, responses=single)(routes.department)
    router.get("/services", response_model=ServiceList, responses=listed)(routes.services)
    router.get("/services/{service_id}", response_model=ServiceOut, responses=renamed)(routes.service)
    router.get("/coverage", response_model=CoverageList, responses=listed)(routes.coverage)
    for path, media_type, route in (
        ("/export/services.csv", "text/csv", routes.services_csv),
        ("/export/services.jsonld", "application/ld+json", routes.services_jsonld),
    ):
        as_file = responses("invalid-parameter", ok={200: {"content": {media_type: {}}}, **NOT_MODIFIED})
        router.get(path, response_class=Response, responses=as_file)(route)
    return router
