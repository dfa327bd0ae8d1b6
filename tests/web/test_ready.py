"""Ready documents: the table before the router answers like the routes, and never what is no longer true."""

import asyncio
import gzip
import threading
from collections.abc import AsyncIterator
from typing import Any

import brotli
import httpx
import pytest
import pytest_asyncio

from durchwahl.catalogue.documents import Documents
from durchwahl.web import assembly, ready
from tests.gateways import SHEET, City, city

pytestmark = pytest.mark.asyncio(loop_scope="module")

KINDS = [
    "/v1/departments",
    "/v1/departments?lang=en",
    "/v1/departments/buergeramt",
    "/v1/services",
    "/v1/services?limit=2&offset=1",
    "/v1/services?channel=video",
    "/v1/services?department=buergeramt&kind=consultation",
    "/v1/services?q=umzug",
    "/v1/services/buergeramt-ummeldung",
    "/v1/coverage",
    "/v1/export/services.csv",
    "/v1/export/services.jsonld",
    "/v1/export/services.jsonld?lang=en",
]
ASKED: list[dict[str, str]] = [
    {},
    {"Accept-Encoding": ""},
    {"Accept-Encoding": "gzip"},
    {"Accept-Encoding": "br, gzip"},
    {"Accept-Encoding": "gzip;q=1.0, br;q=0.5"},
    {"Accept-Encoding": "br;q=0, gzip;q=0.1, identity;q=0"},
    {"Accept-Encoding": "*"},
    {"Accept-Encoding": "*;q=0"},
    {"Accept-Encoding": "deflate, zstd;q=0.9"},
    {"Accept-Encoding": "gzip;q=nonsense"},
    {"Accept-Language": "en"},
    {"Accept-Language": "fr;q=1, en;q=0.2"},
    {"Accept-Language": "de-AT"},
    {"If-None-Match": "*"},
    {"If-None-Match": '"other"'},
    {"If-None-Match": "nonsense"},
    {"Origin": "https://anywhere.example"},
    {"Range": "bytes=0-3"},
]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    async with city(tmp_path_factory.mktemp("city")) as one:
        yield one


def said(answer: httpx.Response) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
    """Return everything that went over the wire, in its order, the request's own id apart."""
    headers = [(name.lower(), value) for name, value in answer.headers.raw if name.lower() != b"x-request-id"]
    return answer.status_code, answer.content, headers


async def both_ways(here: City, verb: str, path: str, headers: dict[str, str]) -> list[Any]:
    """Ask with the table off, filling it, and from it."""
    answers = []
    for enabled in (False, True, True):
        here.app.table.enabled = enabled
        answers.append(said(await asked(here, verb, path, headers)))
    return answers


async def asked(here: City, verb: str, path: str, headers: dict[str, str]) -> httpx.Response:
    """Send exactly these headers, and leave the body as it came."""
    request = here.client.build_request(verb, path, headers=headers)
    if "Accept-Encoding" not in headers:
        del request.headers["accept-encoding"]
    answer = await here.client.send(request, stream=True)
    answer._content = b"".join([part async for part in answer.aiter_raw()])
    return answer


@pytest.mark.parametrize("path", KINDS)
@pytest.mark.parametrize("verb", ["GET", "HEAD"])
async def test_the_table_answers_like_the_routes(here: City, verb: str, path: str) -> None:
    for headers in ASKED:
        off, first, again = await both_ways(here, verb, path, headers)
        assert off == first == again, headers


@pytest.mark.parametrize("path", KINDS)
async def test_every_coding_has_a_tag_of_its_own_and_each_way_to_give_it_back_is_a_304(here: City, path: str) -> None:
    tags = set()
    for coding in ("identity", "gzip", "br"):
        accepted = {"Accept-Encoding": coding}
        fresh = await asked(here, "GET", path, accepted)
        tag = fresh.headers["etag"]
        tags.add((tag, fresh.headers.get("content-encoding")))
        for given in (tag, f"W/{tag}", f'"x", {tag}', f' {tag} ,"y"', "*"):
            for verb in ("GET", "HEAD"):
                off, first, again = await both_ways(here, verb, path, {**accepted, "If-None-Match": given})
                assert off == first == again
                status, body, headers = again
                assert (status, body) == (304, b"")
                assert dict(headers)[b"etag"].decode() == tag
                assert {b"cache-control", b"vary", b"x-content-type-options"} <= set(dict(headers))
    assert len({tag for tag, _ in tags}) == len(tags)


