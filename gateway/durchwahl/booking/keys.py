"""The installation's keys and the keys of bookings.

A booking's key is 32 random bytes, kept wrapped by the installation's key. Everything personal is sealed with it, and
every link token is derived from it: with the key gone, both are gone. The first of the installation's keys seals, all
of them open, so that a new one can be put in front.
"""

import hashlib
import hmac
import secrets
from base64 import b32encode, b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from durchwahl.availability.slot_token import key_id
from durchwahl.errors import DurchwahlError
from durchwahl.plugin.settings import Secret

KEY_BYTES = 32
_NONCE = 12
_CROCKFORD = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789ABCDEFGHJKMNPQRSTVWXYZ")
"""From the alphabet of RFC 4648 §6 to Crockford's, which has no I, L, O and U."""


class KeyMissing(DurchwahlError):
    """What was sealed cannot be opened: its key was erased or is not configured any more."""


def read_keys(references: Sequence[Secret]) -> list[bytes]:
    """Return the installation's keys.

    Raises:
        LookupError: one is missing or is not 32 bytes in base64 or hex; the text names it, never its value.
    """
    keys = []
    for reference in references:
        text = reference.reveal().strip()
        try:
            key = bytes.fromhex(text) if len(text) == 2 * KEY_BYTES else b64decode(text, validate=True)
        except (ValueError, Base64Error):
            key = b""
        if len(key) != KEY_BYTES:
            raise LookupError(f"the key in {reference.where} {reference.place} is not 32 bytes in base64 or hex")
        keys.append(key)
    return keys


class KeyRing:
    """Wraps bookings' keys and makes everything that is derived from the installation."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys:
            raise LookupError("no installation key is configured: add one to [keys] installation")
        self._wrapping = {key_id(key): AESGCM(_sub(key, b"wrap")) for key in keys}
        self._first = key_id(keys[0])
        self._naming = _sub(keys[0], b"name")
        self._asking = [_sub(key, b"idempotency") for key in keys]
        self._clients = _sub(keys[0], b"client")
        self._contacts = [_sub(key, b"contact") for key in keys]

    def new_key(self, booking_id: str) -> tuple[bytes, bytes]:
        """Return a booking's new key, and the same wrapped."""
        key = secrets.token_bytes(KEY_BYTES)
        return key, self.seal(key, f"booking:key:{booking_id}")

    def unwrap(self, wrapped: bytes | None, booking_id: str) -> bytes:
        """Return a booking's key.

        Raises:
            KeyMissing: erased, or wrapped by a key that is not configured any more.
        """
        if wrapped is None:
            raise KeyMissing(f"the key of booking {booking_id} was erased")
        return self.unseal(wrapped, f"booking:key:{booking_id}")

    def seal(self, plain: bytes, place: str) -> bytes:
        """Seal something of the installation's own; `place` is where it stands, so that rows cannot be swapped."""
        nonce = secrets.token_bytes(_NONCE)
        return self._first + nonce + self._wrapping[self._first].encrypt(nonce, plain, place.encode())

    def unseal(self, sealed: bytes, place: str) -> bytes:
        """Open what `seal` sealed.

        Raises:
            KeyMissing: the key is not configured any more, or the value stands at another place.
        """
        cipher = self._wrapping.get(sealed[:2])
        if cipher is None:
            raise KeyMissing(f"{place} was sealed with a key that is not configured")
        try:
            return cipher.decrypt(sealed[2 : 2 + _NONCE], sealed[2 + _NONCE :], place.encode())
        except InvalidTag as error:
            raise KeyMissing(f"{place} cannot be opened") from error

    def name(self, booking_id: str, placement: int, *, purpose: str = "appointment") -> str:
        """Return the deterministic name of a booking's appointment; the placement rises with each reschedule."""
        mac = hmac.digest(self._naming, f"{purpose}/{booking_id}/{placement}".encode(), "sha256")
        return "dw-" + b32encode(mac[:20]).decode().lower()

    def asking(self, *parts: bytes) -> list[bytes]:
        """Return what the store knows of an idempotency key or request: by the first key, then by each other one."""
        asked = b"\0".join(hashlib.sha256(part).digest() for part in parts)
        return [hmac.digest(key, asked, "sha256") for key in self._asking]

    def client(self, address: str) -> bytes:
        """Return what the store knows of a client's address, or of an API client's citizen."""
        return hmac.digest(self._clients, address.encode(), "sha256")[:16]

    def contact(self, address: str) -> list[bytes]:
        """Return what the store knows of a proved mail address: by the first key, then by each other one.

        An appointment may be months away, so that what was written before the keys were rotated has to count.
        """
        return [hmac.digest(key, address.encode(), "sha256")[:16] for key in self._contacts]


@dataclass(frozen=True)
class BookingKey:
    """One booking's key in use."""

    booking_id: str
    key: bytes = field(repr=False)

    def seal(self, plain: bytes, column: str) -> bytes:
        """Seal a column of the booking's row."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self.key).encrypt(nonce, plain, f"{column}:{self.booking_id}".encode())

    def unseal(self, sealed: bytes, column: str) -> bytes:
        """Open a column of the booking's row.

        Raises:
            KeyMissing: sealed for another column or booking.
        """
        try:
            return AESGCM(self.key).decrypt(sealed[:_NONCE], sealed[_NONCE:], f"{column}:{self.booking_id}".encode())
        except InvalidTag as error:
            raise KeyMissing(f"{column} of booking {self.booking_id} cannot be opened") from error

    def token(self, purpose: str, issue: int) -> str:
        """Return a link's token: 256 bits, HKDF-Expand (RFC 5869 §2.3) over purpose and issue."""
        info = f"durchwahl link {purpose} {issue}".encode()
        return urlsafe_b64encode(hmac.digest(self.key, info + b"\x01", "sha256")).rstrip(b"=").decode()


def token_digest(token: str) -> bytes:
    """Return what the store knows of a token; 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).digest()


def new_id() -> str:
    """Return a random id of 128 bits."""
    return secrets.token_hex(16)


def new_reference() -> str:
    """Return eight random characters for the phone, in Crockford's base32."""
    return b32encode(secrets.token_bytes(5)).translate(_CROCKFORD).decode()


def _sub(key: bytes, purpose: bytes) -> bytes:
    return hmac.digest(key, b"durchwahl " + purpose + b"\x01", "sha256")
