"""The guards of a source's client, whatever wire is behind them."""

import asyncio
from datetime import timedelta
from time import perf_counter

import httpx

from durchwahl.errors import Invalid
from durchwahl.sources.http.addresses import check_host
from durchwahl.sources.http.body import read_body
from durchwahl.sources.http.deadline import due
from durchwahl.sources.http.failures import classed, place
from durchwahl.sources.http.wire import Sending, Wire, WireError, only_reads, outgoing

Origin = tuple[str, bytes, int]


class GuardedTransport(httpx.AsyncBaseTransport):
    """Sends a request once, to a declared origin, and returns the whole answer or says what is known.

    `deadline` is in seconds and covers everything from waiting for a place to the last byte of the answer.
    At most `connections` requests are under way at once. Answers are plain bytes, at most `byte_cap` of
    them.
    """

    def __init__(
        self,
        reads: Wire,
        writes: Wire,
        *,
        origins: frozenset[str],
        deadline: float,
        byte_cap: int,
        connections: int,
    ) -> None:
        self._reads = reads
        self._writes = writes
        self._origins = frozenset(_declared(address) for address in origins)
        self._deadline = deadline
        self._byte_cap = byte_cap
        self._places = asyncio.Semaphore(connections)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Exchange one request for its answer; a redirect is an answer like any other.

        Raises:
            Invalid: the address is not declared or not allowed, or a read brought something that cannot be
                used.
            NotSent: not one byte of the request went out.
            Unavailable: a read went out, and no whole answer came back in time.
            OutcomeUnknown: a write went out, and no whole answer came back in time.
            Refused: the proxy wants other credentials, or the system another client certificate.
        """
        self._check(request.url)
        sending = Sending(only_reads=only_reads(request))
        try:
            async with asyncio.timeout_at(due(self._deadline)) as limit:
                return await self._exchange(request, sending, limit)
        except (TimeoutError, WireError) as error:
            raise classed(error, sending, place(request.method, request.url)) from error

    async def aclose(self) -> None:
        """Close all connections."""
        await self._reads.aclose()
        if self._writes is not self._reads:
            await self._writes.aclose()

    async def _exchange(self, request: httpx.Request, sending: Sending, limit: asyncio.Timeout) -> httpx.Response:
        began = perf_counter()
        wire = self._reads if sending.only_reads else self._writes
        order = await outgoing(request)
        async with self._places:
            if (limit.when() or 0.0) <= asyncio.get_running_loop().time():
                raise TimeoutError
            async with wire.exchange(order, sending) as answer:
                headers, body = await read_body(answer, self._byte_cap)
        response = httpx.Response(
            answer.status,
            headers=headers,
            content=body,
            extensions={"reason_phrase": answer.reason, "http_version": answer.version},
        )
        response.elapsed = timedelta(seconds=perf_counter() - began)
        return response

    def _check(self, url: httpx.URL) -> None:
        if origin(url) not in self._origins:
            raise Invalid(
                "An address outside the system's own was about to be called.",
                detail=f"{place('the origin of', url)} is not among those that the settings declare",
            )


def _declared(address: str) -> Origin:
    url = httpx.URL(address)
    check_host(url.host)
    return origin(url)


def origin(url: httpx.URL) -> Origin:
    """Return scheme, host as on the wire, and port: what requests and declarations are compared by."""
    return url.scheme, url.raw_host.lower(), url.port or (443 if url.scheme == "https" else 80)
