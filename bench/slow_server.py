"""A department's system that takes 20 ms for every answer: `python -m bench.slow_server PORT`."""

import asyncio
import sys
from typing import cast

import uvloop

DELAY = 0.020
BODY = b'{"busy": [["2026-12-01T09:00:00Z", "2026-12-01T09:20:00Z"]], "lane": "platz-1"}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)


class SlowAnswer(asyncio.Protocol):
    """Answers each request after the delay; requests are short enough to come in one piece."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where to write."""
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer later."""
        asyncio.get_running_loop().call_later(DELAY, self._answer)

    def _answer(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(ANSWER)


async def serve(port: int) -> None:
    """Serve until killed."""
    server = await asyncio.get_running_loop().create_server(SlowAnswer, "127.0.0.1", port, backlog=256)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
