"""What went wrong on a wire -> the class that tells the caller what to do next."""

import ssl
from collections.abc import Iterator

import httpx

from durchwahl.errors import Invalid, NotSent, OutcomeUnknown, Refused, SourceError, Unavailable
from durchwahl.sources.http.wire import Kind, Sending, WireError

_CERTIFICATE_REFUSED = frozenset(
    {
        "SSLV3_ALERT_BAD_CERTIFICATE",
        "SSLV3_ALERT_CERTIFICATE_EXPIRED",
        "SSLV3_ALERT_CERTIFICATE_REVOKED",
        "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
        "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
        "TLSV13_ALERT_CERTIFICATE_REQUIRED",
        "TLSV1_ALERT_ACCESS_DENIED",
        "TLSV1_ALERT_UNKNOWN_CA",
    }
)
"""Alerts about our own certificate. In TLS 1.3 they may come after the request, which then stays unread."""


def classed(error: WireError | TimeoutError, sending: Sending, where: str) -> SourceError:
    """Return the error to raise; `where` is method and address without query.

    Nothing sent is always `NotSent`, apart from refused credentials. After the first byte, a write is
    `OutcomeUnknown` whatever happened, and a read is `Invalid` if the answer made no sense, else
    `Unavailable`.
    """
    kind, said = ("lost", "the deadline passed") if isinstance(error, TimeoutError) else (error.kind, error.detail)
    detail = f"{where}: {said}"
    if kind == "refused":
        return Refused("The system refused the gateway's credentials.", detail=detail)
    if not sending.started:
        return NotSent("The system could not be reached.", detail=detail)
    if not sending.only_reads:
        return OutcomeUnknown("The system did not say whether it has done what it was asked.", detail=detail)
    if kind == "garbled":
        return Invalid("The system gave an answer that cannot be used.", detail=detail)
    return Unavailable("The system did not answer.", detail=detail)


def place(method: str, url: httpx.URL) -> str:
    """Return what a log may say of a request: no query, no credentials."""
    return f"{method} {url.copy_with(query=None, fragment=None, userinfo=b'')}"


def lost(error: BaseException) -> WireError:
    """Return a broken connection as a `WireError`, told apart from a refused client certificate.

    Only what the operating system and the TLS library say is repeated: other texts may quote the peer.
    """
    said = type(error).__name__
    for cause in _causes(error):
        reason = getattr(cause, "reason", None)  # aiohttp has TLS errors of its own, without
        if isinstance(cause, ssl.SSLError) and reason:
            kind: Kind = "refused" if reason in _CERTIFICATE_REFUSED else "lost"
            return WireError(kind, f"TLS: {getattr(cause, 'verify_message', None) or reason}")
        if isinstance(cause, OSError) and cause.strerror:
            said = cause.strerror
    return WireError("lost", said)


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__
