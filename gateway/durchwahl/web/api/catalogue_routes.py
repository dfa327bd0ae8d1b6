"""Departments, services, coverage, exports: read from the snapshot."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from durchwahl.catalogue.documents import Document
from durchwahl.catalogue.snapshot import Filter
from durchwahl.web.api.described import responses
from durchwahl.web.api.parameters import AcceptLanguage, Asked, Listed, ServicesAsked
from durchwahl.web.api.schemas import CoverageList, DepartmentList, DepartmentOut, ServiceList, ServiceOut
from durchwahl.web.assembly import Gateway
from durchwahl.web.documents import CatalogueAnswers, ReadyAnswer
from durchwahl.web.ready import ReadyTable

NOT_MODIFIED = {304: {"description": "The client has it already."}}


class Sent(Response):
    """Lets a route answer with something that is an ASGI application of its own."""

    def __init__(self, answer: ReadyAnswer) -> None:
        super().__init__()
        self._answer = answer

    async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def]  # Starlette's own signature
        """Answer."""
        await self._answer(scope, receive, send)


def catalogue_routes(gateway: Gateway, table: ReadyTable) -> APIRouter:
    """Return departments, services, coverage and exports; answers go into the table."""
    router = APIRouter(prefix="/v1", tags=["catalogue"])
    answers = CatalogueAnswers(gateway)

    def sent(request: Request, document: Document, *, keep: bool = True) -> Sent:
        return Sent(table.remember(request.scope, document) if keep else ReadyAnswer(document))

    @router.get(
        "/departments",
        responses=responses("invalid-parameter", ok=NOT_MODIFIED),
        response_model=DepartmentList,
    )
    async def departments(
        request: Request, asked: Annotated[Listed, Query()], accept_language: AcceptLanguage = None
    ) -> Response:
        """All departments in tree order, with counts per channel."""
        return sent(request, answers.departments(asked.language(accept_language), asked.limit, asked.offset))

    @router.get(
        "/departments/{department_id}",
        responses=responses("not-found", "invalid-parameter", ok=NOT_MODIFIED),
        response_model=DepartmentOut,
    )
    async def department(
        request: Request,
        department_id: str,
        asked: Annotated[Asked, Query()],
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """One department."""
        return sent(request, answers.department(department_id, asked.language(accept_language)))

    @router.get("/services", responses=responses("invalid-parameter", ok=NOT_MODIFIED), response_model=ServiceList)
    async def services(
        request: Request, asked: Annotated[ServicesAsked, Query()], accept_language: AcceptLanguage = None
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
        document = answers.services(wanted, asked.language(accept_language), asked.limit, asked.offset)
        return sent(request, document)

    @router.get(
        "/services/{service_id}",
        responses=responses(
            "not-found",
            "invalid-parameter",
            ok={**NOT_MODIFIED, 308: {"description": "The service was renamed."}},
        ),
        response_model=ServiceOut,
    )
    async def service(
        request: Request,
        service_id: str,
        asked: Annotated[Asked, Query()],
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """One service; a renamed one leads to its new address."""
        renamed = gateway.snapshot.renamed.get(service_id)
        if renamed is not None and service_id not in gateway.snapshot.by_id:
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(f"{gateway.settings.prefix}/v1/services/{renamed}{query}", 308)
        return sent(request, answers.service(service_id, asked.language(accept_language)))

    @router.get("/coverage", responses=responses("invalid-parameter", ok=NOT_MODIFIED), response_model=CoverageList)
    async def coverage(
        request: Request, asked: Annotated[Listed, Query()], accept_language: AcceptLanguage = None
    ) -> Response:
        """Which of the required services can be had by video or phone, and why not."""
        return sent(request, answers.coverage(asked.language(accept_language), asked.limit, asked.offset))

    @router.get(
        "/export/services.csv",
        responses=responses("invalid-parameter", ok={200: {"content": {"text/csv": {}}}, **NOT_MODIFIED}),
        response_class=Response,
    )
    async def services_csv(request: Request, asked: Annotated[Asked, Query()]) -> Response:
        """All services as a sheet reads them back."""
        return sent(request, answers.export_csv())

    @router.get(
        "/export/services.jsonld",
        responses=responses("invalid-parameter", ok={200: {"content": {"application/ld+json": {}}}, **NOT_MODIFIED}),
        response_class=Response,
    )
    async def services_jsonld(
        request: Request, asked: Annotated[Asked, Query()], accept_language: AcceptLanguage = None
    ) -> Response:
        """All services as schema.org JSON-LD."""
        return sent(request, answers.export_jsonld(asked.language(accept_language)))

    return router