async def test_head_is_get_without_its_body_also_when_it_comes_first(here: City) -> None:
    for path in (
        "/v1/services?limit=7",
        "/v1/coverage?limit=7",
        "/v1/slots/earliest",
        "/v1/sources",
        "/livez",
        "/readyz",
    ):
        head, get = [await here.client.request(verb, path) for verb in ("HEAD", "GET")]
        assert (head.status_code, head.content) == (200, b"")
        volatile = ("x-request-id", "content-length") if path == "/v1/slots/earliest" else ("x-request-id",)
        kept = [{name: one.headers[name] for name in one.headers if name not in volatile} for one in (head, get)]
        assert kept[0] == kept[1]


async def test_all_codings_unpack_to_the_same_bytes(here: City) -> None:
    plain, packed, small = [
        (await asked(here, "GET", "/v1/services", {"Accept-Encoding": coding})).content
        for coding in ("identity", "gzip", "br")
    ]
    assert gzip.decompress(packed) == plain == brotli.decompress(small)


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("br, gzip", "br"),
        ("gzip, br", "br"),
        ("gzip;q=1, br;q=0.9", "gzip"),
        ("gzip;q=0.5, br;q=0.5, identity;q=0.1", "br"),
        ("identity, gzip;q=0.5", None),
        ("br;q=0, *", "gzip"),
        ("gzip;q=0, br;q=0", None),
        ("GZIP", "gzip"),
        ("deflate", None),
        ("", None),
    ],
)
async def test_the_coding_is_what_the_client_likes_best(here: City, accepted: str, coding: str | None) -> None:
    answer = await asked(here, "GET", "/v1/services", {"Accept-Encoding": accepted})
    assert answer.headers.get("content-encoding") == coding


async def test_a_language_is_never_kept_under_the_name_of_another(here: City) -> None:
    for path in ("/v1/departments", "/v1/services/buergeramt-ummeldung"):
        here.app.table._answers.clear()
        for first in ("de", "en"):
            headers = [("Accept-Language", first), ("Accept-Language", "en" if first == "de" else "de")]
            await here.client.get(path, headers=headers)
        for language in ("de", "en"):
            answer = await here.client.get(path, headers={"Accept-Language": language})
            assert answer.headers["content-language"] == language


async def test_lang_wins_over_the_header_and_both_languages_differ(here: City) -> None:
    german = await here.client.get("/v1/departments?lang=de", headers={"Accept-Language": "en"})
    english = await here.client.get("/v1/departments?lang=en", headers={"Accept-Language": "de"})
    assert german.json()["items"][0]["name"] == "Bürgeramt"
    assert english.json()["items"][0]["name"] == "Citizens' Office"
    assert german.headers["etag"] != english.headers["etag"]


async def test_nothing_old_is_answered_after_a_sync_that_changed_the_sheet(tmp_path_factory: Any) -> None:
    folder = tmp_path_factory.mktemp("changing")
    async with city(folder) as here:
        before = {path: await here.client.get(path) for path in KINDS}
        sheet = SHEET.replace("ummeldung;Ummeldung;", "ummeldung;Wohnsitz ummelden;")
        (folder / "departments" / "buergeramt.csv").write_bytes(sheet.encode("utf-8-sig"))
        await here.gateway.sync()
        for path in ("/v1/services", "/v1/services/buergeramt-ummeldung", "/v1/export/services.csv"):
            tag = {"If-None-Match": before[path].headers["etag"]}
            after = await here.client.get(path, headers=tag)
            assert after.status_code == 200
            assert "Wohnsitz ummelden" in after.text
            assert after.headers["etag"] != before[path].headers["etag"]


