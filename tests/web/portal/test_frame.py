"""What every page has: its language and direction, its other languages, its files, and nothing from elsewhere."""

import re
from pathlib import Path

from tests.gateways import DEPARTMENT, GATEWAY, SHEET, city
from tests.web.portal.visitor import Seen

TIMES = "/leistung/buergeramt-meldebescheinigung/termine"
PREFIXED = GATEWAY.replace("http://gateway.test/", "http://gateway.test/beratung/")


async def test_a_page_says_its_language_and_leads_to_itself_in_the_others(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        for address, language in ((f"{TIMES}?channel=phone", "de"), (f"/en{TIMES}?channel=phone", "en")):
            page = Seen(await here.client.get(address))
            assert (page.tree.get("lang"), page.tree.get("dir")) == (language, "ltr")
            assert page.answer.headers["content-language"] == language
            others = page.tree.xpath("//nav[@class='dw-languages']//a")
            assert {one.get("hreflang"): one.get("href") for one in others} == {
                "de": f"{TIMES}?channel=phone",
                "en": f"/en{TIMES}?channel=phone",
            }
            assert [one.get("hreflang") for one in others if one.get("aria-current")] == [language]


async def test_the_browsers_language_decides_nothing(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        for address in (TIMES, "/termin/x/y", "/nowhere", "/"):
            page = await here.client.get(address, headers={"Accept-Language": "en"})
            assert '<html lang="de"' in page.text
            assert "Accept-Language" not in page.headers.get("vary", "")


async def test_a_page_for_everybody_names_its_public_address_in_every_language(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=PREFIXED) as here:
        page = Seen(await here.client.get("/en/amt/buergeramt"))
        (canonical,) = page.tree.xpath("//link[@rel='canonical']/@href")
        assert canonical == "http://gateway.test/beratung/en/amt/buergeramt"
        alternates = {one.get("hreflang"): one.get("href") for one in page.tree.xpath("//link[@rel='alternate']")}
        assert alternates["de"] == "http://gateway.test/beratung/amt/buergeramt"


async def test_every_address_on_a_page_keeps_the_prefix(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=PREFIXED) as here:
        for address in ("/", TIMES, f"{TIMES}/monat", "/abdeckung", "/nowhere", "/technik"):
            page = Seen(await here.client.get(f"/beratung{address}"))
            found = page.tree.xpath("//@href | //@src | //@action | //@formaction")
            local = [one for one in found if not re.match(r"https?:|data:|#|tel:|mailto:", one)]
            assert local
            assert all(one.startswith("/beratung/") for one in local), local


async def test_a_text_that_is_not_translated_is_marked_with_its_language(tmp_path: Path) -> None:
    sheet = SHEET.replace(";Registration certificate;", ";;")
    gateway = GATEWAY.replace(', en = "Only a test."', "")
    async with city(tmp_path, sheet=sheet, gateway=gateway) as here:
        page = Seen(await here.client.get("/en/"))
        names = page.tree.xpath("//h3//*[@lang='de'] | //h4//*[@lang='de']")
        assert [name.text_content() for name in names] == ["Meldebescheinigung"]
        (notice,) = page.tree.xpath("//aside//*[@lang='de']")
        assert notice.text_content() == "Nur ein Test."


async def test_a_script_in_a_catalogues_text_is_text_on_every_page(tmp_path: Path) -> None:
    hostile = '<script>alert(1)</script>\\"><img src=x onerror=y>'
    department = (
        DEPARTMENT
        + f'\n[services.meldebescheinigung]\nname = {{ de = "{hostile}" }}\nsummary = {{ de = "{hostile}" }}\n'
    )
    async with city(tmp_path, department=department) as here:
        for address in ("/", "/amt/buergeramt", TIMES.removesuffix("/termine"), TIMES, f"{TIMES}/monat", "/en/"):
            page = Seen(await here.client.get(address))
            assert page.status == 200
            assert not page.tree.xpath("//script[not(@type='application/ld+json')] | //img")
            assert "<script>alert(1)" in page.tree.text_content()
        fragment = await here.client.get("/fragments/departments")
        assert "<script" not in fragment.text


async def test_a_very_long_text_of_a_catalogue_breaks_no_page(tmp_path: Path) -> None:
    department = DEPARTMENT + f'\n[services.meldebescheinigung]\nname = {{ de = "{"Lang" * 2500}" }}\n'
    async with city(tmp_path, department=department) as here:
        for address in ("/", TIMES.removesuffix("/termine"), TIMES):
            assert (await here.client.get(address)).status_code == 200


async def test_styles_are_kept_for_a_year_and_change_their_address_with_their_content(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        page = Seen(await here.client.get("/nowhere"))
        (sheet,) = page.tree.xpath("//link[@rel='stylesheet']/@href")
        answer = await here.client.get(sheet, headers={"Accept-Encoding": "gzip"})
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-type"] == "text/css; charset=utf-8"
        assert answer.headers["content-encoding"] == "gzip"
        older = await here.client.get(re.sub(r"/static/\w+/", "/static/older/", sheet))
        assert (older.status_code, older.headers["cache-control"]) == (200, "public, max-age=60")
        assert older.text == answer.text


async def test_nothing_but_the_pages_files_can_be_read(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        for path in ("../rendering.py", "..%2frendering.py", "%2e%2e/rendering.py", "/etc/passwd", "fonts", ""):
            assert (await here.client.get(f"/static/x/{path}")).status_code == 404
