"""The wire for writes, and for all through a proxy: httpcore repeats nothing and says when it sends."""

import base64
import contextlib
import ssl
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpcore
import httpx

from durchwahl.sources.http.addresses import Addresses
from durchwahl.sources.http.failures import lost
from durchwahl.sources.http.network import CheckedNetwork, LeakFreePool
from durchwahl.sources.http.wire import Answer, Kind, Outgoing, Sending, WireError

IDLE = 4.0
"""Seconds that a connection is kept: less than the 5 s after which many servers close one unasked."""


class HttpcoreWire:
    """Sends each request once over a pool of its own."""

    def __init__(
        self, addresses: Addresses, *, tls: ssl.SSLContext | None, connections: int, proxy: httpx.Proxy | None
    ) -> None:
        self._addresses = addresses
        self._pool = LeakFreePool(
            ssl_context=tls,
            max_connections=connections,
            keepalive_expiry=IDLE,
            retries=0,
            network_backend=CheckedNetwork(addresses),
            proxy=_proxy(proxy) if proxy is not None else None,
        )

    @contextlib.asynccontextmanager
    async def exchange(self, outgoing: Outgoing, sending: Sending) -> AsyncIterator[Answer]:
        """Send and give the answer.

        Raises:
            WireError: the connection could not be made, broke, or brought something that is not HTTP.
            Invalid: the host leads to an address that is not allowed.
        """
        with _translated():
            response = await self._pool.handle_async_request(_request(outgoing, sending))
            try:
                yield Answer(
                    response.status,
                    response.headers,
                    response.extensions.get("reason_phrase", b""),
                    response.extensions.get("http_version", b"HTTP/1.1"),
                    response.aiter_stream(),
                )
            finally:
                await response.aclose()

    async def aclose(self) -> None:
        """Close all connections, and look no name up any more."""
        await self._pool.aclose()
        await self._addresses.aclose()


def _request(outgoing: Outgoing, sending: Sending) -> httpcore.Request:
    async def trace(event: str, details: dict[str, Any]) -> None:
        # A proxy's CONNECT is not the request: when that fails, nothing has reached the system.
        if event.endswith("send_request_headers.started") and details["request"].method != b"CONNECT":
            sending.begin()

    url = outgoing.url
    target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    return httpcore.Request(
        outgoing.method, target, headers=outgoing.headers, content=outgoing.body, extensions={"trace": trace}
    )


def _proxy(proxy: httpx.Proxy) -> httpcore.Proxy:
    headers = []
    if proxy.auth is not None:
        credentials = base64.b64encode(":".join(proxy.auth).encode())
        headers.append((b"Proxy-Authorization", b"Basic " + credentials))
    url = proxy.url
    return httpcore.Proxy(
        httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=b"/"),
        headers=headers,
        ssl_context=ssl.create_default_context() if url.scheme == "https" else None,
    )


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except httpcore.ProxyError as error:
        kind: Kind = "refused" if str(error).startswith("407") else "lost"
        raise WireError(kind, f"the proxy answered {str(error)[:3]}") from error
    except httpcore.ProtocolError as error:
        # httpcore has one class for a peer that hung up in the middle and for one that speaks no HTTP.
        hung_up = str(error).startswith(("Server disconnected", "peer closed connection"))
        raise WireError("lost" if hung_up else "garbled", "cut off" if hung_up else "not HTTP") from error
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.UnsupportedProtocol, OSError) as error:
        raise lost(error) from error
