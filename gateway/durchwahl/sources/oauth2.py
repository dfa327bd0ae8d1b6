"""Access tokens for a source's own client (RFC 6749): fetched once, kept, and sent only where they belong."""

import asyncio
import math
import re
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus

import httpx

from durchwahl.errors import Invalid, Refused
from durchwahl.plugin.answers import classify
from durchwahl.sources.http.transport import Origin, origin
from durchwahl.sources.http.wire import ONLY_READS

EARLY = timedelta(seconds=60)
"""A token is renewed that long before it expires, so that it does not expire on its way."""

WITHOUT_EXPIRY = 300.0
"""Seconds that a token is kept whose life the server does not tell."""

LONGEST_LIFE = 86_400.0
MOST_AUTHS = 32
_SENDABLE = re.compile(r"[\x21-\x7e]{1,16384}")
_ERROR_CODE = re.compile(r"[a-z_]{1,40}")


@dataclass(frozen=True)
class TokenAccess:
    """Makes auths for the calls of one source; it is the Toolbox's `oauth2`."""

    client: httpx.AsyncClient
    origins: frozenset[str]
    clock: Callable[[], datetime]
    _auths: "dict[tuple[object, ...], ClientCredentials]" = field(default_factory=dict, repr=False)
    """Those made so far: who asks for the same again gets the same, with its token and rotated refresh token."""

    def __call__(
        self,
        *,
        token_url: str,
        client_id: str,
        client_secret: str,
        scope: str | None = None,
        refresh_token: str | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> httpx.Auth:
        """Return an auth for the grant `refresh_token` where one is given, else for `client_credentials`.

        The same address, client, scope and grant get the same auth, so that a plugin may ask for it before each call.
        `parameters` are added to the token request, or replace its own.

        Raises:
            Invalid: the token's address is not among the origins that the settings declare.
        """
        declared = frozenset(origin(httpx.URL(one)) for one in self.origins)
        url = httpx.URL(token_url)
        if origin(url) not in declared:
            raise Invalid("The address for access tokens is not declared.", detail=f"{url.host} is no declared origin")
        # A system that issues its own tokens has one origin for both.
        audience = declared - {origin(url)} or declared
        form = {"grant_type": "client_credentials"}
        if refresh_token is not None:
            form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        if scope is not None:
            form["scope"] = scope
        form.update(parameters or {})
        asked_for = (url, client_id, client_secret, scope, tuple(sorted(form.items())))
        if (known := self._auths.get(asked_for)) is not None:
            return known
        while len(self._auths) >= MOST_AUTHS:
            del self._auths[next(iter(self._auths))]
        secret = httpx.BasicAuth(quote_plus(client_id), quote_plus(client_secret))
        auth = ClientCredentials(_TokenEndpoint(self.client, url, secret, form), audience, self.clock)
        self._auths[asked_for] = auth
        return auth


@dataclass(frozen=True)
class _Token:
    value: str = field(repr=False)
    fresh_until: datetime


@dataclass
class _TokenEndpoint:
    """Where tokens come from; the only place that the client's secret is ever sent to."""

    client: httpx.AsyncClient
    url: httpx.URL
    secret: httpx.Auth = field(repr=False)
    form: dict[str, str] = field(repr=False)

    async def fetch(self, now: datetime) -> _Token:
        """Return a new token; a rotated refresh token takes the place of the old one.

        Raises:
            Refused: the server does not accept the client or its refresh token.
            Invalid: the answer is no token.
            SourceError: as for any other request that only reads.
        """
        request = self.client.build_request(
            "POST",
            self.url,
            data=self.form,
            headers={"Accept": "application/json"},
            extensions={ONLY_READS: True},
        )
        response = await self.client.send(request, auth=self.secret)
        if response.status_code in (400, 401, 403):
            said = f"{self.url.host} answered {response.status_code} {_error_code(response)}"
            raise Refused("The system refused the gateway's credentials.", detail=said)
        if response.status_code != 200:
            raise classify(response, write=False)
        answer = _json_object(response)
        token = answer.get("access_token")
        if not isinstance(token, str) or not _SENDABLE.fullmatch(token):
            raise Invalid("The system issued no usable access token.", detail=f"no access_token from {self.url.host}")
        rotated = answer.get("refresh_token")
        if "refresh_token" in self.form and isinstance(rotated, str) and rotated:
            self.form["refresh_token"] = rotated
        return _Token(token, now + timedelta(seconds=_life(answer)) - EARLY)


class ClientCredentials(httpx.Auth):
    """Puts the source's access token on each request; concurrent requests share one renewal.

    The transport reads a request's body before it sends it, so each can be sent again.
    """

    def __init__(self, endpoint: _TokenEndpoint, audience: frozenset[Origin], clock: Callable[[], datetime]) -> None:
        self._endpoint = endpoint
        self._audience = audience
        self._clock = clock
        self._token: _Token | None = None
        self._renewing = asyncio.Lock()

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Send the request with the token, and once more with a new one after 401: then nothing was done.

        Raises:
            Invalid: the request goes where the token does not belong.
            SourceError: no token could be had.
        """
        if origin(request.url) not in self._audience:
            raise Invalid("An access token was about to be sent elsewhere.", detail=f"not for {request.url.host}")
        token = await self._current(None)
        request.headers["Authorization"] = f"Bearer {token.value}"
        response = yield request
        if response.status_code != 401:
            return
        token = await self._current(token)
        request.headers["Authorization"] = f"Bearer {token.value}"
        yield request

    async def _current(self, rejected: _Token | None) -> _Token:
        async with self._renewing:
            token = self._token
            if token is None or token is rejected or self._clock() >= token.fresh_until:
                token = self._token = await self._endpoint.fetch(self._clock())
            return token


def _json_object(response: httpx.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise Invalid("The system issued no usable access token.", detail=f"no JSON from {response.request.url.host}")
    return answer


def _life(answer: dict[str, Any]) -> float:
    try:
        life = float(answer["expires_in"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return WITHOUT_EXPIRY
    return WITHOUT_EXPIRY if math.isnan(life) else min(max(life, 0.0), LONGEST_LIFE)


def _error_code(response: httpx.Response) -> str:
    try:
        code = _json_object(response).get("error")
    except Invalid:
        return ""
    return code if isinstance(code, str) and _ERROR_CODE.fullmatch(code) else ""
