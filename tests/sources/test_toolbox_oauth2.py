"""Access tokens: how often they are fetched, where they go, and what happens when they are declined."""

import asyncio
import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from durchwahl.errors import Invalid, NotSent, Refused, SourceError, Unavailable
from durchwahl.sources.http.client import open_client
from durchwahl.sources.http.deadline import with_deadline
from durchwahl.sources.oauth2 import MOST_AUTHS, TokenAccess

TOKENS = "https://login.example:443"
API = "https://api.example:443"
TOKEN_URL = "https://login.example/oauth/token"


@dataclass
class System:
    """A token server and an API behind one stand-in; times move by hand."""

    now: datetime = datetime(2026, 12, 1, 9, tzinfo=UTC)
    expires_in: object = 3600
    answer: httpx.Response | Exception | None = None
    declines: int = 0
    wait: asyncio.Event | None = None
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    fetched: list[httpx.Request] = field(default_factory=list)
    asked: list[httpx.Request] = field(default_factory=list)

    async def serve(self, request: httpx.Request) -> httpx.Response:
        self.waiting.set()
        await (self.wait.wait() if self.wait else asyncio.sleep(0))
        if request.url.path == "/oauth/token":
            return self.token(request)
        self.asked.append(request)
        if self.declines:
            self.declines -= 1
            return httpx.Response(401)
        return httpx.Response(200, json={"auth": request.headers.get("authorization")})

    def token(self, request: httpx.Request) -> httpx.Response:
        self.fetched.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        number = len(self.fetched)
        token = {"access_token": f"t{number}", "expires_in": self.expires_in, "refresh_token": f"r{number}"}
        return self.answer or httpx.Response(200, content=json.dumps(token))

    def open(self, *origins: str) -> tuple[httpx.AsyncClient, TokenAccess]:
        declared = frozenset(origins or (TOKENS, API))
        client = open_client(origins=declared, deadline=5.0, inner=httpx.MockTransport(self.serve))
        return client, TokenAccess(client, declared, lambda: self.now)


def auth_of(access: TokenAccess, **options: Any) -> httpx.Auth:
    chosen = {"token_url": TOKEN_URL, "client_id": "gate way", "client_secret": "ge:heim", **options}
    return access(**chosen)


async def test_a_token_is_fetched_once_and_sent_with_every_request() -> None:
    system = System()
    client, access = system.open()
    auth = auth_of(access, scope="slots.read")
    for _ in range(3):
        answer = await client.get("https://api.example/slots", auth=auth)
        assert answer.json() == {"auth": "Bearer t1"}
    assert len(system.fetched) == 1
    assert parse_qs(system.fetched[0].content.decode()) == {
        "grant_type": ["client_credentials"],
        "scope": ["slots.read"],
    }


async def test_the_clients_secret_is_sent_as_rfc_6749_says_and_to_the_token_server_only() -> None:
    system = System()
    client, access = system.open()
    await client.post("https://api.example/book", auth=auth_of(access), json={})
    sent = system.fetched[0].headers["authorization"]
    assert base64.b64decode(sent.removeprefix("Basic ")) == b"gate+way:ge%3Aheim"
    for request in system.asked:
        everything = f"{request.url}{request.headers}{request.content!r}"
        assert "heim" not in everything
        assert sent not in everything


async def test_concurrent_requests_share_one_renewal() -> None:
    system = System()
    client, access = system.open()
    auth = auth_of(access)
    await asyncio.gather(*(client.get("https://api.example/", auth=auth) for _ in range(10)))
    assert len(system.fetched) == 1
    system.declines = 10
    answers = await asyncio.gather(*(client.get("https://api.example/", auth=auth) for _ in range(10)))
    assert {answer.json()["auth"] for answer in answers} == {"Bearer t2"}
    assert len(system.fetched) == 2


