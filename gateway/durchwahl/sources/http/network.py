"""How httpcore gets onto the network: to checked addresses only, and off again when that fails half-way."""

import contextlib
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore

from durchwahl.sources.http.addresses import Addresses

PER_ADDRESS = 2.0
"""Seconds until the next address of a host is tried; the last one may take what the deadline leaves."""


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to the addresses that were checked, never to a name."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Try the host's addresses one after the other; TLS still checks the certificate against the name."""
        *others, last = await self._addresses.of(host, port)
        for address in others:
            with contextlib.suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return _Stream(await self._inner.connect_tcp(address, port, PER_ADDRESS, local_address, socket_options))
        return _Stream(await self._inner.connect_tcp(last, port, timeout, local_address, socket_options))


class LeakFreePool(httpcore.AsyncConnectionPool):
    """A pool that lets go of a connection whose request failed.

    httpcore keeps one for ever whose TLS handshake failed within a proxy's tunnel; some deadlines later the
    pool would be full of them, and no request would go out any more.
    """

    def create_connection(self, origin: httpcore.Origin) -> httpcore.AsyncConnectionInterface:
        """Return a new connection to the origin."""
        return _Connection(super().create_connection(origin))


class _Stream(httpcore.AsyncNetworkStream):
    """Closes the socket when a handshake is broken off by a deadline; httpcore does so for errors only."""

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  # httpcore's
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109  # httpcore's
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's interface
    ) -> httpcore.AsyncNetworkStream:
        try:
            return await self._inner.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            await self._inner.aclose()
            raise

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Connection(httpcore.AsyncConnectionInterface):
    """Closes itself when its request fails, so that the pool forgets it."""

    def __init__(self, inner: httpcore.AsyncConnectionInterface) -> None:
        self._inner = inner
        self._failed = False

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        try:
            return await self._inner.handle_async_request(request)
        except httpcore.ConnectionNotAvailable:
            raise  # somebody else is using it
        except BaseException:
            self._failed = True
            await self._inner.aclose()
            raise

    async def aclose(self) -> None:
        await self._inner.aclose()

    def info(self) -> str:
        return self._inner.info()

    def can_handle_request(self, origin: httpcore.Origin) -> bool:
        return self._inner.can_handle_request(origin)

    def is_available(self) -> bool:
        return not self._failed and self._inner.is_available()

    def has_expired(self) -> bool:
        return self._inner.has_expired()

    def is_idle(self) -> bool:
        return self._inner.is_idle()

    def is_closed(self) -> bool:
        return self._failed or self._inner.is_closed()