async def test_a_sync_that_changed_nothing_keeps_every_tag(tmp_path_factory: Any) -> None:
    async with city(tmp_path_factory.mktemp("same")) as here:
        before = [(await here.client.get(path)).headers["etag"] for path in KINDS]
        await here.gateway.sync()
        assert [(await here.client.get(path)).headers["etag"] for path in KINDS] == before


async def test_a_service_that_is_gone_is_not_answered_from_memory(tmp_path_factory: Any) -> None:
    folder = tmp_path_factory.mktemp("gone")
    async with city(folder) as here:
        path = "/v1/services/buergeramt-wunschkennzeichen"
        assert (await here.client.get(path)).status_code == 200
        sheet = "\r\n".join(row for row in SHEET.split("\r\n") if not row.startswith("wunschkennzeichen"))
        (folder / "departments" / "buergeramt.csv").write_bytes(sheet.encode("utf-8-sig"))
        await here.gateway.sync()
        assert (await here.client.get(path)).status_code == 404


async def test_endless_different_questions_do_not_fill_the_memory(tmp_path_factory: Any) -> None:
    async with city(tmp_path_factory.mktemp("endless")) as here:
        here.gateway.documents = Documents(most_bytes=100_000)
        for number in range(200):
            answer = await here.client.get("/v1/services", params={"q": f"wort{number}", "offset": number})
            assert answer.status_code == 200
        assert sum(one.size for one in here.gateway.documents._kept.values()) <= 100_000
        kept = [
            one for one in here.app.table._answers.values() if one.content is not None and one.content() is not None
        ]
        assert len(kept) == len(here.gateway.documents._kept) < 100


async def test_many_ways_to_ask_for_the_same_do_not_keep_others_from_being_remembered(
    tmp_path_factory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ready, "MOST_REMEMBERED", 20)
    async with city(tmp_path_factory.mktemp("crowd")) as here:
        for number in range(50):
            await here.client.get("/v1/services", params={"lang": ["de"] * (number + 1)})
        await here.client.get("/v1/coverage")
        assert any(path == "/v1/coverage" for _, path, _, _ in here.app.table._answers)
        assert len(here.app.table._answers) <= 20


async def test_a_request_of_any_length_is_answered_but_only_short_ones_are_remembered(here: City) -> None:
    before = len(here.app.table._answers)
    padding = "x" * ready.LONGEST_REMEMBERED
    for headers in ({"Accept-Language": f"de, {padding}"}, {"If-None-Match": f'"{padding}"'}, {"Origin": padding}):
        assert (await here.client.get("/v1/departments", headers=headers)).status_code == 200
    assert (await here.client.get("/v1/services", params={"q": "pass", "form_url": padding})).status_code == 200
    assert len(here.app.table._answers) == before


async def test_what_was_read_earlier_never_comes_in_after_what_was_read_later(
    tmp_path_factory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("overtaken")
    async with city(folder) as here:
        made, may_end, begun = assembly.ready_snapshot, threading.Event(), threading.Event()

        def slow_at_first(*parts: Any) -> Any:
            if not begun.is_set():
                begun.set()
                may_end.wait(5)
            return made(*parts)

        monkeypatch.setattr(assembly, "ready_snapshot", slow_at_first)
        earlier = asyncio.create_task(here.gateway.sync())
        assert await asyncio.to_thread(begun.wait, 5)
        sheet = SHEET.replace("ummeldung;Ummeldung;", "ummeldung;Wohnsitz ummelden;")
        (folder / "departments" / "buergeramt.csv").write_bytes(sheet.encode("utf-8-sig"))
        later = asyncio.create_task(here.gateway.sync())
        await asyncio.wait({later}, timeout=0.5)
        may_end.set()
        await asyncio.gather(earlier, later)
        assert "Wohnsitz ummelden" in (await here.client.get("/v1/services")).text
