"""Whatever is sent, nothing answers 500, and what is refused is refused with a problem that says why."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.gateways import City, bearer, city, key
from tests.web.observed import Operation, operations

FUZZ = settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
PAGES = [
    ("GET", "/termin/{booking_id}/{token}"),
    ("POST", "/termin/{booking_id}/absagen"),
    ("GET", "/termin/{booking_id}/{token}/termin.ics"),
    ("GET", "/termin/{booking_id}/bestaetigen/{token}"),
    ("POST", "/termin/{booking_id}/bestaetigen"),
    ("GET", "/gespraech/{booking_id}/{token}"),
    ("POST", "/gespraech/{booking_id}"),
    ("POST", "/in/{department_id}/{source}/{path}"),
    ("GET", "/"),
    ("GET", "/en/"),
    ("GET", "/amt/{department_id}"),
    ("GET", "/leistung/{service_id}"),
    ("GET", "/leistung/{service_id}/termine"),
    ("GET", "/en/leistung/{service_id}/termine/monat"),
    ("GET", "/leika/{path}"),
    ("GET", "/formular"),
    ("GET", "/abdeckung"),
    ("GET", "/fragments/{path}"),
    ("GET", "/termin/neu"),
    ("POST", "/termin/neu"),
    ("GET", "/termin/neu/{booking_id}/{token}"),
    ("POST", "/termin/neu/{booking_id}/angaben"),
    ("POST", "/termin/neu/{booking_id}/buchen"),
    ("POST", "/gespraech/{booking_id}/platz"),
    ("POST", "/gespraech/{booking_id}/zeichen"),
    ("GET", "/static/{source}/{path}"),
    ("GET", "/openapi.json"),
]

text = st.text(max_size=40) | st.sampled_from(
    ["", "\0", "\ud800", "..", "%", "a/b", "é" * 300, "' OR 1=1--", "{}", "*"]
)
line = st.binary(max_size=60).map(lambda raw: bytes(byte for byte in raw if byte >= 0x20 and byte != 0x7F))
leaf = st.none() | st.booleans() | st.integers() | st.floats() | text
anything = st.recursive(
    leaf, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4), max_leaves=12
)
instants = st.sampled_from(
    [
        "2026-11-23",
        "2026-11-23T08:00:00Z",
        "9999-12-31T23:59:59Z",
        "0001-01-01",
        "-1",
        "1e9",
        "2026-02-30",
        "24:00",
        "8999-12-31",
    ]
)


@dataclass
class Target:
    """A city that is asked, and what is known of it: good ids and tokens, so that the questions get past the door."""

    here: City
    runner: asyncio.Runner
    operations: list[Operation]
    known: list[str]

    def ask(self, verb: str, path: str, **sent: Any) -> httpx.Response:
        return self.runner.run(self.here.client.request(verb, path, **sent))


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with asyncio.Runner() as runner:
        manager = city(tmp_path_factory.mktemp("city"))
        here = runner.run(manager.__aenter__())  # type: ignore[arg-type]
        slots = runner.run(here.slots())
        booking = runner.run(here.booked())
        hold = runner.run(here.hold(slots[3]["slot"])).json()
        document = runner.run(here.client.get("/openapi.json")).json()
        known = [
            "buergeramt",
            "buergeramt-ummeldung",
            "slot-taken",
            slots[5]["slot"],
            booking["id"],
            booking["manage_token"],
            hold["id"],
            hold["token"],
        ]
        yield Target(here, runner, [*operations(document), *PAGES], known)
        runner.run(manager.__aexit__(None, None, None))


NAMES = [
    "lang",
    "limit",
    "offset",
    "q",
    "kind",
    "department",
    "channel",
    "language",
    "leika_key",
    "form_url",
    "bookable",
    "month",
    "day",
    "heading",
    "slot",
    "key",
]
NAMES += ["service", "count", "from", "to"]
FIELDS = [
    "slot",
    "lang",
    "continues",
    "hold",
    "token",
    "person",
    "answers",
    "needs",
    "email",
    "phone",
    "name",
    "interpreter",
    "step",
    "key",
]


def filled(path: str, values: list[str]) -> str:
    parts = iter(values)
    return "/".join(quote(next(parts), safe="", errors="replace") if "{" in one else one for one in path.split("/"))


def is_sound(answer: httpx.Response, path: str) -> None:
    assert answer.status_code < 500, (answer.status_code, path, answer.text)
    if answer.status_code >= 400 and path.startswith(("/v1/", "/in/", "/openapi")):
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code


@given(data=st.data())
@FUZZ
def test_no_path_query_or_header_makes_it_fail(target: Target, data: st.DataObject) -> None:
    verb, path = data.draw(st.sampled_from(target.operations))
    value = st.sampled_from(target.known) | text
    url = filled(path, data.draw(st.lists(value, min_size=3, max_size=3)))
    values = st.sampled_from([*target.known, "video", "true", "de", "1"]) | text | instants
    query = data.draw(st.lists(st.tuples(st.sampled_from(NAMES) | text, values), max_size=4))
    names = ["accept-language", "accept-encoding", "if-none-match", "authorization", "idempotency-key", "origin"]
    names += ["forwarded", "x-forwarded-for", "content-type", "range", "expect"]
    headers = data.draw(st.lists(st.tuples(st.sampled_from(names).map(str.encode), line), max_size=4))
    encoded = "&".join(f"{quote(name, errors='replace')}={quote(one, errors='replace')}" for name, one in query)
    is_sound(target.ask(verb, f"{url}?{encoded}", headers=headers), url)


@given(data=st.data())
@FUZZ
def test_no_body_makes_it_fail(target: Target, data: st.DataObject) -> None:
    writing = [one for one in target.operations if one[0] != "GET" and one[1].startswith("/v1/")]
    verb, path = data.draw(st.sampled_from(writing))
    url = filled(path, data.draw(st.lists(st.sampled_from(target.known), min_size=3, max_size=3)))
    field = st.sampled_from(FIELDS) | text
    part = st.sampled_from(target.known) | anything
    body: Any = data.draw(
        st.dictionaries(field, part | st.dictionaries(field, part, max_size=4), max_size=5) | anything
    )
    token = data.draw(st.sampled_from(target.known))
    headers = {**key(), **bearer(token), "Content-Type": "application/json"}
    is_sound(target.ask(verb, url, content=json.dumps(body).encode(), headers=headers), url)


@given(data=st.data())
@FUZZ
def test_no_form_makes_a_page_fail(target: Target, data: st.DataObject) -> None:
    writing = [path for verb, path in PAGES if verb == "POST"]
    url = filled(data.draw(st.sampled_from(writing)), data.draw(st.lists(st.sampled_from(target.known), min_size=3)))
    value = st.sampled_from(target.known) | text
    fields = data.draw(st.lists(st.tuples(st.sampled_from(FIELDS) | text, value), max_size=8))
    sent = "&".join(f"{quote(name, errors='replace')}={quote(one, errors='replace')}" for name, one in fields)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    is_sound(target.ask("POST", url, content=sent.encode(), headers=headers), url)


@given(raw=st.binary(max_size=200))
@settings(FUZZ, max_examples=60)
def test_no_bytes_in_place_of_json_make_it_fail(target: Target, raw: bytes) -> None:
    headers = {**key(), "Content-Type": "application/json"}
    for path in ("/v1/holds", "/v1/bookings"):
        is_sound(target.ask("POST", path, content=raw, headers=headers), path)


NASTY = {
    "nothing": b"",
    "blanks": b" " * 1000,
    "a list": b"[]",
    "null": b"null",
    "half": b'{"slot": "x"',
    "two": b'{"slot": "x"}{"slot": "y"}',
    "the same name twice": b'{"slot": "x", "slot": 7}',
    "not utf-8": b'{"slot": "\xff\xfe"}',
    "utf-16": '{"slot": "x"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"slot": "x"}',
    "a null character": b'{"slot": "\\u0000"}',
    "half a surrogate": b'{"slot": "\\ud800"}',
    "a name of half a surrogate": b'{"\\ud800": 1, "slot": "x"}',
    "deep": b'{"a":' * 9_000 + b"1" + b"}" * 9_000,
    "deep and open": b"[" * 60_000,
    "a number of 6000 digits": b'{"slot": ' + b"9" * 6_000 + b"}",
    "no number": b'{"slot": NaN}',
    "endless": b'{"slot": 1e999}',
    "a long string": b'{"slot": "' + b"x" * 60_000 + b'"}',
    "many names": json.dumps({"slot": "x", **{str(name): 1 for name in range(5_000)}}).encode(),
    "wide": b'{"slot": [' + b"1," * 30_000 + b"1]}",
}


@pytest.mark.parametrize("raw", NASTY.values(), ids=NASTY)
def test_a_nasty_body_is_refused_with_a_pointer(target: Target, raw: bytes) -> None:
    for path in ("/v1/holds", "/v1/bookings", "/v1/bookings/x/reschedule", "/v1/bookings/x/contact"):
        headers = {**key(), **bearer("x"), "Content-Type": "application/json"}
        answer = target.ask("POST", path, content=raw, headers=headers)
        is_sound(answer, path)
        assert answer.status_code in (404, 422)
        if answer.json()["code"] == "invalid-body":
            assert all(one["pointer"] == "" or one["pointer"].startswith("/") for one in answer.json()["errors"])
            assert 1 <= len(answer.json()["errors"]) <= 50


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "",
        "json",
        "*/*",
    ],
)
def test_a_body_of_another_kind_is_415(target: Target, kind: str) -> None:
    headers = {**key(), **bearer("x"), "Content-Type": kind}
    for path in ("/v1/holds", "/v1/bookings", "/v1/bookings/x/cancel", "/v1/holds/x/extend"):
        answer = target.ask("POST", path, content=b'{"slot": "x"}', headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (415, "not-json")


def test_json_with_a_charset_is_json(target: Target) -> None:
    headers = {**key(), "Content-Type": "Application/JSON; charset=UTF-8"}
    answer = target.ask("POST", "/v1/holds", content=b'{"slot": "x"}', headers=headers)
    assert answer.json()["code"] == "slot-forged"
