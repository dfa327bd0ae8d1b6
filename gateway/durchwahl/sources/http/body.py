"""The body of an answer, read whole: capped as it comes in and again as it unfolds.

httpx would unfold a body before anybody could stop it: 16 MiB of gzip may stand for 16 GiB of zeros. So it
is unfolded here, never further than the cap, and httpx gets plain bytes.
"""

import zlib

from durchwahl.sources.http.wire import Answer, Header, WireError

CODINGS = "gzip, deflate"
"""What every request accepts: the codings that can be unfolded step by step."""

_ABOUT_THE_CODING = frozenset({b"content-encoding", b"content-length", b"transfer-encoding"})


async def read_body(answer: Answer, cap: int) -> tuple[tuple[Header, ...], bytes]:
    """Return the headers and the body as plain bytes, at most `cap` of them.

    Headers that speak of the coding are left out where there was one: they are no longer true.

    Raises:
        WireError: `garbled`, where the body is larger than `cap`, in an unknown coding, or damaged.
    """
    received = bytearray()
    unfolding = _unfolding(answer, cap)
    size = 0
    async for chunk in answer.chunks:
        size += len(chunk)
        if size > cap:
            raise _too_large(cap)
        received += unfolding.feed(chunk) if unfolding is not None else chunk
    if unfolding is None or size == 0:
        return tuple(answer.headers), bytes(received)
    unfolding.finish()
    return tuple(header for header in answer.headers if header[0].lower() not in _ABOUT_THE_CODING), bytes(received)


class _Unfolding:
    """Unfolds one gzip or zlib stream (RFC 1952, RFC 1950) up to `cap` bytes."""

    def __init__(self, coding: str, cap: int) -> None:
        self._raw_allowed = coding == "deflate"
        self._stream = zlib.decompressobj(zlib.MAX_WBITS if self._raw_allowed else zlib.MAX_WBITS | 16)
        self._left = cap
        self._cap = cap

    def feed(self, chunk: bytes) -> bytes:
        """Return what the chunk stands for."""
        try:
            plain = self._unfold(chunk)
        except zlib.error as error:
            raise WireError("garbled", f"the body cannot be decompressed: {error}") from error
        self._left -= len(plain)
        if self._left < 0:
            raise _too_large(self._cap)
        if self._stream.unused_data:
            raise WireError("garbled", "something follows the end of the compressed body")
        return plain

    def finish(self) -> None:
        """Make sure that the stream came to its end."""
        if not self._stream.eof:
            raise WireError("garbled", "the compressed body is cut off")

    def _unfold(self, chunk: bytes) -> bytes:
        try:
            return self._stream.decompress(chunk, self._left + 1)
        except zlib.error:
            if not self._raw_allowed:
                raise
            # "deflate" means zlib (RFC 9110 §8.4.1.2), but some servers send the bare stream within it.
            self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
            return self._stream.decompress(chunk, self._left + 1)
        finally:
            self._raw_allowed = False


def _unfolding(answer: Answer, cap: int) -> _Unfolding | None:
    named = b",".join(value for name, value in answer.headers if name.lower() == b"content-encoding")
    codings = [coding.strip() for coding in named.decode("latin-1").lower().split(",")]
    codings = [coding for coding in codings if coding not in ("", "identity")]
    if not codings:
        return None
    if len(codings) > 1 or codings[0] not in ("gzip", "x-gzip", "deflate"):
        raise WireError("garbled", f"the body's coding is {', '.join(codings)!r}, and we accept {CODINGS}")
    return _Unfolding(codings[0], cap)


def _too_large(cap: int) -> WireError:
    return WireError("garbled", f"the body is larger than {cap} bytes")
