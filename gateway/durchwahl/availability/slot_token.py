"""Sealed slot tokens: a client can neither read nor invent a time.

AES-SIV (RFC 5297) is deterministic, so the same slot has the same token within an hour and answers can be cached. A
token carries the offer's id, the start, and which of the offer's services at what counts; a digest of the offer's
table makes it worthless once the offer no longer means the same.
"""

import hashlib
import struct
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from durchwahl.catalogue.offers import Offer
from durchwahl.errors import Problem

VERSION = 1
HOURS_GOOD = 24
_HEAD = struct.Struct(">BIIB4s")
_CHANNELS = ("video", "phone", "in_person")
LONGEST = 200


@dataclass(frozen=True)
class SlotClaim:
    """What a token says: the start as a unit since the epoch, and what it is for. `services` are (index, count)."""

    offer: str
    start: int
    channel: str
    services: tuple[tuple[int, int], ...]
    language: str | None
    digest: bytes
    issued_hour: int


class SlotSealer:
    """Seals with the first of the installation's keys and opens with all of them."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = [(key_id(key), AESSIV(_derived(key))) for key in keys]
        self._digests: dict[str, tuple[Offer, bytes]] = {}

    def digest(self, offer: Offer) -> bytes:
        """Return the offer's digest; it is computed once, because a list of slots asks for it with each of them."""
        kept = self._digests.get(offer.id)
        if kept is None or kept[0] is not offer:
            kept = self._digests[offer.id] = offer, offer_digest(offer)
        return kept[1]

    def seal(self, claim: SlotClaim) -> str:
        """Return the token."""
        identifier, cipher = self._keys[0]
        plain = _HEAD.pack(VERSION, claim.start, claim.issued_hour, _CHANNELS.index(claim.channel), claim.digest)
        plain += bytes([len(claim.services)]) + bytes(part for pair in claim.services for part in pair)
        plain += f"{claim.offer}\0{claim.language or ''}".encode()
        return urlsafe_b64encode(identifier + cipher.encrypt(plain, [b"slot"])).rstrip(b"=").decode()

    def open(self, token: str, *, hour: int) -> SlotClaim:
        """Return what the token says.

        Raises:
            Problem: `slot-forged` for anything that we did not seal, `slot-withdrawn` after 24 hours.
        """
        if len(token) > LONGEST:
            raise Problem("slot-forged")
        try:
            claim = _claim(self._opened(_decoded(token)))
        except (ValueError, struct.error, IndexError) as error:
            raise Problem("slot-forged") from error
        if hour - claim.issued_hour > HOURS_GOOD:
            raise Problem("slot-withdrawn")
        return claim

    def _opened(self, sealed: bytes) -> bytes:
        for identifier, cipher in self._keys:
            if sealed[:2] == identifier:
                with suppress(InvalidTag):  # two keys may have one id
                    return cipher.decrypt(sealed[2:], [b"slot"])
        raise ValueError("sealed with no key of ours")


def offer_digest(offer: Offer) -> bytes:
    """Return four bytes that change when the offer's services or times come to mean something else."""
    table = offer.table
    meaning = (
        offer.services, offer.calendar, table.duration, sorted(table.durations.items()), table.buffer_before,
        table.buffer_after, table.combinable,
    )  # fmt: skip
    return hashlib.sha256(repr(meaning).encode()).digest()[:4]


def key_id(key: bytes) -> bytes:
    """Return two bytes that tell the installation's keys apart."""
    return hashlib.sha256(b"durchwahl key id" + key).digest()[:2]


def _derived(key: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=64, salt=None, info=b"durchwahl slot token").derive(key)


def _decoded(token: str) -> bytes:
    """Return the bytes of a token that is written as we write it: one claim, one text."""
    sealed = b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    if urlsafe_b64encode(sealed).rstrip(b"=") != token.encode():
        raise ValueError("not written as we write tokens")
    return sealed


def _claim(plain: bytes) -> SlotClaim:
    version, start, hour, channel, digest = _HEAD.unpack_from(plain)
    if version != VERSION:
        raise ValueError("a token of another version")
    count = plain[_HEAD.size]
    body = plain[_HEAD.size + 1 :]
    services = tuple((body[2 * i], body[2 * i + 1]) for i in range(count))
    offer, _, language = body[2 * count :].decode().partition("\0")
    return SlotClaim(offer, start, _CHANNELS[channel], services, language or None, digest, hour)
