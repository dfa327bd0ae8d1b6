"""What the gateway owns and hands to a source, so that no plugin opens a client, a thread or a file of its own."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")


class Memory(Protocol):
    """A small store per source that may be lost at any time: sync tokens, probe results. Values are strings."""

    def get(self, key: str) -> str | None:
        """Return the value, None where it is unknown or was lost."""

    def set(self, key: str, value: str) -> None:
        """Keep the value as long as there is room."""


class Files(Protocol):
    """Paths inside the config's folder, and nothing outside it."""

    def path(self, name: str) -> Path:
        """Return the absolute path; raise `Invalid` for one that leaves the folder, by `..` or by a link."""


class Blocking(Protocol):
    """A bounded thread pool for libraries that cannot do without one."""

    def __call__(self, func: Callable[..., T], /, *args: Any, **kwargs: Any) -> Awaitable[T]:
        """Run the function in a thread and return its result; it does not end when the deadline passes."""


class OAuth2(Protocol):
    """Makes an auth for `http` calls from client credentials or a refresh token."""

    def __call__(
        self,
        *,
        token_url: str,
        client_id: str,
        client_secret: str,
        scope: str | None = None,
        refresh_token: str | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> "httpx.Auth":
        """Return an auth that fetches and keeps the access token: one refresh at a time, for this source only.

        `parameters` are added to the token request, or replace its own (Zoom's `grant_type=account_credentials`).
        """


@dataclass(frozen=True)
class Toolbox:
    """Everything that a source may use of the outside world.

    `http` talks only to the origins that the settings declare, follows no redirect, keeps no cookie, reads no proxy
    from the environment, and raises `NotSent`, `Unavailable` or `OutcomeUnknown` instead of httpx's errors. `source` is
    `department/name`; `zone` is the city's IANA time zone; `deadline` is in seconds for one call of the source.
    """

    source: str
    zone: str
    http: "httpx.AsyncClient"
    oauth2: OAuth2
    memory: Memory
    blocking: Blocking
    files: Files
    log: logging.Logger
    clock: Callable[[], datetime]
    deadline: float