@pytest.mark.parametrize(
    ("expires_in", "kept"),
    [
        (3600, 3539),
        ("3600", 3539),
        (10**12, 86_339),
        (None, 239),
        ("soon", 239),
        (float("nan"), 239),
        (10**400, 239),
        (True, -1),
    ],
)
async def test_a_token_is_kept_until_a_minute_before_it_expires(expires_in: object, kept: int) -> None:
    system = System(expires_in=expires_in)
    client, access = system.open()
    auth = auth_of(access)
    await client.get("https://api.example/", auth=auth)
    if kept >= 0:
        system.now += timedelta(seconds=kept)
        await client.get("https://api.example/", auth=auth)
        assert len(system.fetched) == 1
    system.now += timedelta(seconds=2)
    answer = await client.get("https://api.example/", auth=auth)
    assert (len(system.fetched), answer.json()) == (2, {"auth": "Bearer t2"})


async def test_a_token_that_lives_for_less_than_a_minute_is_used_once() -> None:
    system = System(expires_in=30)
    client, access = system.open()
    auth = auth_of(access)
    for number in (1, 2):
        assert (await client.get("https://api.example/", auth=auth)).json() == {"auth": f"Bearer t{number}"}


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_declined_token_is_renewed_once_and_the_request_sent_again_whole(method: str) -> None:
    async def pieces():  # type: ignore[no-untyped-def]  # a stream of bytes
        yield b"one"
        yield b"two"

    system = System(declines=1)
    client, access = system.open()
    answer = await client.request(method, "https://api.example/", content=pieces(), auth=auth_of(access))
    assert answer.json() == {"auth": "Bearer t2"}
    assert [request.content for request in system.asked] == [b"onetwo", b"onetwo"]


async def test_a_token_that_is_declined_twice_is_the_plugins_business() -> None:
    system = System(declines=2)
    client, access = system.open()
    answer = await client.get("https://api.example/", auth=auth_of(access))
    assert (answer.status_code, len(system.asked), len(system.fetched)) == (401, 2, 2)


async def test_a_refresh_token_is_used_and_replaced_by_its_successor() -> None:
    system = System()
    client, access = system.open()
    auth = auth_of(access, refresh_token="r0")
    await client.get("https://api.example/", auth=auth)
    system.now += timedelta(hours=2)
    await client.get("https://api.example/", auth=auth)
    sent = [parse_qs(request.content.decode()) for request in system.fetched]
    assert sent == [{"grant_type": ["refresh_token"], "refresh_token": [token]} for token in ("r0", "r1")]


async def test_parameters_of_a_system_replace_or_join_the_requests_own() -> None:
    system = System()
    client, access = system.open()
    own = {"grant_type": "account_credentials", "account_id": "a1"}
    await client.get("https://api.example/", auth=auth_of(access, parameters=own))
    assert parse_qs(system.fetched[0].content.decode()) == {key: [value] for key, value in own.items()}


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_a_client_that_the_token_server_declines_is_refused(status: int) -> None:
    system = System(answer=httpx.Response(status, json={"error": "invalid_client", "error_description": "ge:heim"}))
    client, access = system.open()
    with pytest.raises(Refused) as caught:
        await client.get("https://api.example/", auth=auth_of(access))
    assert caught.value.detail == f"login.example answered {status} invalid_client"
    assert system.asked == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(429, headers={"Retry-After": "7"}), Unavailable),
        (httpx.Response(500), Unavailable),
        (httpx.Response(302, headers={"Location": "https://evil.example/"}), Invalid),
        (httpx.Response(200, text="<html>Login</html>"), Invalid),
        (httpx.Response(200, json=["t"]), Invalid),
        (httpx.Response(200, json={"token": "t"}), Invalid),
        (httpx.Response(200, json={"access_token": ""}), Invalid),
        (httpx.Response(200, json={"access_token": "t\r\nX-Admin: 1"}), Invalid),
        (httpx.Response(200, json={"access_token": ["t"]}), Invalid),
        (httpx.Response(200, content=b"[" * 100_000), Invalid),
        (httpx.Response(400, content=b"[" * 100_000), Refused),
        (httpx.Response(400, json={"error": "ge heim\r\n"}), Refused),
        (httpx.ConnectError("refused"), NotSent),
        (httpx.ReadError("reset"), Unavailable),
    ],
)
async def test_a_token_server_that_fails_never_leaves_a_doubt(
    answer: httpx.Response | Exception, error: type[SourceError]
) -> None:
    system = System(answer=answer)
    client, access = system.open()
    with with_deadline(5.0) as sent, pytest.raises(SourceError) as caught:
        await client.post("https://api.example/book", auth=auth_of(access))
    assert type(caught.value) is error
    assert (sent.started, system.asked) == (False, [])
    assert "heim" not in caught.value.detail


