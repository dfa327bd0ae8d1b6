"""Fragments: parts of pages that stand on anybody's page, and lead to ours from there."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from lxml import html

from tests.gateways import GATEWAY, City, city

pytestmark = pytest.mark.asyncio(loop_scope="module")

FRAGMENTS = [
    "/fragments/departments",
    "/fragments/departments/buergeramt",
    "/fragments/services/buergeramt-ummeldung",
]
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    below = GATEWAY.replace("http://gateway.test/", "http://gateway.test/beratung/")
    async with city(tmp_path_factory.mktemp("city"), gateway=below) as one:
        yield one


@pytest.mark.parametrize("path", FRAGMENTS)
async def test_a_fragment_is_one_element_and_no_page(here: City, path: str) -> None:
    answer = await here.client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    (outer,) = html.fragments_fromstring(answer.text.strip())
    assert (outer.tag, outer.get("class"), outer.get("lang"), outer.get("dir")) == ("div", "dw-fragment", "de", "ltr")
    for part in ("<html", "<head", "<body", "<script", "<style", "<link", " style=", "<h1"):
        assert part not in answer.text


@pytest.mark.parametrize("path", FRAGMENTS)
async def test_every_link_of_a_fragment_works_from_anywhere(here: City, path: str) -> None:
    outer = html.fragment_fromstring((await here.client.get(path)).text.strip())
    links = [str(link) for link in outer.xpath(".//a/@href")]
    assert any(link.startswith("http://gateway.test/beratung/leistung/") for link in links)
    assert all(link.startswith(("http://", "https://", "tel:", "mailto:")) for link in links)
    english = html.fragment_fromstring((await here.client.get(f"{path}?lang=en")).text.strip())
    ours = [link for link in english.xpath(".//a/@href") if "gateway.test" in link]
    assert ours
    assert all(link.startswith("http://gateway.test/beratung/en/") for link in ours)


@pytest.mark.parametrize("path", FRAGMENTS)
async def test_ids_and_classes_of_a_fragment_are_its_own(here: City, path: str) -> None:
    outer = html.fragment_fromstring((await here.client.get(path)).text.strip())
    ids = [str(one) for one in outer.xpath(".//@id")]
    assert ids
    assert all(one.startswith("dw-") for one in ids)
    assert len(set(ids)) == len(ids)
    assert set(outer.xpath(".//@aria-labelledby")) <= set(ids)
    classes = " ".join(outer.xpath("descendant-or-self::*/@class")).split()
    assert all(one.startswith(("dw-", "kern-")) for one in classes)


@pytest.mark.parametrize("path", FRAGMENTS)
@pytest.mark.parametrize(("asked", "first"), [("", 2), ("3", 3), ("5", 5), ("1", 2), ("x", 2), ("6", 2)])
async def test_headings_begin_at_the_level_that_is_wanted(here: City, path: str, asked: str, first: int) -> None:
    outer = html.fragment_fromstring((await here.client.get(f"{path}?heading={asked}")).text.strip())
    levels = [int(one.tag[1]) for one in outer.iter() if isinstance(one.tag, str) and one.tag in HEADINGS]
    assert (levels[0], min(levels)) == (first, first)
    assert max(levels) <= first + 1


async def test_a_fragment_says_the_same_as_the_page(here: City) -> None:
    page = html.document_fromstring((await here.client.get("/beratung/")).text)
    part = html.fragment_fromstring((await here.client.get("/beratung/fragments/departments")).text.strip())
    named = ".//li[@class='dw-service']//h3"
    assert [one.text_content() for one in page.xpath(named)] == [one.text_content() for one in part.xpath(named)]


async def test_a_language_that_there_is_not_is_german(here: City) -> None:
    answer = await here.client.get("/fragments/departments?lang=fr", headers={"accept-language": "en"})
    assert answer.headers["content-language"] == "de"
    assert 'lang="de"' in answer.text


@pytest.mark.parametrize("path", FRAGMENTS)
async def test_anybodys_script_may_read_a_fragment(here: City, path: str) -> None:
    answer = await here.client.get(path, headers={"origin": "https://anywhere.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert (await here.client.get(path, headers={"if-none-match": "*"})).status_code == 304


@pytest.mark.parametrize("path", ["/fragments/departments/nirgends", "/fragments/services/nichts", "/fragments"])
async def test_what_there_is_not_is_not_found(here: City, path: str) -> None:
    assert (await here.client.get(path)).status_code == 404
