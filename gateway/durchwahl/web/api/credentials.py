"""Which website asks, and for whom: an API client's name and secret by HTTP Basic (RFC 7617), a citizen's pseudonym.

Whoever sends no credentials is a citizen's own browser or program, and counts by its address. Neither a secret nor a
pseudonym is ever logged or kept: of the one the config has a hash, of the other the journal has a keyed hash.
"""

import hashlib
import hmac
import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request

from durchwahl.errors import FieldError, Problem
from durchwahl.settings.clients import SHORTEST_SECRET, ClientTable

CITIZEN = "Durchwahl-Citizen"
OPTIONAL: dict[str, Any] = {"security": [{}, {"api_client": []}]}
"""What OpenAPI says of a route that anybody may ask, and an API client under its name."""

_PSEUDONYM = re.compile(r"[!-~]{1,128}")
_NOBODYS = (bytes(32),)


@dataclass(frozen=True)
class Asker:
    """Whom limits count, and whose an `Idempotency-Key` is: a client address, or a citizen of an API client."""

    client: str = field(repr=False)
    api_client: str | None = None


class Credentials:
    """Knows the API clients of the config."""

    def __init__(self, clients: Mapping[str, ClientTable]) -> None:
        self._hashes = {name: tuple(bytes.fromhex(one) for one in table.secret_hash) for name, table in clients.items()}

    async def must_be_right(self, request: Request) -> None:
        """Refuse wrong credentials where right ones make no difference; raises `client-unknown`."""
        self._api_client(request)

    def asker(self, request: Request) -> Asker:
        """Return who asks.

        Raises:
            Problem: `client-unknown`; `citizen-unnamed` where an API client does not say, or not well, for whom it
                asks: all its citizens together would be one, and one could take every time from all others.
        """
        api_client = self._api_client(request)
        if api_client is None:
            return Asker(request.scope["client_address"])
        match request.headers.getlist(CITIZEN):
            case [pseudonym] if _PSEUDONYM.fullmatch(pseudonym):
                return Asker(f"{api_client} {pseudonym}", api_client)  # no address holds a space
        raise Problem("citizen-unnamed", errors=[FieldError(CITIZEN, "citizen")])

    def _api_client(self, request: Request) -> str | None:
        """Return the name of the API client that asks, None where there are no credentials.

        A pseudonym without credentials is refused, not passed over: a website whose credentials get lost on the way
        learns of it at its first request, and not when its citizens are throttled as one.
        """
        sent = request.headers.getlist("authorization")
        given = [
            value.strip() for scheme, _, value in (one.partition(" ") for one in sent) if scheme.lower() == "basic"
        ]
        if not given and CITIZEN not in request.headers:
            return None
        name, secret = _name_and_secret(given[0]) if len(sent) == len(given) == 1 else ("", b"")
        if not self._is_right(name, secret):
            raise Problem("client-unknown")
        return name

    def _is_right(self, name: str, secret: bytes) -> bool:
        """Whether the secret is that client's, found out in the same time however wrong it is."""
        digest = hashlib.sha256(secret).digest()
        found = [hmac.compare_digest(digest, one) for one in self._hashes.get(name, _NOBODYS)]
        return any(found) and len(secret) >= SHORTEST_SECRET and name in self._hashes


def _name_and_secret(value: str) -> tuple[str, bytes]:
    """Return both parts; empty ones, which nobody has, where there are none."""
    try:
        name, _, secret = b64decode(value, validate=True).partition(b":")
        return name.decode("ascii"), secret
    except (Base64Error, ValueError):
        return "", b""