async def test_after_a_failure_the_next_request_fetches_a_token() -> None:
    system = System(answer=httpx.Response(500))
    client, access = system.open()
    auth = auth_of(access)
    with pytest.raises(Unavailable):
        await client.get("https://api.example/", auth=auth)
    system.answer = None
    assert (await client.get("https://api.example/", auth=auth)).json() == {"auth": "Bearer t2"}


async def test_a_renewal_that_is_cancelled_leaves_the_way_free() -> None:
    system = System()
    client, access = system.open()
    auth = auth_of(access)
    system.wait = asyncio.Event()
    first = asyncio.create_task(client.get("https://api.example/", auth=auth))
    await system.waiting.wait()
    first.cancel()
    system.wait = None
    answer = await asyncio.wait_for(client.get("https://api.example/", auth=auth), 5)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "url",
    [
        "https://login.example/admin",
        "https://evil.example/",
        "http://api.example/",
        "https://api.example:8443/",
    ],
)
async def test_the_token_is_sent_nowhere_but_to_the_systems_own_origins(url: str) -> None:
    system = System()
    client, access = system.open()
    with pytest.raises(Invalid):
        await client.get(url, auth=auth_of(access))
    assert (system.asked, system.fetched) == ([], [])


async def test_a_system_that_issues_its_own_tokens_gets_them_back() -> None:
    system = System()
    client, access = system.open(TOKENS)
    answer = await client.get("https://login.example/api", auth=auth_of(access))
    assert answer.json() == {"auth": "Bearer t1"}


def test_a_token_server_that_is_not_declared_is_refused_at_once() -> None:
    _, access = System().open(API)
    with pytest.raises(Invalid):
        auth_of(access)


async def test_no_repr_shows_a_secret_or_a_token() -> None:
    system = System()
    client, access = system.open()
    auth = auth_of(access, refresh_token="r0geheim")
    await client.get("https://api.example/", auth=auth)
    shown = repr(auth) + repr(access) + json.dumps({key: repr(value) for key, value in vars(auth).items()})
    for secret in ("heim", "t1", "r0", "Basic"):
        assert secret not in shown


async def test_a_plugin_that_asks_for_an_auth_before_each_call_gets_the_same_token() -> None:
    system = System()
    client, access = system.open()
    for _ in range(3):
        await client.get("https://api.example/slots", auth=auth_of(access, scope="a"))
    assert len(system.fetched) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"scope": "b"},
        {"client_id": "zwei"},
        {"client_secret": "neu"},
        {"refresh_token": "r"},
        {"parameters": {"a": "b"}},
    ],
)
async def test_another_client_scope_secret_or_grant_has_a_token_of_its_own(other: dict[str, Any]) -> None:
    system = System()
    client, access = system.open()
    await client.get("https://api.example/slots", auth=auth_of(access, scope="a"))
    answer = await client.get("https://api.example/slots", auth=auth_of(access, **{"scope": "a", **other}))
    assert answer.json() == {"auth": "Bearer t2"}


async def test_a_rotated_refresh_token_is_remembered_for_who_asks_with_the_first_again() -> None:
    system = System(expires_in=0)
    client, access = system.open()
    for _ in range(3):
        await client.get("https://api.example/slots", auth=auth_of(access, refresh_token="r0"))
    sent = [parse_qs(one.content.decode())["refresh_token"][0] for one in system.fetched]
    assert sent == ["r0", "r1", "r2"]


async def test_auths_that_are_asked_for_without_end_do_not_pile_up() -> None:
    _, access = System().open()
    for number in range(100):
        auth_of(access, scope=str(number))
    assert len(access._auths) == MOST_AUTHS
