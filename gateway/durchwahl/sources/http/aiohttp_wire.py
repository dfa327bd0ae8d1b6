"""The wire for reads: aiohttp, whose pool and parser cost a fraction of httpcore's.

Three of its habits are switched off: it repeats a GET by itself, which is the gateway's own business; it
keeps cookies; and it decompresses without asking how far.
"""

import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from contextvars import ContextVar

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.connector import Connection
from aiohttp.tracing import Trace
from yarl import URL

from durchwahl.sources.http.addresses import Addresses
from durchwahl.sources.http.failures import lost
from durchwahl.sources.http.wire import Answer, Outgoing, Sending, WireError

HEADERS_OF_ITS_OWN = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
IDLE = 15.0
"""Seconds that a connection is kept: longer than for writes, because a read may be repeated."""

_under_way: ContextVar[Sending] = ContextVar("durchwahl_under_way")


class AiohttpWire:
    """Sends each request once over a session of its own, which begins with the first request."""

    def __init__(self, addresses: Addresses, *, tls: ssl.SSLContext | None, connections: int) -> None:
        self._addresses = addresses
        self._tls = tls
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    @contextlib.asynccontextmanager
    async def exchange(self, outgoing: Outgoing, sending: Sending) -> AsyncIterator[Answer]:
        """Send and give the answer.

        Raises:
            WireError: the connection could not be made, broke, or brought something that is not HTTP.
            Invalid: the host leads to an address that is not allowed.
        """
        if self._session is None:
            self._session = self._begin()
        _under_way.set(sending)
        try:
            async with self._session.request(
                outgoing.method,
                _address(outgoing.url),
                headers=[(name.decode("ascii"), value.decode("ascii")) for name, value in outgoing.headers],
                data=outgoing.body or None,
                allow_redirects=False,
                skip_auto_headers=_absent(outgoing),
            ) as response:
                yield Answer(
                    response.status,
                    response.raw_headers,
                    (response.reason or "").encode("ascii", "replace"),
                    b"HTTP/1.0" if response.version == aiohttp.HttpVersion10 else b"HTTP/1.1",
                    response.content.iter_any(),
                )
        except (aiohttp.ClientError, OSError) as error:
            raise _translated(error) from error

    async def aclose(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    def _begin(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=_Connector(
                resolver=_CheckedResolver(self._addresses),
                use_dns_cache=False,
                ssl=self._tls or True,
                limit=self._connections,
                keepalive_timeout=IDLE,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            middlewares=[_never_repeated],
        )


class _Connector(aiohttp.TCPConnector):
    """Notes that a request begins as soon as it has its connection; tracing would say the same at thrice the cost."""

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109  # aiohttp's interface
    ) -> Connection:
        connection = await super().connect(req, traces, timeout)
        _under_way.get().begin()
        return connection


class _CheckedResolver(AbstractResolver):
    """Gives aiohttp the addresses that were checked; for literal ones it never asks, but the guards do."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # aiohttp's interface
    ) -> list[ResolveResult]:
        """Return the allowed addresses of the host."""
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in await self._addresses.of(host, port)
        ]

    async def close(self) -> None:
        """Leave the addresses alone: they are shared with the other wire."""


def _address(url: httpx.URL) -> URL:
    # From its parts: credentials and fragment do not belong on the wire, and nothing is quoted anew.
    return URL(b"".join((url.raw_scheme, b"://", url.netloc, url.raw_path)).decode("ascii"), encoded=True)


def _absent(outgoing: Outgoing) -> list[str] | None:
    # Naming a header that is there costs aiohttp a copy of all of them.
    present = {name.lower() for name, _ in outgoing.headers}
    if outgoing.method in ("GET", "HEAD") and not outgoing.body:
        present.add(b"content-type")
    return [name for name in HEADERS_OF_ITS_OWN if name.lower().encode() not in present] or None


async def _never_repeated(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    # aiohttp repeats idempotent methods after these two errors, on fresh connections too; after ours it
    # does not.
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _translated(error) from error


def _translated(error: aiohttp.ClientError | OSError) -> WireError:
    if isinstance(error, aiohttp.ClientResponseError):
        return WireError("garbled", "not HTTP")
    if isinstance(error, aiohttp.ClientPayloadError):
        return WireError("lost", "cut off")
    return lost(error)
