"""What goes wrong, answered: as a problem to programs, as a page to everybody else."""

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from durchwahl.booking.keys import KeyMissing
from durchwahl.errors import FieldError, Problem, SourceError
from durchwahl.model.problems import PROBLEMS
from durchwahl.store.tx import StoreUnavailable
from durchwahl.texts import closest, translate
from durchwahl.web.assembly import Gateway
from durchwahl.web.languages import asked_path, page_path
from durchwahl.web.outgoing import TOKEN_PATHS
from durchwahl.web.portal.problem_pages import problem_page
from durchwahl.web.portal.rendering import HTML, Renderer
from durchwahl.web.problems import problem_response
from durchwahl.web.wrong_fields import problem_of

logger = logging.getLogger("durchwahl.web")

FOR_PROGRAMS = ("/v1/", "/in/", "/livez", "/readyz", "/metrics", "/openapi.json")
FRAGMENTS = "/fragments/"
JSON = ("application/json", "application/problem+json")
"""What a page's own script accepts; a browser that follows a link never asks for it first."""
_BY_STATUS = {404: "not-found", 405: "method-not-allowed", 400: "invalid-body", 413: "body-too-large"}


class Refusals:
    """Answers every problem in the form of what was asked for."""

    def __init__(self, gateway: Gateway, renderer: Renderer) -> None:
        self._gateway = gateway
        self._renderer = renderer

    def response(self, problem: Problem, request: Request) -> Response:
        """Return the problem as an answer."""
        if _is_program(request):
            return problem_response(problem, request, self._gateway)
        language, path = page_path(request.scope["path"])
        if path.startswith(FRAGMENTS):
            return self._missing_part(problem, request)
        # What is wrong with a link that somebody was given looks the same whatever link it was.
        is_lookable = request.method == "GET" and not path.startswith(TOKEN_PATHS)
        page = problem_page(problem, language, asked_path(request) if is_lookable else None)
        return self._renderer.response(page, language)

    def _missing_part(self, problem: Problem, request: Request) -> Response:
        """Answer with a part of a page as well: it may be put into one by somebody who does not look at the status."""
        language = closest(request.query_params.get("lang", ""))
        text = translate(f"problem.{problem.code}.title", language)
        values = {"block": "blocks/missing.html", "text": text}
        html = self._renderer.fragment("blocks/fragment.html", values, language)
        return Response(html, PROBLEMS[problem.code], {"cache-control": "no-store"}, HTML)

    def install(self, app: FastAPI) -> None:
        """Answer everything that goes wrong behind the router."""
        for kind, answer in (
            (Problem, self._on_problem),
            (RequestValidationError, self._on_invalid),
            (HTTPException, self._on_http),
            (SourceError, self._on_source),
            (KeyMissing, self._on_erased),
            (StoreUnavailable, self._on_store),
            (Exception, self._on_bug),
        ):
            app.exception_handler(kind)(answer)

    async def _on_problem(self, request: Request, error: Problem) -> Response:
        return self.response(error, request)

    async def _on_invalid(self, request: Request, error: RequestValidationError) -> Response:
        return self.response(problem_of(error), request)

    async def _on_http(self, request: Request, error: HTTPException) -> Response:
        code = _BY_STATUS.get(error.status_code, "not-found")
        unreadable = [FieldError("", "no_json")] if code == "invalid-body" else []
        response = self.response(Problem(code, errors=unreadable), request)
        if error.status_code == 405 and error.headers:
            response.headers["allow"] = ", ".join(_allowed(request))
        return response

    async def _on_source(self, request: Request, error: SourceError) -> Response:
        wait = getattr(error, "retry_after", None) or 30
        return self.response(Problem("source-unavailable", retry_after=wait), request)

    async def _on_erased(self, request: Request, error: KeyMissing) -> Response:
        logger.warning("%s", error)
        return self.response(Problem("not-found"), request)

    async def _on_store(self, request: Request, error: StoreUnavailable) -> Response:
        return self.response(Problem("store-unavailable", retry_after=5), request)

    async def _on_bug(self, request: Request, error: Exception) -> Response:
        # Starlette raises it again after this answer, and the edge logs it.
        return self.response(Problem("internal"), request)


def _is_program(request: Request) -> bool:
    path: str = request.scope["path"]
    return f"{path}/".startswith(FOR_PROGRAMS) or request.headers.get("accept", "").startswith(JSON)


def _allowed(request: Request) -> list[str]:
    """Return the methods of all routes at this path; the router itself names those of the first only."""
    found = [
        method
        for method in ("GET", "POST", "DELETE")
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL for route in request.app.router.routes
        )
    ]
    return [*found, "HEAD"] if "GET" in found else found
