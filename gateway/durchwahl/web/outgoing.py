"""The headers that every answer carries: security, the request's id, and who may read it in a browser (CORS)."""

from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Message, Send

from durchwahl.web.languages import page_path

Header = tuple[bytes, bytes]

CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
NO_SNIFFING: Header = (b"x-content-type-options", b"nosniff")
SECURITY_HEADERS: tuple[Header, ...] = (
    NO_SNIFFING,
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
PAGE_HEADERS: tuple[Header, ...] = (
    NO_SNIFFING,
    (b"content-security-policy", CONTENT_POLICY.encode()),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
"""What only means something where a browser shows a page; on JSON they would cost a twentieth of the answer."""
NOT_MODIFIED = 304
REQUEST_ID = b"x-request-id"
TOKEN_PATHS = ("/termin/", "/gespraech/", "/v1/holds", "/v1/bookings")
"""Below these, an address or an answer holds a token."""
PRIVATE_HEADERS: tuple[Header, ...] = ((b"cache-control", b"no-store"), (b"x-robots-tag", b"noindex, nofollow"))
_EXPOSED = (b"access-control-expose-headers", b"ETag, Retry-After, Location")


class Outgoing:
    """Adds to the answer's head what every answer carries, and remembers what was said."""

    def __init__(self, send: Send, request_id: str, path: str, cors: list[Header]) -> None:
        self._send = send
        self._carries_token = page_path(path)[1].startswith(TOKEN_PATHS)
        self._cors = cors
        self._request_id = request_id
        self.status: int | None = None
        self.headers: list[Header] = []

    async def __call__(self, message: Message) -> None:
        """Pass one message on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = self._completed(message["headers"])
            message = {**message, "headers": [*self.headers, (REQUEST_ID, self._request_id.encode())]}
        await self._send(message)

    def _completed(self, raw: Collection[Header]) -> list[Header]:
        headers = MutableHeaders(raw=list(raw))
        vary = headers.get("vary")
        is_page = self._carries_token or headers.get("content-type", "").startswith("text/html")
        extra = list(PAGE_HEADERS if is_page else SECURITY_HEADERS)
        if self.status == NOT_MODIFIED:
            # A cache lays a 304's headers over those that it has (RFC 9111 §3.2): a page would get the policy of data.
            extra = [NO_SNIFFING]
        if self._carries_token:
            extra.extend(PRIVATE_HEADERS)
        for name, value in self._cors:
            if name == b"vary" and vary:
                headers["vary"] = f"{vary}, {value.decode()}"
            else:
                extra.append((name, value))
        present = {name for name, _ in headers.raw}
        return [*headers.raw, *(one for one in extra if one[0] not in present)]


def without_body(send: Send) -> Send:
    """Return a `send` that leaves the body away, as an answer to HEAD does (RFC 9110 §9.3.2)."""

    async def head(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return head


def cors_headers(method: str, headers: Headers, origins: Collection[str]) -> list[Header]:
    """Return what tells browsers who may read and write: anybody may read, only `origins` may write. No cookies, ever.

    The website's scripts read bookings by GET with a token: browsers ask ahead whether they may send it.
    """
    origin = headers.get("origin")
    if origin is None:
        return []
    wanted = headers.get("access-control-request-method", method)
    if wanted in ("GET", "HEAD") and not (is_preflight(method, headers) and origin in origins):
        return [(b"access-control-allow-origin", b"*"), _EXPOSED]
    if origin not in origins:
        return [(b"vary", b"Origin")]
    return [
        (b"access-control-allow-origin", origin.encode("latin-1")),
        (b"access-control-allow-methods", b"GET, HEAD, POST, DELETE"),
        (b"access-control-allow-headers", b"Authorization, Content-Type, Idempotency-Key"),
        _EXPOSED,
        (b"access-control-max-age", b"600"),
        (b"vary", b"Origin"),
    ]


def is_preflight(method: str, headers: Headers) -> bool:
    """Whether a browser asks ahead (Fetch §3.2.2)."""
    return method == "OPTIONS" and "access-control-request-method" in headers
