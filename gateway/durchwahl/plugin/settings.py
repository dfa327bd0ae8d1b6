"""What a plugin's settings are made of: fields that are described, secrets by reference, addresses that are origins."""

import os
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

LARGEST_SECRET = 64 * 1024
_BY_REFERENCE = 'Write { file = "/run/secrets/…" } or { env = "NAME" }.'


class SecretMissing(LookupError):
    """A secret is not where the config says; the text names the place, never a value."""


class Secret:
    """A secret by reference, `{ file = "…" }` or `{ env = "…" }`; a literal in the config is refused.

    The value is read when it is needed, so that a rotated file is picked up; neither repr nor dump shows it.
    """

    __slots__ = ("place", "where")

    def __init__(self, *, file: str | None = None, env: str | None = None) -> None:
        self.where = "file" if file is not None else "env"
        self.place = file if file is not None else env or ""

    def reveal(self) -> str:
        """Return the secret without the newline that editors add.

        Raises:
            SecretMissing: the file or variable is missing, empty or too large; the text names it.
        """
        if self.where == "env":
            value = os.environ.get(self.place, "")
        else:
            path = Path(self.place)
            try:
                value = path.read_text(encoding="utf-8") if path.stat().st_size <= LARGEST_SECRET else ""
            except (OSError, UnicodeDecodeError) as error:
                reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is no text in UTF-8"
                raise SecretMissing(f"the secret's file {self.place} cannot be read: {reason}") from error
        if not value.strip():
            raise SecretMissing(f"the secret in {self.where} {self.place} is missing, empty or too large")
        return value.rstrip("\r\n")

    def __repr__(self) -> str:
        return f"Secret({self.where}={self.place!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and (self.where, self.place) == (other.where, other.place)

    def __hash__(self) -> int:
        return hash((self.where, self.place))

    @classmethod
    def _validate(cls, value: Any) -> "Secret":
        if isinstance(value, Secret):
            return value
        if not isinstance(value, dict):
            raise ValueError(f"a secret is given by reference, never in clear. {_BY_REFERENCE}")
        if (unknown := next((key for key in value if key not in ("file", "env")), None)) is not None:
            near = get_close_matches(str(unknown), ("file", "env"), n=1)
            hint = f'Did you mean "{near[0]}"?' if near else _BY_REFERENCE
            raise ValueError(f"a secret is given by reference, by `file` or `env`. {hint}")
        if len(value) != 1 or not all(isinstance(place, str) and place for place in value.values()):
            raise ValueError(f"a secret is given by reference, to exactly one place. {_BY_REFERENCE}")
        return cls(**value)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._validate,
            serialization=core_schema.plain_serializer_function_ser_schema(lambda s: {s.where: s.place}),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        one = {"type": "string", "minLength": 1}
        return {
            "description": "a secret by reference, never in clear",
            "oneOf": [
                {"type": "object", "properties": {key: one}, "required": [key], "additionalProperties": False}
                for key in ("file", "env")
            ],
        }


class _DeclaresOrigin:
    """Marks a field whose address the source may talk to."""


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an http:// or https:// address")
    if parts.username or parts.password:
        raise ValueError("must not hold a user name or password: these have fields of their own")
    return value


Url = Annotated[str, AfterValidator(_http_url), _DeclaresOrigin()]
"""An http(s) address. A settings field of this type declares an origin that the source's client may talk to."""


def origin_of(url: str) -> str:
    """Return `scheme://host:port` in lower case, the port always written."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}:{port}".lower()


class SourceSettings(BaseModel):
    """The base of every plugin's settings: frozen, unknown keys refused. `Field(description=…)` describes each.

    The keys that every source has (`type`, `enabled`, `mode`, `deadline`, `proxy`, `ca_file`, `client_cert`, `lanes`,
    `rooms`) belong to the gateway and do not appear here.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    def origins(self) -> frozenset[str]:
        """Return the origins that the source's client may talk to: those of all fields of type `Url`."""
        return frozenset(origin_of(value) for name, value in self._values() if self._is_url(name) and value)

    def secrets(self) -> dict[str, Secret]:
        """Return the secrets by field name, so that `check` can tell which are missing."""
        return {name: value for name, value in self._values() if isinstance(value, Secret)}

    def _values(self) -> Iterator[tuple[str, Any]]:
        for name in type(self).model_fields:
            yield name, getattr(self, name)

    def _is_url(self, name: str) -> bool:
        field = type(self).model_fields[name]
        return any(isinstance(mark, _DeclaresOrigin) for mark in field.metadata) or "_DeclaresOrigin" in str(
            field.annotation
        )
