"""How OpenAPI describes answers: every status that can occur, with the codes of its problems, and no other."""

from collections.abc import Mapping
from typing import Any

from durchwahl.model.problems import PROBLEMS
from durchwahl.web.api.schemas import ProblemOut

EVERYWHERE = ("unknown-host",)
WITH_BODY = ("not-json", "body-too-large", "invalid-body")
NO_BODY = ("not-json", "body-too-large")
"""A body that nobody asked for is judged all the same."""


def responses(*codes: str, ok: Mapping[int, dict[str, Any]] | None = None) -> dict[int | str, dict[str, Any]]:
    """Return the responses of a route: its good ones, and its problems grouped by status."""
    found: dict[int | str, dict[str, Any]] = dict((ok or {}).items())
    by_status: dict[int, list[str]] = {}
    for code in (*EVERYWHERE, *codes):
        by_status.setdefault(PROBLEMS[code], []).append(code)
    for status, grouped in sorted(by_status.items()):
        found[status] = {
            "model": ProblemOut,
            "description": " or ".join(f"`{code}`" for code in grouped),
            "content": {"application/problem+json": {"example": _example(grouped[0])}},
        }
    return found


def _example(code: str) -> dict[str, Any]:
    return {
        "type": f"https://www.example.org/beratung/v1/problems/{code}",
        "code": code,
        "title": code.replace("-", " ").capitalize(),
        "status": PROBLEMS[code],
        "detail": "…",
        "instance": "/v1/…",
        "errors": [],
        "alternatives": [],
    }
