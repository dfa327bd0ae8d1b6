"""Problems (RFC 9457) in the citizen's language. `type` is a stable address under `public_url`."""

import logging
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from durchwahl.booking.answers import Answer
from durchwahl.booking.keys import KeyMissing
from durchwahl.booking.particulars import json_pointer
from durchwahl.errors import FieldError, Problem, SourceError
from durchwahl.model.problems import PROBLEMS
from durchwahl.store.tx import StoreUnavailable
from durchwahl.texts import negotiate, translate
from durchwahl.web.assembly import Gateway

logger = logging.getLogger("durchwahl.web")

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 50
"""Of several thousand wrong names, nobody reads the rest."""
_BY_STATUS = {404: "not-found", 405: "method-not-allowed", 400: "invalid-body", 413: "body-too-large"}


def language_of(request: Request) -> str:
    """Return the language that the answer's texts are in: `lang`, else `Accept-Language`, else German."""
    asked = request.query_params.get("lang")
    return negotiate(asked or request.headers.get("accept-language"))


def problem_body(problem: Problem, *, language: str, instance: str, public_url: str) -> dict[str, Any]:
    """Return the problem's members."""
    code = problem.code
    return {
        "type": f"{public_url}v1/problems/{code}",
        "code": code,
        "title": translate(f"problem.{code}.title", language),
        "status": PROBLEMS[code],
        "detail": translate(f"problem.{code}.detail", language),
        "instance": instance,
        "errors": [vars(error) for error in problem.errors],
        "alternatives": list(problem.alternatives),
    }


def problem_answer(problem: Problem, request: Request, gateway: Gateway) -> Answer:
    """Return the problem as an answer that can be kept."""
    body = problem_body(
        problem,
        language=language_of(request),
        instance=quote(gateway.settings.prefix + request.scope["path"]),
        public_url=gateway.settings.gateway.public_url,
    )
    retry_after = max(1, round(problem.retry_after)) if problem.retry_after is not None else None
    return Answer(PROBLEMS[problem.code], to_json(body), None, retry_after)


def problem_response(problem: Problem, request: Request, gateway: Gateway) -> Response:
    """Return the problem as a response."""
    answer = problem_answer(problem, request, gateway)
    headers = {"cache-control": "no-store", "content-language": language_of(request)}
    if answer.retry_after is not None:
        headers["retry-after"] = str(answer.retry_after)
    return Response(answer.body, answer.status, headers, MEDIA_TYPE)


def install_problems(app: FastAPI, gateway: Gateway) -> None:
    """Answer everything that goes wrong with a problem."""

    @app.exception_handler(Problem)
    async def on_problem(request: Request, error: Problem) -> Response:
        return problem_response(error, request, gateway)

    @app.exception_handler(RequestValidationError)
    async def on_invalid(request: Request, error: RequestValidationError) -> Response:
        return problem_response(_from_validation(error), request, gateway)

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> Response:
        code = _BY_STATUS.get(error.status_code, "not-found")
        unreadable = [FieldError("", "is not valid JSON")] if code == "invalid-body" else []
        response = problem_response(Problem(code, errors=unreadable), request, gateway)
        if error.status_code == 405 and error.headers:
            response.headers["allow"] = ", ".join(_allowed(request))
        return response

    @app.exception_handler(SourceError)
    async def on_source(request: Request, error: SourceError) -> Response:
        wait = getattr(error, "retry_after", None) or 30
        return problem_response(Problem("source-unavailable", retry_after=wait), request, gateway)

    @app.exception_handler(KeyMissing)
    async def on_erased(request: Request, error: KeyMissing) -> Response:
        logger.warning("%s", error)
        return problem_response(Problem("not-found"), request, gateway)

    @app.exception_handler(Exception)
    async def on_bug(request: Request, error: Exception) -> Response:
        # Starlette raises it again after this answer, and the edge logs it.
        return problem_response(Problem("internal"), request, gateway)

    @app.exception_handler(StoreUnavailable)
    async def on_store(request: Request, error: StoreUnavailable) -> Response:
        return problem_response(Problem("store-unavailable", retry_after=5), request, gateway)


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


def _from_validation(error: RequestValidationError) -> Problem:
    in_body = False
    errors = []
    for item in error.errors()[:MOST_ERRORS]:
        where, *path = [str(part) for part in item["loc"]]
        in_body = in_body or where == "body"
        detail = str(item["msg"]).removeprefix("Value error, ")
        if item["type"] == "json_invalid":
            errors.append(FieldError("", "is not valid JSON"))
        elif where == "body":
            # Where a member's name is wrong, pydantic says so behind it: the pointer is to the member.
            errors.append(FieldError(json_pointer(*(path[:-1] if path[-1:] == ["[key]"] else path)), detail))
        else:
            name = path[0] if path else where
            errors.append(FieldError(f"?{name}" if where == "query" else name, detail))
    return Problem("invalid-body" if in_body else "invalid-parameter", errors=errors)
