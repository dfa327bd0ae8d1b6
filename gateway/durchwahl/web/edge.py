"""The one outermost layer: who asks, what may come in, and the headers that every answer carries.

Ready documents and routes are both inside it, so nothing can be answered without it.
"""

import ipaddress
import logging
import secrets
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from durchwahl.errors import Problem
from durchwahl.web.assembly import Gateway
from durchwahl.web.metrics import Metrics
from durchwahl.web.problems import problem_response

CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
SECURITY_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"content-security-policy", CONTENT_POLICY.encode()),
]
WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
FORM = "application/x-www-form-urlencoded"

access_log = logging.getLogger("durchwahl.access")
logger = logging.getLogger("durchwahl.web")


class _BodyTooLarge(HTTPException):
    """More came in than may come in. The kind of exception that a route's reading of the body lets through."""

    def __init__(self) -> None:
        super().__init__(413)


class Edge:
    """The outermost ASGI layer."""

    def __init__(self, app: ASGIApp, gateway: Gateway, metrics: Metrics) -> None:
        settings = gateway.settings
        self._app = app
        self._gateway = gateway
        self._metrics = metrics
        self._prefix = settings.prefix
        self._hosts = _hosts(settings.gateway.public_url, settings.gateway.allowed_hosts)
        self._proxies = [ipaddress.ip_network(one, strict=False) for one in settings.gateway.trusted_proxies]
        self._origins = frozenset(settings.website.origins)
        self._limit = settings.gateway.body_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Guard one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        headers = Headers(scope=scope)
        scope["client_address"] = client_address(scope, headers, self._proxies)
        self._strip_prefix(scope)
        outgoing = _Outgoing(send, self._cors(scope["method"], headers))
        try:
            await self._guarded(scope, headers, receive, outgoing)
        except _BodyTooLarge:
            await self._refuse("body-too-large", scope, receive, outgoing)
        except Exception:
            logger.exception("a bug in %s %s", scope["method"], scope.get("route_template") or _template(scope))
            if outgoing.status is None:
                await self._refuse("internal", scope, receive, outgoing)
        route = scope.get("route_template") or _template(scope)
        seconds = time.perf_counter() - began
        self._metrics.count(route, scope["method"], outgoing.status or 500, seconds)
        access_log.info(
            "%s %s %s %.1fms %s", scope["method"], route, outgoing.status, seconds * 1000, outgoing.request_id
        )

    async def _guarded(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        host = headers.get("host", "").rsplit(":", 1)[0].strip("[]").lower()
        if host not in self._hosts:
            await self._refuse("unknown-host", scope, receive, send)
        elif scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
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
            await self._app(asked, receive, _without_body(send))
        finally:
            scope.update({name: asked[name] for name in ("route", "route_template") if name in asked})

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
        response = problem_response(Problem(code), Request(scope), self._gateway)
        await response(scope, receive, send)

    def _strip_prefix(self, scope: Scope) -> None:
        """Let the gateway stand behind a proxy that keeps the prefix as well as behind one that takes it away."""
        if self._prefix and scope["path"].startswith(f"{self._prefix}/"):
            scope["path"] = scope["path"][len(self._prefix) :]
            scope["raw_path"] = scope["path"].encode()

    def _cors(self, method: str, headers: Headers) -> list[tuple[bytes, bytes]]:
        """Anybody may read; only the website's origins may write from a browser (no cookies, ever)."""
        origin = headers.get("origin")
        wanted = headers.get("access-control-request-method", method)
        if origin is None:
            return []
        is_preflight = method == "OPTIONS" and "access-control-request-method" in headers
        # The website's scripts read bookings by GET with a token: browsers ask ahead whether they may send it.
        if wanted in ("GET", "HEAD") and not (is_preflight and origin in self._origins):
            return [
                (b"access-control-allow-origin", b"*"),
                (b"access-control-expose-headers", b"ETag, Retry-After, Location"),
            ]
        if origin not in self._origins:
            return [(b"vary", b"Origin")]
        return [
            (b"access-control-allow-origin", origin.encode("latin-1")),
            (b"access-control-allow-methods", b"GET, HEAD, POST, DELETE"),
            (b"access-control-allow-headers", b"Authorization, Content-Type, Idempotency-Key"),
            (b"access-control-expose-headers", b"ETag, Retry-After, Location"),
            (b"access-control-max-age", b"600"),
            (b"vary", b"Origin"),
        ]


class _Outgoing:
    """Adds to the answer's head what every answer carries."""

    def __init__(self, send: Send, cors: list[tuple[bytes, bytes]]) -> None:
        self._send = send
        self._cors = cors
        self.status: int | None = None
        self.request_id = secrets.token_hex(8)

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(raw=list(message["headers"]))
            vary = headers.get("vary")
            extra = [*SECURITY_HEADERS, (b"x-request-id", self.request_id.encode())]
            for name, value in self._cors:
                if name == b"vary" and vary:
                    headers["vary"] = f"{vary}, {value.decode()}"
                else:
                    extra.append((name, value))
            present = set(headers)
            raw = [*headers.raw, *((name, value) for name, value in extra if name.decode() not in present)]
            message = {**message, "headers": raw}
        await self._send(message)


def _without_body(send: Send) -> Send:
    async def head(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return head


def client_address(
    scope: Scope, headers: Headers, proxies: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]
) -> str:
    """Return who asks. Only a trusted proxy is believed, and only for the hop that it added itself.

    The last address that is not a trusted proxy's own counts; whatever a client wrote before it is ignored.
    """
    peer = str(scope["client"][0]) if scope.get("client") else "unknown"
    if not _is_trusted(peer, proxies):
        return peer
    hops = [hop.strip() for value in headers.getlist("x-forwarded-for") for hop in value.split(",")]
    seen = {peer}
    for hop in reversed(hops or _forwarded_for(headers)):
        if not _is_address(hop):
            return peer
        # A proxy that forwards for its own address had a client on its own machine: what stands before it is forged.
        if hop in seen or not _is_trusted(hop, proxies):
            return hop
        seen.add(hop)
    return peer


def _forwarded_for(headers: Headers) -> list[str]:
    """Return the addresses of `Forwarded` (RFC 7239 §5.2), without ports."""
    hops = []
    for element in ",".join(headers.getlist("forwarded")).split(","):
        for pair in element.split(";"):
            name, _, value = pair.strip().partition("=")
            if name.lower() == "for":
                text = value.strip('"')
                hops.append(text[1:].split("]")[0] if text.startswith("[") else text.split(":")[0])
    return hops


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_trusted(address: str, proxies: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    return _is_address(address) and any(ipaddress.ip_address(address) in network for network in proxies)


def _hosts(public_url: str, allowed: Sequence[str]) -> frozenset[str]:
    return frozenset({(urlsplit(public_url).hostname or "").lower(), *(host.lower() for host in allowed)})


def _template(scope: Scope) -> str:
    """Return the route's template; an address itself may hold a token and is never logged."""
    route = scope.get("route")
    return str(getattr(route, "path", "unmatched"))
