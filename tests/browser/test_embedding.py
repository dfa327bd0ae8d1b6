"""A city's own website embeds the fragments, with its own styles and a strict policy; citizens book from there."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page

from tests.browser.citizen import BOOK, ERIKA, ON, choose, facts, fill_in, heading, press
from tests.browser.conftest import Visits
from tests.browser.running import Site, nginx
from tests.browser.seeing import axe_faults
from tests.browser.states import CERTIFICATE
from tests.servers.caldav import free_port

ROOT = Path(__file__).resolve().parents[2]
STYLES = "body { max-width: 60rem; margin-inline: auto; background: #fffff0 } .dw-department { border: 2px solid #060 }"
FRAME = """<!doctype html>
<html lang="de"><head><meta charset="utf-8"><title>Rathaus</title><link rel="stylesheet" href="/stadt.css"></head>
<body><header><p>Die Seite der Stadt</p></header><main><h1>Rathaus</h1>
<!--# include virtual="/durchwahl/{fragment}" -->
</main></body></html>"""
PAGES = {
    "liste": "departments",
    "leistung": f"services/{CERTIFICATE}?heading=2",
    "zeiten": f"services/{CERTIFICATE}/times?channel=video",
    "english": "departments?lang=en",
}


def documented_way_to(site: Site) -> str:
    """Return the nginx example of docs/website.md, with this site's address in place of its own."""
    text = (ROOT / "docs" / "website.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```nginx\n(.*?)```", text, re.DOTALL)
    address = "http://127.0.0.1:8000/"
    assert address in example
    return example.replace(address, site.base).replace("Host 127.0.0.1:8000", f"Host {urlsplit(site.base).netloc}")


@pytest.fixture(scope="module")
def city(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The city's own website, on an origin of its own: nginx puts the fragments into its pages (SSI)."""
    folder, port = tmp_path_factory.mktemp("city"), free_port()
    (folder / "www").mkdir()
    (folder / "www" / "stadt.css").write_text(STYLES, encoding="utf-8")
    for name, fragment in PAGES.items():
        (folder / "www" / f"{name}.html").write_text(FRAME.format(fragment=fragment), encoding="utf-8")
    policy = f"default-src 'none'; style-src 'self'; form-action {site.origin}; base-uri 'none'; frame-ancestors 'none'"
    pages = f'root {folder}/www; ssi on; add_header Content-Security-Policy "{policy}";'
    cache = f"proxy_cache_path {folder}/cache keys_zone=durchwahl:1m;"
    with nginx(folder / "nginx", port, pages + documented_way_to(site), cache):
        yield f"http://127.0.0.1:{port}/"


@pytest.fixture
def page(visiting: Visits, site: Site, city: str) -> Page:
    return visiting(site, city.rstrip("/")).page


def asked(site: Site, path: str) -> list[dict[str, object]]:
    answer = httpx.get(
        f"{site.base}v1/{path}", params={"limit": "1000"} | dict(httpx.URL(path).params), trust_env=False
    )
    return list(answer.raise_for_status().json()["items"])


def test_departments_stand_in_the_configured_order_and_each_consultation_once(
    page: Page, site: Site, city: str
) -> None:
    page.goto(f"{city}liste.html")
    departments = [str(one["name"]) for one in asked(site, "departments")]
    forms = page.get_by_role("region", name="Online-Formulare ohne Gespräch")
    assert page.get_by_role("heading", level=2).all_inner_texts() == [*departments, "Online-Formulare ohne Gespräch"]
    listed = Counter(page.get_by_role("heading", level=3).all_inner_texts())
    consultations = asked(site, "services?kind=consultation")
    assert listed == Counter(str(one["name"]) for one in consultations)
    assert forms.get_by_role("heading", level=3).count() == 0
    assert forms.get_by_role("listitem").count() > 5
    ids = {str(one["name"]): one["id"] for one in asked(site, "departments")}
    for name in departments:
        section = page.get_by_role("region", name=name, exact=True)
        own = {str(one["name"]) for one in consultations if one["department"] == ids[name]}
        assert set(section.get_by_role("heading", level=3).all_inner_texts()) == own


def test_a_citizen_books_from_the_citys_list(page: Page, site: Site, city: str) -> None:
    page.goto(f"{city}liste.html")
    page.get_by_role("link", name="Führungszeugnis", exact=True).first.click()
    assert page.url.startswith(site.base)
    page.get_by_role("link", name="Zeit für ein Videogespräch wählen").click()
    choose(page)
    press(page, "Zeit reservieren und weiter")
    _to_the_end(page)


def test_a_citizen_books_from_the_times_on_the_citys_page(page: Page, site: Site, city: str) -> None:
    page.goto(f"{city}zeiten.html")
    clock = choose(page, 2)
    press(page, "Zeit reservieren und weiter")
    assert page.url.startswith(f"{site.base}termin/neu?")
    assert clock in facts(page)["Wann"]
    press(page, "Zeit reservieren und weiter")
    _to_the_end(page)


def _to_the_end(page: Page) -> None:
    fill_in(page, ERIKA)
    press(page, ON)
    press(page, BOOK)
    assert heading(page) == "Ihr Termin ist gebucht"


@pytest.mark.parametrize("name", list(PAGES))
def test_a_fragment_has_the_citys_styles_and_only_links_to_whole_addresses(
    page: Page, site: Site, city: str, name: str
) -> None:
    page.goto(f"{city}{name}.html")
    assert page.get_by_role("heading", level=1).all_inner_texts() == ["Rathaus"]
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 240)"
    links = page.locator("main a")
    addresses = [str(links.nth(at).get_attribute("href")) for at in range(links.count())]
    assert addresses
    assert not [one for one in addresses if not one.startswith(("#", site.base, "https://", "tel:"))]
    assert page.locator("main [style], main script").count() == 0
    classes = page.evaluate("[...document.querySelectorAll('main [class]')].flatMap(one => [...one.classList])")
    assert not [one for one in classes if not one.startswith(("dw-", "kern-"))]
    ids = page.evaluate("[...document.querySelectorAll('main [id]')].map(one => one.id)")
    assert not [one for one in ids if not one.startswith("dw-")]


def test_axe_finds_nothing_on_the_citys_pages(visiting: Visits, site: Site, city: str) -> None:
    page = visiting(site, city.rstrip("/"), javascript=True).page
    found = []
    for name in PAGES:
        page.goto(f"{city}{name}.html")
        found += [f"{name}: {fault}" for fault in axe_faults(page)]
    assert not found, "\n".join(found)


def test_an_english_fragment_says_so(page: Page, city: str) -> None:
    page.goto(f"{city}english.html")
    assert page.locator("main [lang=en]").first.get_by_role("heading", level=2).count() > 5
