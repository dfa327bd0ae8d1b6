"""Ready documents: the bytes of the answers that are the same for everybody, made once per snapshot.

Each is kept plain, as gzip and as br, each with a strong ETag of its own (RFC 9110 §8.8.3: representations that differ
in their coding differ in their ETag). A document is made when it is first asked for: a start costs nothing for it.
"""

import gzip
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import brotli

SMALLEST_COMPRESSED = 512
GZIP_LEVEL, BROTLI_QUALITY = 9, 6
Encoding = str


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
    cache_control: str = "public, max-age=300, stale-if-error=86400"


def ready_document(media_type: str, body: bytes, language: str | None) -> Document:
    """Return the document; small ones stay plain, because coding would make them larger."""
    codings: dict[str, bytes] = {"identity": body}
    if len(body) >= SMALLEST_COMPRESSED:
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
    )


class Documents:
    """The documents of one snapshot, by what was asked. The questions that are kept are finite, so this is bounded."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, ...], Document] = {}

    def get(self, question: tuple[str, ...], make: Callable[[], tuple[str, bytes, str | None]]) -> Document:
        """Return the document, made by `make` (media type, body, language) when it is asked for first."""
        if (kept := self._kept.get(question)) is None:
            kept = self._kept[question] = ready_document(*make())
        return kept
