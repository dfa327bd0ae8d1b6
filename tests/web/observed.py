"""What came out of the interface, held against its own OpenAPI document."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from jsonschema import Draft202012Validator

from tests.gateways import City

Operation = tuple[str, str]


def operations(document: Mapping[str, Any]) -> dict[Operation, Mapping[str, Any]]:
    """Return every operation by (METHOD, path template)."""
    return {(verb.upper(), path): one for path, verbs in document["paths"].items() for verb, one in verbs.items()}


def documented_codes(operation: Mapping[str, Any]) -> set[str]:
    """Return the problem codes that an operation's responses name."""
    return {
        code
        for status, response in operation["responses"].items()
        if int(status) >= 400
        for code in re.findall(r"`([a-z-]+)`", response["description"])
    }


@dataclass
class Observed:
    """Collects answers per operation; each JSON answer is validated against its documented schema."""

    document: Mapping[str, Any]
    statuses: dict[Operation, set[int]] = field(default_factory=lambda: defaultdict(set))
    codes: dict[Operation, set[str]] = field(default_factory=lambda: defaultdict(set))
    wrong: list[str] = field(default_factory=list)

    def watch(self, here: City) -> None:
        """Note every answer that this city's client gets."""

        async def note(answer: httpx.Response) -> None:
            await answer.aread()
            self.note(answer)

        here.client.event_hooks = {"response": [note]}

    def note(self, answer: httpx.Response) -> None:
        operation = self._operation(answer.request)
        if operation is None or answer.status_code == 405:
            return
        self.statuses[operation].add(answer.status_code)
        kind = answer.headers.get("content-type", "").split(";")[0]
        if answer.status_code >= 400:
            self.codes[operation].add(answer.json()["code"])
        self._validate(operation, answer, kind)

    def _validate(self, operation: Operation, answer: httpx.Response, kind: str) -> None:
        path = f"{operation[0]} {operation[1]} {answer.status_code}"
        response = operations(self.document)[operation]["responses"].get(str(answer.status_code))
        if response is None:
            self.wrong.append(f"{path}: not documented")
            return
        content = response.get("content", {})
        if kind not in content:
            if kind or content:
                self.wrong.append(f"{path}: answers {kind or 'nothing'}, documents {sorted(content)}")
            return
        if kind.endswith("json") and "schema" in content[kind]:
            schema = {**content[kind]["schema"], "components": self.document["components"]}
            errors = Draft202012Validator(schema).iter_errors(answer.json())
            self.wrong.extend(f"{path}: {error.json_path}: {error.message}" for error in errors)

    def _operation(self, request: httpx.Request) -> Operation | None:
        verb = "GET" if request.method == "HEAD" else request.method
        found = [
            (method, template)
            for method, template in operations(self.document)
            if method == verb and re.fullmatch(re.sub(r"\{[^/]+\}", "[^/]+", template), request.url.path)
        ]
        exact = [one for one in found if one[1] == request.url.path]
        return (exact or found or [None])[0]
