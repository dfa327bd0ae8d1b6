"""Two department's systems in trouble: one that never answers, one that answers nonsense.

`python -m bench.troubled_servers SILENT_PORT NONSENSE_PORT`.
"""

import asyncio
import sys

NONSENSE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 27\r\n\r\n<html>Bitte anmelden</html>"


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read on and on, and say nothing until the other side has had enough."""
    while await reader.read(65_536):
        pass
    writer.close()


async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the first request with a page that nobody asked for, and hang up."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(NONSENSE)
    await writer.drain()
    writer.close()


async def serve(silent_port: int, nonsense_port: int) -> None:
    """Serve until killed."""
    first = await asyncio.start_server(silent, "127.0.0.1", silent_port)
    second = await asyncio.start_server(nonsense, "127.0.0.1", nonsense_port)
    await asyncio.gather(first.serve_forever(), second.serve_forever())


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
