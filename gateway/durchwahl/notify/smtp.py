"""Mail by SMTP (RFC 5321), with the standard library's client in a thread."""

import asyncio
import re
import smtplib
import ssl
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Literal

from durchwahl.errors import NotSent, OutcomeUnknown, Refused, Rejected, SourceError, Unavailable
from durchwahl.notify.folding import WIRE

AT_ONCE = 8
"""Connections side by side. Threads of their own: a mail server that hangs must not take those of everybody else."""

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_WANTS_LOGIN = frozenset({530, 534, 535, 538})  # RFC 4954 §6
_ENHANCED_CODE = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}(?!\S)")  # RFC 3463


@dataclass(frozen=True, kw_only=True)
class Smtp:
    """The city's mail server. `timeout` is in seconds, for the connection and for each answer.

    `tls` replaces the system's trust, e.g. by a private CA. A password is only sent encrypted, or on this
    machine.

    Raises:
        ValueError: a password would go over the network in the clear.
    """

    host: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout: float = 15.0
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    threads: Executor = field(
        default_factory=lambda: ThreadPoolExecutor(AT_ONCE, "durchwahl-smtp"), repr=False, compare=False
    )

    def __post_init__(self) -> None:
        if self.username and self.security == "none" and self.host not in _LOOPBACK:
            raise ValueError('mail.security = "none" would send the password in the clear: use "starttls" or "tls"')

    async def send(self, message: EmailMessage) -> None:
        """Hand the mail to the server; see `Outgoing.send`."""
        if not message["Message-ID"]:
            raise ValueError("a mail without a Message-ID")
        await asyncio.get_running_loop().run_in_executor(self.threads, self._send, message)

    def _send(self, message: EmailMessage) -> None:
        author = message["From"].addresses[0]
        recipient = message["To"].addresses[0].addr_spec
        client = self._connected(author.domain)
        try:
            with _classified("greeting"):
                self._introduce(client)
            with _classified("MAIL"):
                _expect("MAIL", *client.mail(author.addr_spec))
            with _classified("RCPT"):
                _expect("RCPT", *client.rcpt(recipient))
            with _classified("DATA"):
                _expect("DATA", *client.data(message.as_bytes(policy=WIRE)))
            with suppress(OSError):  # the mail is accepted: whatever becomes of the farewell, it is sent
                client.quit()
        finally:
            client.close()

    def _connected(self, own_name: str) -> smtplib.SMTP:
        # The name for EHLO is given, because looking up our own could hang where no DNS answers.
        with _classified("connection"):
            if self.security != "tls":
                return smtplib.SMTP(self.host, self.port, local_hostname=own_name, timeout=self.timeout)
            trust = self._trust()
            return smtplib.SMTP_SSL(self.host, self.port, local_hostname=own_name, timeout=self.timeout, context=trust)

    def _introduce(self, client: smtplib.SMTP) -> None:
        if self.security == "starttls":
            client.starttls(context=self._trust())
        client.ehlo_or_helo_if_needed()
        if self.username:
            client.login(self.username, self.password or "")

    def _trust(self) -> ssl.SSLContext:
        return self.tls or ssl.create_default_context()


def _expect(step: str, code: int, answer: bytes) -> None:
    if code // 100 != 2:
        raise _refusal(step, code, answer)


def _refusal(step: str, code: int, answer: bytes | str) -> SourceError:
    """Return what a status means at this step; the server's own words stay out: they may hold the address."""
    enhanced = _ENHANCED_CODE.search(answer if isinstance(answer, bytes) else answer.encode("utf-8", "replace"))
    said = f"smtp: {step} answered {code}" + (f" {enhanced[0].decode()}" if enhanced else "")
    if 400 <= code < 500:
        return Unavailable("The mail server asked us to try again later.", detail=said)
    if step in ("RCPT", "DATA") and code not in _WANTS_LOGIN:
        return Rejected("The mail server does not accept this mail.", reason="mail", detail=said)
    return Refused("The mail server does not accept us.", detail=said)


@contextmanager
def _classified(step: str) -> Iterator[None]:
    """Turn what smtplib raises into what the caller does next.

    A connection lost in DATA may have been lost after the server took the mail (RFC 5321 §4.1.1.4, RFC 1047).
    """
    try:
        yield
    except smtplib.SMTPNotSupportedError as error:
        raise Refused("The mail server lacks what the settings ask for.", detail=f"smtp: {error}") from error
    except smtplib.SMTPResponseException as error:
        raise _refusal(step, error.smtp_code, error.smtp_error) from error
    except OSError as error:  # SMTPServerDisconnected, a timeout and a TLS failure are among them
        detail = f"smtp: {step}: {type(error).__name__}"
        if step == "DATA":
            raise OutcomeUnknown("The mail may have been sent.", detail=detail) from error
        kind = NotSent if step == "connection" else Unavailable
        raise kind("The mail server cannot be reached.", detail=detail) from error
