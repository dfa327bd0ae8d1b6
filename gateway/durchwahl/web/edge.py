"""The one outermost layer: who asks, what may come in, and what every answer carries.

The table of ready answers and the routes are both inside it, so nothing can be answered without it.
"""

import logging
import os
import time
from collections.abc import Sequence
from urllib.parse import urlsplit
from weakref import ref

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from durchwahl.errors import Problem
from durchwahl.web.access import AccessLog, route_of
from durchwahl.web.assembly import Gateway
from durchwahl.web.clients import client_address, networks
from durchwahl.web.outgoing import Outgoing, cors_headers, is_preflight, without_body
from durchwahl.web.ready import Finished, ReadyTable, question_of
from durchwahl.web.refusals import Refusals

WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})

logger = logging.getLogger("durchwahl.web")


class _BodyTooLarge(HTTPException):
    """More came in than may come in. The kind of exception that a route's reading of the body lets through."""

    def __init__(self) -> None:
        super().__init__(413)


class Edge:
    """The outermost ASGI layer."""

    def __init__(
        self, app: ASGIApp, gateway: Gateway, *, table: ReadyTable, refusals: Refusals, log: AccessLog
    ) -> None:
        settings = gateway.settings
        self._refusals = refusals
        self._app = app
        self._table = table
        self._gateway = gateway
        self._log = log
        self._prefix = settings.prefix
        self._hosts = _hosts(settings.gateway.public_url, settings.gateway.allowed_hosts)
        self._proxies = networks(settings.gateway.trusted_proxies)
        self._origins = frozenset(settings.website.origins)
        self._limit = settings.gateway.body_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: from the table, or by the routes, whose ready documents the table then knows."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        request_id = os.urandom(8).hex()
        question, documents = question_of(scope), self._gateway.documents
        finished = await self._table.answered(question, send, request_id)
        if finished is None:
            finished = await self._answered(scope, receive, send, request_id)
            if "representation" in scope:
                self._table.remember(question, finished, documents)
        seconds = time.perf_counter() - began
        self._log.note(scope["method"], finished.route, finished.status, seconds, request_id)

    async def _answered(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> Finished:
        headers = Headers(scope=scope)
        scope["client_address"] = client_address(scope, headers, self._proxies)
        self._strip_prefix(scope)
        outgoing = Outgoing(send, request_id, scope["path"], cors_headers(scope["method"], headers, self._origins))
        try:
            await self._guarded(scope, headers, receive, outgoing)
        except _BodyTooLarge:
            await self._refuse("body-too-large", scope, receive, outgoing)
        except Exception:
            logger.exception("a bug in %s %s", scope["method"], route_of(scope))
            if outgoing.status is None:
                await self._refuse("internal", scope, receive, outgoing)
        representation = scope.get("representation")
        content = (
            ref(representation) if representation and outgoing.status == 200 and scope["method"] == "GET" else None
        )
        lasts = scope.get("lasts")
        until = None if lasts is None else time.monotonic() + lasts
        return Finished(outgoing.status or 500, tuple(outgoing.headers), content, route_of(scope), until)

    async def _guarded(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        host = headers.get("host", "").rsplit(":", 1)[0].strip("[]").lower()
        if host not in self._hosts:
            await self._refuse("unknown-host", scope, receive, send)
        elif is_preflight(scope["method"], headers):
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})
        elif code := self._refusal(scope, headers):
            await self._refuse(code, scope, receive, send)
        else:
            await self._routed(scope, self._capped(receive), send)

    async def _routed(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; HEAD as the GET that the routes know, its body left away (RFC 9110 §9.3.2)."""
        if scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        asked = {**scope, "method": "GET"}
        try:
            await self._app(asked, receive, without_body(send))
        finally:
            scope.update({name: asked[name] for name in ("route", "representation", "lasts") if name in asked})

    def _refusal(self, scope: Scope, headers: Headers) -> str | None:
        if scope["method"] not in WRITING:
            return None
        length = headers.get("content-length", "")
        if length.isdigit() and int(length) > self._limit:
            return "body-too-large"
        has_body = length not in ("", "0") or "transfer-encoding" in headers
        kind = headers.get("content-type", "").split(";")[0].strip().lower()
        if scope["path"].startswith("/v1/") and has_body and kind != "application/json":
            return "not-json"
        return None

    def _capped(self, receive: Receive) -> Receive:
        seen = 0

        async def capped() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._limit:
                raise _BodyTooLarge
            return message

        return capped

    async def _refuse(self, code: str, scope: Scope, receive: Receive, send: Send) -> None:
        response = self._refusals.response(Problem(code), Request(scope))
        await response(scope, receive, send)

    def _strip_prefix(self, scope: Scope) -> None:
        """Let the gateway stand behind a proxy that keeps the prefix as well as behind one that takes it away."""
        if self._prefix and f"{scope['path']}/".startswith(f"{self._prefix}/"):
            scope["path"] = scope["path"][len(self._prefix) :] or "/"
            scope["raw_path"] = scope["path"].encode()


def _hosts(public_url: str, allowed: Sequence[str]) -> frozenset[str]:
    return frozenset({(urlsplit(public_url).hostname or "").lower(), *(host.lower() for host in allowed)})
