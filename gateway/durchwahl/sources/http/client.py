"""One httpx client per source: the bulkhead between departments, and what keeps pools small and fast."""

import functools
import ssl
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any

import httpx

from durchwahl import __version__
from durchwahl.errors import Invalid
from durchwahl.sources.http.addresses import Addresses, Lookup
from durchwahl.sources.http.body import CODINGS
from durchwahl.sources.http.httpcore_wire import HttpcoreWire
from durchwahl.sources.http.inner_wire import InnerWire
from durchwahl.sources.http.transport import GuardedTransport
from durchwahl.sources.http.wire import Wire

MIB = 1024 * 1024
CONNECTIONS = 20
KNOWN_ADDRESSES = 256


class _NoCookies(httpx.Cookies):
    """Looks for no cookies: the jar would refuse them, but take an eighth of a request's time for it."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Leave them where they are: a plugin can read the header."""


class SourceClient(httpx.AsyncClient):
    """Keeps no cookies, and follows no redirect, not even where a request asks for it.

    A request without auth, or with Basic, goes straight to the transport: what httpx has in between (redirects,
    cookies, the stream of a body that is read already) costs a quarter of a call, and a city asks twenty systems at
    once.
    """

    def __init__(self, transport: GuardedTransport, **options: Any) -> None:
        super().__init__(transport=transport, cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())), **options)
        self._cookies = _NoCookies(self._cookies.jar)
        self._guarded = transport
        self._addresses: dict[str, httpx.URL] = {}

    def build_request(self, method: str, url: httpx.URL | str, **options: Any) -> httpx.Request:
        """Build the request; see `httpx.AsyncClient.build_request`. A source has few addresses: each is read once."""
        if isinstance(url, str):
            if url not in self._addresses:
                if len(self._addresses) >= KNOWN_ADDRESSES:
                    self._addresses.clear()
                self._addresses[url] = httpx.URL(url)
            url = self._addresses[url]
        return super().build_request(method, url, **options)

    async def send(
        self,
        request: httpx.Request,
        *,
        stream: bool = False,
        auth: Any = httpx.USE_CLIENT_DEFAULT,
        follow_redirects: object = False,  # httpx's interface
    ) -> httpx.Response:
        """Send the request; see `httpx.AsyncClient.send`, but a redirect is always an answer.

        Raises:
            SourceError: as the transport classes it; `Invalid` also for what httpx itself cannot read of an answer.
        """
        chosen = self.auth if auth is httpx.USE_CLIENT_DEFAULT else auth
        if not self._is_plain(request, chosen):
            try:
                return await super().send(request, stream=stream, auth=auth, follow_redirects=False)
            except httpx.HTTPError as error:  # a redirect without an address, a challenge that is none
                raise Invalid("The system gave an answer that cannot be used.", detail=type(error).__name__) from error
        if isinstance(chosen, httpx.BasicAuth):
            next(chosen.auth_flow(request))  # all that it does is to set a header
        response = await self._guarded.handle_async_request(request)
        response.request = request
        return response

    def _is_plain(self, request: httpx.Request, auth: Any) -> bool:
        if self.is_closed or request.url.userinfo or any(self.event_hooks.values()):
            return False
        return auth is None or type(auth) is httpx.BasicAuth


def open_client(
    *,
    origins: frozenset[str],
    deadline: float,
    byte_cap: int = 16 * MIB,
    proxy: str | None = None,
    ca_file: Path | None = None,
    client_cert: Path | None = None,
    connections: int = CONNECTIONS,
    inner: httpx.AsyncBaseTransport | None = None,
    lookup: Lookup | None = None,
) -> httpx.AsyncClient:
    """Return a client for one source; nothing is connected yet, and `aclose` lets go of everything.

    Args:
        origins: where it may go, each as `origin_of` writes it; nothing else is ever connected to.
        deadline: seconds for one request, the whole answer included.
        byte_cap: bytes of an answer's body at most, compressed and plain.
        proxy: `http://` or `https://` address, with credentials where it wants them; names are then looked
            up by it.
        ca_file: PEM file; the only authorities that are trusted, in place of the system's.
        client_cert: PEM file with certificate and unencrypted key.
        connections: requests under way at once.
        inner: replaces the network in tests; everything else stays as it is.
        lookup: replaces the system's resolver.

    Raises:
        Invalid: an origin, the proxy or one of the files cannot be used; `detail` says which and why.
    """
    tls = _tls(ca_file, client_cert, origins)
    wires = _wires(proxy, tls, connections, inner, Addresses(lookup), goes_anywhere=bool(origins))
    guarded = GuardedTransport(*wires, origins=origins, deadline=deadline, byte_cap=byte_cap, connections=connections)
    return SourceClient(
        guarded,
        trust_env=False,
        timeout=None,  # the transport has one deadline for all phases together
        headers={"User-Agent": f"Durchwahl/{__version__}", "Accept-Encoding": CODINGS},
    )


def _wires(
    proxy: str | None,
    tls: ssl.SSLContext | None,
    connections: int,
    inner: httpx.AsyncBaseTransport | None,
    addresses: Addresses,
    *,
    goes_anywhere: bool,
) -> tuple[Wire, Wire]:
    if inner is not None:
        only = InnerWire(inner)
        return only, only
    writes = HttpcoreWire(addresses, tls=tls, connections=connections, proxy=_proxy(proxy))
    if proxy is not None or not goes_anywhere:
        return writes, writes
    from durchwahl.sources.http.aiohttp_wire import AiohttpWire  # noqa: PLC0415  # 9 MB that files and rooms do not need

    return AiohttpWire(addresses, tls=tls, connections=connections), writes


def _proxy(address: str | None) -> httpx.Proxy | None:
    if address is None:
        return None
    url = httpx.URL(address)
    if url.scheme not in ("http", "https") or not url.host:
        raise Invalid("The proxy's address cannot be used.", detail="proxy must be an http:// or https:// address")
    return httpx.Proxy(url)


def _tls(ca_file: Path | None, client_cert: Path | None, origins: frozenset[str]) -> ssl.SSLContext | None:
    if ca_file is None and client_cert is None:
        return _system_trust() if any(origin.startswith("https:") for origin in origins) else None
    try:
        context = _context(ca_file)
    except (OSError, ssl.SSLError) as error:
        raise Invalid("The CA file cannot be used.", detail=f"ca_file {ca_file}: {error}") from error
    if client_cert is not None:
        try:
            # Without a password to try, OpenSSL would ask for one on the terminal and wait.
            context.load_cert_chain(client_cert, password="")
        except (OSError, ssl.SSLError) as error:
            said = f"client_cert {client_cert}: {error}"
            raise Invalid("The client certificate cannot be used.", detail=said) from error
    return context


def _context(ca_file: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file)
    context.set_alpn_protocols(["http/1.1"])
    return context


@functools.cache
def _system_trust() -> ssl.SSLContext:
    # Reading the system's authorities takes tens of milliseconds and a megabyte, and nobody changes them
    # here: all sources without files of their own share the result.
    return _context(None)
