"""`[clients.NAME]` of `gateway.toml`: websites that book from their own server, and how much each of them may."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field

from durchwahl.settings.words import Table

SECRET_BYTES = 32
SHORTEST_SECRET = 43
"""So many characters have 256 random bits in base64url. What is shorter is refused, whatever its hash: that a plain
SHA-256 is enough, and no slow hash is needed, holds for secrets that nobody can guess."""

_HASH = re.compile(r"[0-9A-Fa-f]{64}")
_SECRET = re.compile(rf"[A-Za-z0-9_-]{{{SHORTEST_SECRET}}}")


def _hashes(value: object) -> tuple[str, ...]:
    """Read one hash or a list of them. What is wrong is never repeated: it may be the secret itself."""
    given = [value] if isinstance(value, str) else value
    listed = list(given) if isinstance(given, list | tuple) else []
    if any(isinstance(one, str) and _SECRET.fullmatch(one) for one in listed):
        raise ValueError(
            "holds what looks like a secret, not its hash. Make a new one by `durchwahl client NAME`: this one is known"
            " to whoever reads the file"
        )
    if not listed or not all(isinstance(one, str) and _HASH.fullmatch(one) for one in listed):
        raise ValueError(
            "must be the SHA-256 of a secret in 64 hexadecimal digits, or a list of such. Make both, secret and hash,"
            " by `durchwahl client NAME`"
        )
    return tuple(one.lower() for one in listed)


SecretHashes = Annotated[tuple[str, ...], BeforeValidator(_hashes, json_schema_input_type=str | tuple[str, ...])]


class ClientTable(Table):
    """`[clients.NAME]`: an API client. Its name and secret are what it sends; only the secret's hash is kept."""

    secret_hash: SecretHashes = Field(
        description="SHA-256 of its secret, made by `durchwahl client NAME`; several while one replaces the other",
        repr=False,
    )
    holds: int = Field(default=2_000, ge=1, description="live holds over all its citizens")
    bookings: int = Field(
        default=2_000, ge=0, description="holds, and bookings of the last hour, over all its citizens; 0: no limit"
    )
    holds_per_citizen: int | None = Field(
        default=None, ge=1, description="live holds of each citizen; without it, holds_per_client"
    )
    bookings_per_citizen: int | None = Field(
        default=None,
        ge=0,
        description="holds, and bookings of the last hour, of each citizen; without it, bookings_per_client",
    )
