"""A server made of plain sockets: it does to a request what no HTTP library would let it do, and counts."""

import asyncio
import gzip
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
MIB = 1024 * 1024


@dataclass(frozen=True)
class Seen:
    """A request as it came: `head` with its lines, `body` as long as Content-Length says."""

    head: bytes
    body: bytes

    @property
    def line(self) -> bytes:
        return self.head.split(b"\r\n")[0]

    def header(self, name: str) -> bytes | None:
        wanted = name.lower().encode() + b":"
        lines = (line for line in self.head.split(b"\r\n")[1:] if line.lower().startswith(wanted))
        line = next(lines, None)
        return None if line is None else line.split(b":", 1)[1].strip()


@dataclass
class Peer:
    """The server's end of one connection."""

    server: "RawServer"
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def request(self) -> Seen:
        """Read one whole request and count it."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = Seen(head, b"").header("content-length")
        seen = Seen(head, await self.reader.readexactly(int(length or 0)))
        self.server.requests.append(seen)
        self.server.asked.set()
        return seen

    async def say(self, answer: bytes) -> None:
        self.writer.write(answer)
        await self.writer.drain()

    def reset(self) -> None:
        """Send RST instead of FIN."""
        connection = self.writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Script = Callable[[Peer], Awaitable[None]]


@dataclass
class RawServer:
    """Runs one script per connection. `requests` are those that were read whole."""

    script: Script
    host: str = "127.0.0.1"
    port: int = 0
    scheme: str = "http"
    connections: int = 0
    requests: list[Seen] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(OSError, asyncio.IncompleteReadError, ssl.SSLError):
            await self.script(Peer(self, reader, writer))
        self.hung_up.set()
        writer.close()
        with suppress(OSError, ssl.SSLError):
            await writer.wait_closed()


@asynccontextmanager
async def serving(
    script: Script, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[RawServer]:
    """Start a server on a free loopback port; scripts that hang end with it."""
    raw = RawServer(script, host=host, scheme="http" if tls is None else "https")
    tasks: set[asyncio.Task[None]] = set()
    writers: list[asyncio.StreamWriter] = []

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        tasks.add(asyncio.ensure_future(raw.serve(reader, writer)))

    server = await asyncio.start_server(begin, host, 0, ssl=tls)
    raw.port = server.sockets[0].getsockname()[1]
    try:
        yield raw
    finally:
        raw.over.set()
        server.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.gather(*tasks)
        await server.wait_closed()


def free_port() -> int:
    """Return a loopback port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def answers(peer: Peer) -> None:
    while True:
        await peer.request()
        await peer.say(OK)


async def closes_unread(peer: Peer) -> None:
    peer.writer.close()


async def closes_after_reading(peer: Peer) -> None:
    await peer.request()


async def resets_after_reading(peer: Peer) -> None:
    await peer.request()
    peer.reset()


async def hangs_after_reading(peer: Peer) -> None:
    await peer.request()
    await peer.server.over.wait()


async def cuts_the_head(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\nContent-Le")


async def cuts_the_body(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")


async def cuts_the_chunks(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")


async def resets_in_the_body(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
    peer.reset()


async def drips(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while not peer.server.over.is_set():
        await peer.say(b".")
        await asyncio.sleep(0.01)


async def speaks_no_http(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"220 mail.example ESMTP\r\n")


async def breaks_the_chunks(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnot-a-size\r\nhalf\r\n0\r\n\r\n")


async def says_too_much(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (10 * MIB))
    for _ in range(10):
        await peer.say(b"x" * MIB)


async def says_too_much_in_chunks(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(10):
        await peer.say(b"%x\r\n%s\r\n" % (MIB, b"x" * MIB))


def encoded(body: bytes, coding: str) -> Script:
    async def script(peer: Peer) -> None:
        await peer.request()
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {len(body)}\r\n\r\n"
        await peer.say(head.encode() + body)

    return script


bombs = encoded(gzip.compress(bytes(64 * MIB)), "gzip")
