"""A mail server of a few lines: it says what a test wrote down for it, and remembers what it was told."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

HANG_UP = "hang up"


@dataclass
class MailServer:
    """`answers` replaces what is said to a verb, `HANG_UP` closes instead; "BODY" is the end of the mail."""

    answers: Mapping[str, str] = field(default_factory=dict)
    offers: tuple[str, ...] = ()
    tls: ssl.SSLContext | None = None
    heard: list[str] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)
    port: int = 0

    @property
    def verbs(self) -> list[str]:
        return [line.split(" ")[0].upper() for line in self.heard]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if await self._answer(writer, "CONNECT", "220 mail.example ready"):
                await self._converse(reader, writer)
        except (ConnectionError, ssl.SSLError):
            pass  # the client went away: that is what some tests are about
        finally:
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := (await reader.readline()).decode("ascii").rstrip("\r\n"):
            self.heard.append(line)
            verb = line.split(" ")[0].upper()
            if not await self._answer(writer, verb, self._usual(verb)):
                return
            if verb == "STARTTLS" and self.tls is not None:
                await writer.start_tls(self.tls)
            if verb == "DATA" and "DATA" not in self.answers:
                self.mails.append(await reader.readuntil(b"\r\n.\r\n"))
                if not await self._answer(writer, "BODY", "250 2.0.0 queued"):
                    return

    def _usual(self, verb: str) -> str:
        greeting = ["250-mail.example", *(f"250-{offer}" for offer in self.offers), "250 SIZE 9999999"]
        usual = {
            "EHLO": "\r\n".join(greeting),
            "AUTH": "235 2.7.0 welcome",
            "DATA": "354 go ahead",
            "STARTTLS": "220 go ahead",
        }
        return usual.get(verb, "221 bye" if verb == "QUIT" else "250 ok")

    async def _answer(self, writer: asyncio.StreamWriter, verb: str, usual: str) -> bool:
        answer = self.answers.get(verb, usual)
        if answer == HANG_UP:
            return False
        writer.write(answer.encode("utf-8") + b"\r\n")
        await writer.drain()
        return True


@asynccontextmanager
async def running(server: MailServer, *, implicit_tls: bool = False) -> AsyncIterator[MailServer]:
    context = server.tls if implicit_tls else None
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=context)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        await listener.wait_closed()
