"""What crawlers are told: every page in every language, and nothing that holds a token."""

from pathlib import Path
from urllib.parse import urlsplit

from lxml import etree

from tests.gateways import GATEWAY, City, city

NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
BELOW = GATEWAY.replace("http://gateway.test/", "http://gateway.test/beratung/")


async def sitemap(here: City) -> etree._Element:
    answer = await here.client.get("/sitemap.xml")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml")
    return etree.fromstring(answer.content)


async def test_every_page_that_the_sitemap_names_is_there_and_may_be_listed(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=BELOW) as here:
        named = [str(one.text) for one in (await sitemap(here)).iterfind("s:url/s:loc", NAMES)]
        assert len(set(named)) == len(named) == 2 * (2 + 1 + 5)
        for address in named:
            assert address.startswith("http://gateway.test/beratung/")
            answer = await here.client.get(urlsplit(address).path)
            assert answer.status_code == 200
            assert 'name="robots"' not in answer.text
            assert f'<link rel="canonical" href="{address}">' in answer.text


async def test_each_page_names_itself_in_every_language(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=BELOW) as here:
        for entry in (await sitemap(here)).iterfind("s:url", NAMES):
            others = {one.get("hreflang"): one.get("href") for one in entry.iterfind("x:link", NAMES)}
            assert set(others) == {"de", "en", "x-default"}
            assert others["x-default"] == others["de"]
            assert entry.findtext("s:loc", namespaces=NAMES) in others.values()


async def test_crawlers_stay_away_from_what_holds_a_token(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=BELOW) as here:
        answer = await here.client.get("/robots.txt")
        lines = answer.text.splitlines()
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert lines[0] == "User-agent: *"
        for path in ("termin/", "gespraech/", "en/termin/", "en/gespraech/", "fragments/"):
            assert f"Disallow: /beratung/{path}" in lines
        assert lines[-1] == "Sitemap: http://gateway.test/beratung/sitemap.xml"


async def test_both_files_are_ready_documents(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        for path in ("/sitemap.xml", "/robots.txt"):
            first = await here.client.get(path)
            again = await here.client.get(path, headers={"if-none-match": "*"})
            assert first.headers["cache-control"].startswith("public, max-age=300")
            assert again.status_code == 304
