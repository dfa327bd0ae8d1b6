"""A wire that is another httpx transport: what stands in for the network in tests and simulations."""

import contextlib
from collections.abc import AsyncIterator

import httpx

from durchwahl.sources.http.failures import lost
from durchwahl.sources.http.wire import Answer, Outgoing, Sending, WireError


class InnerWire:
    """Hands requests to the given transport; all guards stay in front of it."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    @contextlib.asynccontextmanager
    async def exchange(self, outgoing: Outgoing, sending: Sending) -> AsyncIterator[Answer]:
        """Send and give the answer. httpx's errors of connecting count as not sent, all others as sent.

        Raises:
            WireError: the transport raised one of httpx's errors.
        """
        request = httpx.Request(
            outgoing.method,
            outgoing.url,
            headers=list(outgoing.headers),
            stream=httpx.ByteStream(outgoing.body),
        )
        sending.begin()
        try:
            response = await self._transport.handle_async_request(request)
            try:
                yield Answer(
                    response.status_code,
                    response.headers.raw,
                    response.extensions.get("reason_phrase", b""),
                    response.extensions.get("http_version", b"HTTP/1.1"),
                    _chunks(response),
                )
            finally:
                await response.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
            sending.started = False
            raise lost(error) from error
        except (httpx.ProtocolError, httpx.DecodingError) as error:
            raise WireError("garbled", "not HTTP") from error
        except httpx.TransportError as error:
            raise lost(error) from error

    async def aclose(self) -> None:
        """Close the transport."""
        await self._transport.aclose()


async def _chunks(response: httpx.Response) -> AsyncIterator[bytes]:
    if isinstance(response.stream, httpx.AsyncByteStream):
        async for chunk in response.stream:
            yield chunk
    elif isinstance(response.stream, httpx.SyncByteStream):
        for chunk in response.stream:
            yield chunk
