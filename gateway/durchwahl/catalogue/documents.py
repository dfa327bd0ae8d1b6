"""Ready documents: the bytes of the answers that are the same for everybody, made once per snapshot.

Each is kept plain, as gzip and as br, each with a strong ETag of its own (RFC 9110 §8.8.3: representations that differ
in their coding differ in their ETag). A document is made when it is first asked for: a start costs nothing for it.
"""

import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import brotli

SMALLEST_COMPRESSED = 512
MOST_BYTES = 32 << 20
OVERHEAD = 1_024
GZIP_LEVEL, BROTLI_QUALITY = 9, 6
Encoding = str
FOR_MINUTES = "public, max-age=300, stale-if-error=86400"


@dataclass(frozen=True)
class Representation:
    """One coding of a document."""

    encoding: Encoding
    body: bytes
    etag: str


@dataclass(frozen=True)
class Document:
    """A ready answer: the same content in every coding that is worth it."""

    media_type: str
    representations: Mapping[Encoding, Representation]
    language: str | None
    cache_control: str = FOR_MINUTES
    is_negotiated: bool = True
    """Whether the browser's `Accept-Language` decides about its language."""
    lasts: float | None = None
    """How many seconds it may be answered without asking again; None: as long as the snapshot."""

    @property
    def size(self) -> int:
        """How much memory it takes, in bytes, its question included."""
        return OVERHEAD + sum(len(one.body) for one in self.representations.values())


def ready_document(
    media_type: str,
    body: bytes,
    language: str | None,
    *,
    cache_control: str = FOR_MINUTES,
    lasts: float | None = None,
) -> Document:
    """Return the document; small ones, fonts and pictures stay plain, because coding would make them larger."""
    codings: dict[str, bytes] = {"identity": body}
    if len(body) >= SMALLEST_COMPRESSED and not media_type.startswith(("font/", "image/")):
        codings["gzip"] = gzip.compress(body, GZIP_LEVEL, mtime=0)
        codings["br"] = brotli.compress(body, quality=BROTLI_QUALITY)
    digest = hashlib.sha256(body).hexdigest()[:20]
    return Document(
        media_type=media_type,
        representations={
            name: Representation(name, coded, f'"{digest}"' if name == "identity" else f'"{digest}-{name}"')
            for name, coded in codings.items()
        },
        language=language,
        cache_control=cache_control,
        lasts=lasts,
    )


class Documents:
    """The documents of one snapshot, by what was asked.

    Words to search for are endless: where all together are larger than `most_bytes`, what was asked longest ago goes.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._kept: OrderedDict[tuple[str, ...], Document] = OrderedDict()
        self._most_bytes = most_bytes
        self._bytes = 0

    def get(self, question: tuple[str, ...], make: Callable[[], tuple[str, bytes, str | None]]) -> Document:
        """Return the document, made by `make` (media type, body, language) when it is asked for first."""
        if (kept := self._kept.get(question)) is not None:
            self._kept.move_to_end(question)
            return kept
        document = self._kept[question] = ready_document(*make())
        self._bytes += document.size
        while self._bytes > self._most_bytes and len(self._kept) > 1:
            self._bytes -= self._kept.popitem(last=False)[1].size
        return document
