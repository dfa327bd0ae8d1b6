"""Problems (RFC 9457) in the citizen's language. `type` is a stable address under `public_url`."""

from typing import Any
from urllib.parse import quote

from fastapi import Request
from pydantic_core import to_json
from starlette.responses import Response

from durchwahl.booking.answers import Answer
from durchwahl.errors import Problem
from durchwahl.model.problems import PROBLEMS
from durchwahl.texts import negotiate, translate
from durchwahl.web.assembly import Gateway

MEDIA_TYPE = "application/problem+json"
UNAUTHORIZED, CHALLENGE = 401, 'Basic realm="Durchwahl", charset="UTF-8"'
"""RFC 9110 §15.5.2: whoever is refused for wrong credentials is told which ones are asked for."""


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
        "errors": [
            {"pointer": one.pointer, "detail": translate(f"wrong.{one.reason}", language, **one.values)}
            for one in problem.errors
        ],
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
    if answer.status == UNAUTHORIZED:
        headers["www-authenticate"] = CHALLENGE
    return Response(answer.body, answer.status, headers, MEDIA_TYPE)
