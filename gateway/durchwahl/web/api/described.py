"""How OpenAPI describes answers: every status that can occur, with the codes of its problems, and no other."""

from collections.abc import Mapping
from typing import Any

from durchwahl.model.problems import PROBLEMS
from durchwahl.web.api.schemas.problems import ProblemOut

EVERYWHERE = ("unknown-host",)
WITH_BODY = ("not-json", "body-too-large", "invalid-body")
NO_BODY = ("not-json", "body-too-large")
"""A body that nobody asked for is judged all the same."""
UNAUTHORIZED = 401
CHALLENGED: dict[str, Any] = {
    "headers": {"WWW-Authenticate": {"description": "How to ask: Basic.", "schema": {"type": "string"}}}
}
PROBLEM = "application/problem+json"
WHO = "a website that books from its own server: its name in the configuration, and its secret"
TOKEN = "the token of the hold, or the `manage_token` of the booking"  # noqa: S105  # says what it is


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
            "content": {PROBLEM: {"example": _example(grouped[0])}},
            **(CHALLENGED if status == UNAUTHORIZED else {}),
        }
    return found


def tidied(document: dict[str, Any]) -> dict[str, Any]:
    """Return FastAPI's document with what it cannot be told: what is required, and what credentials are.

    OpenAPI 3.1 §4.8.12 ignores a header parameter named Authorization: what is needed stands under `security`.
    """
    document["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": TOKEN},
        "api_client": {"type": "http", "scheme": "basic", "description": WHO},
    }
    for operations in document["paths"].values():
        for operation in operations.values():
            parameters = operation.get("parameters", [])
            kept = [one for one in parameters if one["name"].lower() != "authorization"]
            for one in kept:
                if one["name"] == "Idempotency-Key":  # FastAPI would answer a missing one with its own 422
                    one["required"], one["schema"] = True, {"type": "string", "minLength": 16, "maxLength": 255}
            if len(kept) < len(parameters):
                operation["parameters"], operation["security"] = kept, [{"token": []}]
            for response in operation["responses"].values():
                content = response.get("content", {})
                if PROBLEM in content:
                    content[PROBLEM]["schema"] = content.pop("application/json")["schema"]
    return document


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
