"""What the transport's guards expect of a wire, so that reads, writes and tests can each have their own."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

import httpx

from durchwahl.errors import Invalid
from durchwahl.sources.http.deadline import note_write

READS = frozenset({"GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT", "SEARCH"})
"""Safe methods, which change nothing (RFC 9110 §9.2.1, RFC 3253 §3.6, RFC 4918 §9.1, RFC 5323)."""

ONLY_READS = "durchwahl_only_reads"
"""The request extension by which a POST says that it changes nothing, such as a search or a token request."""

_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(rb"[\t\x20-\x7e]*")

Header = tuple[bytes, bytes]
Kind = Literal["lost", "garbled", "refused"]


@dataclass(slots=True)
class Sending:
    """One request on its way; `started` is true from just before its first byte is handed to the socket."""

    only_reads: bool
    started: bool = False

    def begin(self) -> None:
        """Note that the first byte is about to go out."""
        self.started = True
        if not self.only_reads:
            note_write()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request as it goes out: the body read, its length known, every header checked."""

    method: str
    url: httpx.URL
    headers: tuple[Header, ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """The head of an answer; `chunks` is the body as it came, still encoded, and read at most once."""

    status: int
    headers: Sequence[Header]
    reason: bytes
    version: bytes
    chunks: AsyncIterator[bytes]


class WireError(Exception):
    """A wire `lost` the connection, got something `garbled`, or was `refused` for lack of credentials."""

    def __init__(self, kind: Kind, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail


class Wire(Protocol):
    """Puts a request on the network exactly once; knows nothing of deadlines, origins or sizes."""

    def exchange(self, outgoing: Outgoing, sending: Sending) -> AbstractAsyncContextManager[Answer]:
        """Send, and give the answer while the context lasts; raise `WireError`, or `Invalid` unsent."""

    async def aclose(self) -> None:
        """Close all connections."""


async def outgoing(request: httpx.Request) -> Outgoing:
    """Read the request's body and check what a plugin could have let through from a citizen.

    Raises:
        Invalid: the method or a header holds what would be another line on the wire, or more than ASCII.
    """
    body = await request.aread()
    headers = [(name, value) for name, value in request.headers.raw if name.lower() != b"transfer-encoding"]
    if len(headers) != len(request.headers.raw) and "content-length" not in request.headers:
        headers.append((b"Content-Length", str(len(body)).encode()))
    lines_are_sound = all(_TOKEN.fullmatch(name) and _VALUE.fullmatch(value) for name, value in headers)
    if not lines_are_sound or not _TOKEN.fullmatch(request.method.encode("ascii", "replace")):
        raise Invalid("The request to the system cannot be written down.", detail="a header is not printable ASCII")
    return Outgoing(request.method, request.url, tuple(headers), body)


def only_reads(request: httpx.Request) -> bool:
    """Whether the request changes nothing, so that losing it leaves no doubt."""
    return request.method in READS or request.extensions.get(ONLY_READS) is True
