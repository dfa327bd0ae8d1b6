"""The pages of the catalogue: complete, by department, forms apart, and never broken by what a catalogue says."""

import asyncio
import re
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from lxml import html
from pydantic_core import from_json

from durchwahl.availability import earliest_times
from durchwahl.web.portal.rendering import Page, Renderer
from tests.gateways import DEPARTMENT, GATEWAY, SHEET, City, city
from tests.web.portal.example import Example, dresden
from tests.web.portal.visitor import Seen

pytestmark = pytest.mark.asyncio(loop_scope="module")

LEIKA = "99115003012000"
FORM = "https://form.example.org/ummeldung"
HEAVIEST = 60_000
"""Of a page over the wire, with its stylesheet and without fonts, in bytes."""

BELOW = """
[department]
id = "archiv"
name = "Archiv"
parent = "buergeramt"
"""
REQUIRED = """
[[required]]
department = "buergeramt"
service = "meldebescheinigung"
wants = "video"
group = "Melden"
[[required]]
department = "buergeramt"
service = "wunschkennzeichen"
group = "Fahren"
[[required]]
department = "buergeramt"
service = "gibt-es-nicht"
group = "Fahren"
"""
PAGES_OF_BOESE = ("/", "/amt/buergeramt", "/leistung/buergeramt-boese", "/fragments/departments")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    folder = tmp_path_factory.mktemp("city")
    (folder / "departments").mkdir()
    (folder / "departments" / "archiv.toml").write_text(BELOW, encoding="utf-8")
    async with city(folder, gateway=GATEWAY + REQUIRED) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def example(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Example]:
    async with dresden(tmp_path_factory.mktemp("dresden")) as one:
        yield one


async def seen(client: httpx.AsyncClient, address: str) -> Seen:
    return Seen(await client.get(address, follow_redirects=True))


def services(page: Seen) -> list[str]:
    """Return the services that a list names, in its order."""
    return [str(name.text_content()) for name in page.tree.xpath("//li[@class='dw-service']//h3")]


def jsonld(page: Seen) -> Any:
    return from_json(page.tree.findtext(".//script[@type='application/ld+json']"))


async def test_each_consultation_stands_once_under_its_department(example: Example) -> None:
    page = await seen(example.client, "/")
    listed = [
        (section.xpath("string(.//h2)"), item.xpath("string(.//h3/a/@href)"))
        for section in page.tree.xpath("//section[@class='dw-department']")
        for item in section.xpath(".//li[@class='dw-service']")
    ]
    snapshot = example.gateway.snapshot
    names = {one.id: one.name["de"] for one in snapshot.departments}
    wanted = [(names[s.department], f"/leistung/{s.id}") for s in snapshot.services if s.kind == "consultation"]
    assert listed == wanted
    assert len(set(listed)) == len(listed) == 40


async def test_departments_stand_in_the_configured_order(example: Example) -> None:
    page = await seen(example.client, "/")
    headings = [str(one.text_content()) for one in page.tree.xpath("//section[@class='dw-department']//h2")]
    assert headings == [one.name["de"] for one in example.gateway.snapshot.departments]


async def test_forms_stand_apart_from_every_consultation(here: City) -> None:
    page = await seen(here.client, "/")
    (forms,) = page.tree.xpath("//section[@class='dw-forms']")
    assert forms.xpath(".//li/a[1]/@href") == [FORM, "https://form.example.org/kennzeichen"]
    assert "form.example.org" not in "".join(
        href for section in page.tree.xpath("//section[@class='dw-department']") for href in section.xpath(".//@href")
    )
    assert "Wunschkennzeichen" not in services(page)


async def test_beside_a_form_stands_who_answers_questions_about_it(here: City) -> None:
    page = await seen(here.client, "/")
    (form,) = page.tree.xpath(f"//section[@class='dw-forms']//li[a/@href='{FORM}']")
    assert form.xpath(".//span/a/@href") == ["/leistung/buergeramt-ummeldung"]


async def test_beside_each_bookable_channel_stands_its_first_time(here: City) -> None:
    page = await seen(here.client, "/")
    (item,) = page.tree.xpath("//li[@class='dw-service'][.//h3='Meldebescheinigung']")
    first = await here.slots(limit=1)
    assert item.xpath(".//time/@datetime") == [first[0]["start"].removesuffix(":00+01:00") + "+01:00"] * 2
    assert item.xpath(".//ul[@class='dw-ways']//a/@href") == [
        "/leistung/buergeramt-meldebescheinigung/termine?channel=video",
        "/leistung/buergeramt-meldebescheinigung/termine?channel=phone",
    ]


async def test_a_channel_that_cannot_be_booked_says_so_and_has_no_time(here: City) -> None:
    page = await seen(here.client, "/")
    (item,) = page.tree.xpath("//li[@class='dw-service'][.//h3='Ummeldung']")
    assert " ".join(item.xpath(".//ul[@class='dw-ways']/li")[2].text_content().split()) == (
        "Vor Ort nicht online buchbar"
    )


async def test_a_department_without_consultations_is_named_and_says_so(here: City) -> None:
    page = await seen(here.client, "/")
    (section,) = page.tree.xpath("//section[@class='dw-department'][.//h2='Archiv']")
    assert "Hier gibt es noch keine Beratung" in section.text_content()
    assert "gehört zu: Bürgeramt" in section.text_content()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("channel=video", ["Führungszeugnis", "Meldebescheinigung", "Suchtberatung", "Ummeldung"]),
        ("channel=in_person", ["Ummeldung"]),
        ("channel=phone&channel=in_person", ["Meldebescheinigung", "Suchtberatung", "Ummeldung"]),
        ("q=umzug", ["Ummeldung"]),
        ("q=", ["Führungszeugnis", "Meldebescheinigung", "Suchtberatung", "Ummeldung"]),
        ("department=buergeramt&q=sucht", ["Suchtberatung"]),
        ("department=archiv", []),
        ("language=gsg&channel=video&q=zeugnis", ["Führungszeugnis"]),
    ],
)
async def test_a_filter_finds_what_the_interface_finds(here: City, query: str, found: list[str]) -> None:
    page = await seen(here.client, f"/?{query}")
    same = await here.client.get(f"/v1/services?kind=consultation&{query}")
    assert sorted(services(page)) == sorted(item["name"] for item in same.json()["items"]) == found


async def test_a_department_stands_for_those_below_it(example: Example) -> None:
    page = await seen(example.client, "/?department=buergeramt")
    assert "/leistung/standesamt-geburtsurkunde" in page.links("/leistung/")


async def test_times_are_those_of_the_language_that_is_wanted(tmp_path: Path) -> None:
    signs_later = DEPARTMENT.replace('["de", "gsg"]', '["de", "gsg"]\nhours = { tue = ["10:00-12:00"] }')
    async with city(tmp_path, department=signs_later) as one:
        page = await seen(one.client, "/?language=gsg&channel=video&q=meldebescheinigung")
        (item,) = page.tree.xpath("//li[@class='dw-service']")
        assert item.xpath(".//time/@datetime") == ["2026-11-24T10:00+01:00"]
        assert item.xpath(".//ul[@class='dw-ways']//a/@href")[0].endswith("?channel=video&language=gsg")
        everybody = await seen(one.client, "/?channel=video&q=meldebescheinigung")
        assert everybody.tree.xpath("//li[@class='dw-service']//time/@datetime") == ["2026-11-23T09:00+01:00"]


async def test_what_is_asked_for_wrongly_is_left_out_kindly(here: City) -> None:
    everything = services(await seen(here.client, "/"))
    for query in ("department=nirgends", "channel=brieftaube", "language=%3Cscript%3E", "language=xx&channel=video2"):
        page = await seen(here.client, f"/?{query}")
        assert (page.status, services(page)) == (200, everything)
        assert "kennen wir nicht" in page.text
    assert "kennen wir nicht" not in (await seen(here.client, "/?unbekannt=1&channel=video")).text


async def test_the_form_keeps_what_was_chosen_and_the_title_says_it(here: City) -> None:
    page = await seen(here.client, "/?channel=video&language=gsg&department=buergeramt&q=%22zeugnis%22")
    chosen = page.tree.xpath("//form[@role='search']//option[@selected]/@value")
    assert chosen == ["buergeramt", "video", "gsg"]
    assert page.tree.xpath("//input[@name='q']/@value") == ['"zeugnis"']
    assert page.title.startswith('Videoberatungen – Bürgeramt – Deutsche Gebärdensprache – „"zeugnis"“')
    assert page.heading == "Beratung per Video und Telefon"


async def test_where_nothing_is_found_the_page_says_what_to_try(here: City) -> None:
    page = await seen(here.client, "/?q=zzzzz")
    assert services(page) == []
    assert "Keine von 4 Beratungen" in page.text
    assert "Suchen Sie mit weniger Einschränkungen" in page.text
    assert "/" in page.links()


async def test_languages_are_offered_that_somebody_speaks(here: City) -> None:
    page = await seen(here.client, "/en/")
    offered = [(str(one.get("value")), str(one.text)) for one in page.tree.xpath("//select[@name='language']/option")]
    assert offered == [("", "All languages"), ("de", "German"), ("en", "English"), ("gsg", "German Sign Language")]


async def test_the_list_says_when_a_calendar_does_not_answer_and_whom_to_call(tmp_path: Path) -> None:
    dead = DEPARTMENT.replace("[offers.beratung]", 'also_busy = ["urlaub"]\n[offers.beratung]').replace(
        "[sources.termine]\n",
        '[sources.urlaub]\ntype = "caldav"\nurl = "http://127.0.0.1:9/"\nusername = "u"\n'
        'password = { file = "installation.key" }\n[sources.urlaub.lanes.alle]\ncollection = "x/"\n'
        "[sources.termine]\n",
    )
    async with city(tmp_path, department=dead) as one:
        page = await seen(one.client, "/")
        (silent,) = page.tree.xpath("//li[@class='dw-service'][.//h3='Meldebescheinigung']")
        assert "Termine zurzeit nicht abrufbar" in silent.text_content()
        assert silent.xpath(".//a[starts-with(@href, 'tel:')]/@href") == ["tel:03510000000"]
        (sound,) = page.tree.xpath("//li[@class='dw-service'][.//h3='Suchtberatung']")
        assert len(sound.xpath(".//time")) == 2


async def test_a_departments_page_has_its_contact_and_what_belongs_to_it(here: City) -> None:
    page = await seen(here.client, "/amt/buergeramt")
    assert page.heading == "Bürgeramt"
    assert "/amt/archiv" in page.links()
    assert "tel:03510000000" in page.links()
    assert services(page) == ["Führungszeugnis", "Meldebescheinigung", "Suchtberatung", "Ummeldung"]
    assert jsonld(page)["@type"] == "GovernmentOrganization"


async def test_a_services_page_says_what_to_bring_when_and_how(here: City) -> None:
    page = await seen(here.client, "/leistung/buergeramt-ummeldung")
    assert page.tree.xpath("//ul[@class='dw-checklist']/li/text()") == ["Ausweis", "Wohnungsgeberbestätigung"]
    headings = [" ".join(one.text_content().split()) for one in page.tree.xpath("//section[@class='dw-option']/h2")]
    assert headings == ["Videoberatung", "Telefonberatung", "Termin vor Ort"]
    assert "Mo, Di 9–12 Uhr" in page.text
    assert "20 Minuten" in page.text
    assert "noch keine Online-Buchung" in page.text
    assert FORM in page.links()
    assert LEIKA not in page.answer.text.split("</head>")[1]


async def test_a_services_page_tells_machines_how_to_reach_it(here: City) -> None:
    node = jsonld(await seen(here.client, "/en/leistung/buergeramt-meldebescheinigung"))
    assert (node["@type"], node["name"]) == ("GovernmentService", "Registration certificate")
    assert [one["serviceUrl"] for one in node["availableChannel"]] == [
        f"http://gateway.test/en/leistung/buergeramt-meldebescheinigung/termine?channel={channel}"
        for channel in ("video", "phone")
    ]
    provider = node["provider"]
    assert (provider["@type"], provider["name"]) == ("GovernmentOrganization", "Citizens' Office")
    reserving = [one["target"]["urlTemplate"] for one in node["potentialAction"] if one["@type"] == "ReserveAction"]
    assert reserving == [one["serviceUrl"] for one in node["availableChannel"]]


async def test_a_service_without_anybody_says_so_and_leads_to_its_form(here: City) -> None:
    page = await seen(here.client, "/leistung/buergeramt-wunschkennzeichen")
    assert "Dazu gibt es kein Gespräch" in page.text
    assert "https://form.example.org/kennzeichen" in page.links()


async def test_what_is_not_translated_says_its_language(here: City) -> None:
    page = await seen(here.client, "/en/leistung/buergeramt-wunschkennzeichen")
    assert page.tree.xpath("//h1/span/@lang") == ["de"]
    translated = await seen(here.client, "/en/leistung/buergeramt-ummeldung")
    assert translated.tree.xpath("//h1/span") == []


async def test_a_renamed_service_leads_to_its_new_address_in_its_language(tmp_path: Path) -> None:
    renamed = DEPARTMENT.replace('number = "33"', 'number = "33"\nrenamed = { alt = "ummeldung" }')
    async with city(tmp_path, department=renamed) as one:
        answer = await one.client.get("/en/leistung/buergeramt-alt?x=1")
        assert (answer.status_code, answer.headers["location"]) == (308, "/en/leistung/buergeramt-ummeldung?x=1")


@pytest.mark.parametrize("path", ["/amt/nirgends", "/leistung/nichts", "/en/amt/nirgends", "/leistung/%00", "/x"])
async def test_what_there_is_not_is_a_page_that_says_so(here: City, path: str) -> None:
    page = await seen(here.client, path)
    assert page.status == 404
    assert page.tree.get("lang") == ("en" if path.startswith("/en/") else "de")


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/amt", "/"),
        ("/amt/", "/"),
        ("/en/amt", "/en/"),
        ("/en", "/en/"),
        ("/en?channel=video", "/en/?channel=video"),
        ("/amt/buergeramt/", "/amt/buergeramt"),
        ("/en/leistung/buergeramt-ummeldung/?a=b", "/en/leistung/buergeramt-ummeldung?a=b"),
        ("/abdeckung/", "/abdeckung"),
        ("/amt/%2F%2Fevil.example/", None),
    ],
)
async def test_an_address_that_is_nearly_right_leads_to_the_right_one(
    here: City, path: str, leads_to: str | None
) -> None:
    answer = await here.client.get(path)
    assert (answer.status_code, answer.headers.get("location")) == ((308, leads_to) if leads_to else (404, None))


async def test_a_forms_leika_key_leads_to_times_by_phone(here: City) -> None:
    page = await seen(here.client, f"/leika/{LEIKA}")
    assert page.heading == "Fragen zum Formular: Meldebescheinigung"
    assert page.times()[0] == "09:00 Uhr"
    slots = await here.slots(channel="phone", limit=1)
    assert page.tree.xpath("//input[@type='radio']/@value")[0] == slots[0]["slot"]
    assert page.answer.headers["cache-control"] == "no-store"


async def test_a_forms_address_leads_to_who_answers_questions_about_it(here: City) -> None:
    page = await seen(here.client, f"/en/formular?form_url={FORM}")
    assert page.heading == "Questions about the form: Change of address"
    assert page.times() != []


async def test_several_who_answer_are_a_list_to_choose_from(example: Example) -> None:
    page = await seen(example.client, "/leika/99115005000000")
    found = page.tree.xpath("//li[@class='dw-service']//h2/a/@href")
    assert found == ["/leistung/buergeramt-ummeldung-hauptwohnung", "/leistung/buergeramt-ummeldung-nebenwohnung"]


@pytest.mark.parametrize(
    "address", ["/leika/1", "/leika/00000000000000", "/leika/9911500301200x", "/formular", "/formular?form_url=x"]
)
async def test_a_form_that_nobody_answers_for_is_a_kind_404(here: City, address: str) -> None:
    page = await seen(here.client, address)
    assert (page.status, page.heading) == (404, "Zu diesem Formular haben wir keine Beratung gefunden")
    assert "/" in page.links()


async def test_coverage_says_what_is_missing_and_why(here: City) -> None:
    page = await seen(here.client, "/abdeckung")
    assert "33,3 % erreicht: 1 von 3" in page.text
    assert [str(one.text_content()) for one in page.tree.xpath("//caption")] == ["Melden", "Fahren"]
    rows = [" ".join(row.text_content().split()) for row in page.tree.xpath("//tbody/tr")]
    assert rows[0].startswith("Meldebescheinigung Bürgeramt Video ab Mo., 23. Nov., 09:00 Uhr")
    assert rows[0].endswith("ja")
    assert rows[1] == (
        "Wunschkennzeichen Bürgeramt Video oder Telefon gibt es noch nicht gibt es noch nicht nein: gibt es noch nicht"
    )
    assert rows[2].endswith("nein: fehlt im Verzeichnis")


async def test_the_example_is_wholly_covered(example: Example) -> None:
    assert "100 % reached: you can book 34 of 34" in (await seen(example.client, "/en/abdeckung")).text


async def test_script_in_a_catalogue_is_shown_as_text(tmp_path: Path) -> None:
    plain = DEPARTMENT.split("[offers.meldewesen]", maxsplit=1)[0]
    offer = plain + (
        '[offers.x]\nservices = ["boese"]\nchannels = ["video"]\ncalendar = "termine"\nvideo = "city/raeume"\n'
        'hours = { mon = ["09:00-12:00"] }\nhorizon = "14d"\n[services.boese]\n'
        'name = { de = "<script>alert(1)</script>\\"><img src=x onerror=y>" }\n'
        'summary = { de = "</p><script>x</script><b>" }\n'
    )
    async with city(tmp_path, department=offer, sheet="id;name;video\r\nboese;Boese;ja\r\n") as one:
        for address in (
            "/",
            "/amt/buergeramt",
            "/leistung/buergeramt-boese",
            "/fragments/departments",
            "/?q=%3Cscript%3E",
        ):
            answer = await one.client.get(address)
            assert answer.status_code == 200
            text = re.sub(r'<script type="application/ld\+json">[^<]*</script>', "", answer.text)
            assert "<script" not in text
            assert "<img" not in text
            assert "<b>" not in text
            if "q=" not in address:
                assert "&lt;script&gt;alert(1)" in text


async def test_a_catalogue_that_does_not_answer_is_said_with_the_date_of_what_is_shown(tmp_path: Path) -> None:
    async with city(tmp_path) as one:
        assert "antwortet zurzeit nicht" not in (await seen(one.client, "/leistung/buergeramt-ummeldung")).text
        (tmp_path / "departments" / "buergeramt.csv").unlink()
        await one.gateway.sync()
        page = await seen(one.client, "/leistung/buergeramt-ummeldung")
        assert "Das Verzeichnis des Amtes antwortet zurzeit nicht" in page.text
        assert page.tree.xpath("//section[@class='dw-option']") != []


async def test_an_address_that_would_run_a_script_is_never_linked(tmp_path: Path) -> None:
    hostile = 'phone = "javascript:alert(1)", url = "javascript:alert(1)", email = "a@b.example?bcc=c@d.example"'
    contact = DEPARTMENT.replace('phone = "0351 0000000"', hostile)
    async with city(tmp_path, department=contact) as one:
        page = await seen(one.client, "/amt/buergeramt")
        assert page.links("javascript") == []
        assert page.links("tel:") == ["tel:1"]
        assert page.links("mailto:") == ["mailto:a@b.example%3Fbcc%3Dc@d.example"]


async def test_a_text_of_ten_thousand_characters_breaks_nothing(tmp_path: Path) -> None:
    words, letters = "Wort " * 2_000, "x" * 9_999
    long = f'[services.meldebescheinigung]\nsummary = "{words}"\n[services.suchtberatung]\nsummary = "{letters}"\n'
    async with city(tmp_path, department=DEPARTMENT + long) as one:
        page = await seen(one.client, "/")
        summaries = page.tree.xpath("//div[@class='dw-service__what']/p[1]")
        assert max(len(one.text_content()) for one in summaries) <= 220
        whole = await seen(one.client, "/leistung/buergeramt-meldebescheinigung")
        assert whole.status == 200
        assert whole.text.count("Wort") == 2_000


async def test_pages_stand_under_the_prefix_of_the_public_address(tmp_path: Path) -> None:
    below = GATEWAY.replace("http://gateway.test/", "http://gateway.test/beratung/")
    async with city(tmp_path, gateway=below) as one:
        for address in ("/beratung/", "/beratung/en/amt/buergeramt", "/beratung/leistung/buergeramt-ummeldung"):
            page = await seen(one.client, address)
            own = [link for link in page.links() if link.startswith("/")]
            assert own
            assert all(link.startswith("/beratung/") for link in own)
        assert (await one.client.get("/beratung/amt/x/")).headers["location"] == "/beratung/amt/x"


@pytest.mark.parametrize(
    "path", ["/", "/?channel=video", "/en/", "/amt/buergeramt", "/leistung/buergeramt-ummeldung", "/abdeckung"]
)
async def test_a_ready_page_is_kept_for_fifteen_seconds_in_every_coding(here: City, path: str) -> None:
    for _ in range(100):
        if (await here.gateway.earliest_times.table()).is_settled:
            break
        await asyncio.sleep(0.01)  # calendars are read behind
    for enabled in (False, True, True):
        here.app.table.enabled = enabled
        answer = await here.client.get(path, headers={"accept-encoding": "gzip"})
        assert answer.headers["cache-control"] == "public, max-age=15"
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["content-language"] == ("en" if path.startswith("/en/") else "de")
        again = await here.client.get(
            path, headers={"if-none-match": answer.headers["etag"], "accept-encoding": "gzip"}
        )
        assert again.status_code == 304
        head = await here.client.head(path, headers={"accept-encoding": "gzip"})
        assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", answer.headers["etag"])


async def test_a_page_is_made_anew_only_when_its_times_have_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def counted(self: Renderer, page: Page, language: str) -> str:
        made.append(page.title)
        return html_of(self, page, language)

    html_of = Renderer.html
    monkeypatch.setattr(Renderer, "html", counted)
    async with city(tmp_path) as one:
        one.app.table.enabled = False
        before = await one.client.get("/")
        monkeypatch.setattr(earliest_times, "LASTS", 0)
        await settled(one, before)
        assert len(made) == 1
        for _ in range(2):  # two lanes have the first time
            slots = await one.slots(limit=1)
            assert (await one.hold(slots[0]["slot"])).status_code == 201
        changed = await settled(one, before)
        assert changed.headers["etag"] != before.headers["etag"]
        assert len(made) == 2


async def test_many_who_ask_at_once_have_one_page_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def counted(self: Renderer, page: Page, language: str) -> str:
        made.append(page.title)
        return html_of(self, page, language)

    html_of = Renderer.html
    monkeypatch.setattr(Renderer, "html", counted)
    async with city(tmp_path) as one:
        answers = await asyncio.gather(*(one.client.get("/") for _ in range(20)))
        assert len({answer.content for answer in answers}) == 1
        assert len(made) == 1


async def test_a_page_follows_its_catalogue_at_once(tmp_path: Path) -> None:
    async with city(tmp_path) as one:
        assert "Meldebescheinigung" in services(await seen(one.client, "/"))
        sheet = tmp_path / "departments" / "buergeramt.csv"
        sheet.write_bytes(SHEET.replace(";Meldebescheinigung;", ";Bescheinigung;").encode("utf-8-sig"))
        await one.gateway.sync()
        assert "Bescheinigung" in services(await seen(one.client, "/"))
        assert (await seen(one.client, "/leistung/buergeramt-meldebescheinigung")).heading == "Bescheinigung"


async def settled(one: City, before: httpx.Response) -> httpx.Response:
    """Ask until the page has changed, ten times at most."""
    for _ in range(10):
        answer = await one.client.get("/")
        if answer.headers["etag"] != before.headers["etag"]:
            break
        await asyncio.sleep(0.02)  # pages are made anew behind
    return answer


async def test_every_page_of_the_example_is_light(example: Example) -> None:
    style = (await seen(example.client, "/")).tree.xpath("//link[@rel='stylesheet']/@href")[0]
    coded = {"accept-encoding": "gzip"}
    sheet = int((await example.client.get(style, headers=coded)).headers["content-length"])
    paths = ["/", "/en/", "/abdeckung", "/leika/99115005070000", "/fragments/departments"]
    paths += [f"/amt/{one.id}" for one in example.gateway.snapshot.departments]
    paths += [f"/leistung/{one.id}" for one in example.gateway.snapshot.services]
    weights = {}
    for path in paths:
        answer = await example.client.get(path, headers=coded)
        assert answer.status_code == 200, path
        weights[path] = int(answer.headers.get("content-length", 0)) + sheet
    assert max(weights.values()) <= HEAVIEST, weights


async def test_every_page_has_one_first_heading_and_ids_that_are_its_own(example: Example) -> None:
    for path in ("/", "/en/?channel=video", "/amt/buergeramt", "/leistung/buergeramt-reisepass", "/abdeckung"):
        page = await seen(example.client, path)
        assert len(page.tree.xpath("//h1")) == 1
        ids = page.tree.xpath("//@id")
        assert len(set(ids)) == len(ids)
        for referring in ("aria-labelledby", "for"):
            assert set(page.tree.xpath(f"//@{referring}")) <= set(ids)
        levels = [int(one.tag[1]) for one in page.tree.xpath("//main//*[self::h1 or self::h2 or self::h3 or self::h4]")]
        assert all(after - before <= 1 for before, after in pairwise(levels))


async def test_no_page_asks_for_anything_elsewhere_or_runs_anything(example: Example) -> None:
    for path in ("/", "/amt/buergeramt", "/leistung/buergeramt-reisepass", "/abdeckung"):
        tree = html.document_fromstring((await example.client.get(path)).text)
        loaded = [*tree.xpath("//@src"), *tree.xpath("//link[@rel='stylesheet']/@href"), *tree.xpath("//@action")]
        assert all(address.startswith("/") for address in loaded)
        assert tree.xpath("//@style | //@onclick | //style") == []
        assert tree.xpath("//script[not(@type='application/ld+json')]") == []


async def test_days_with_the_same_hours_stand_together(example: Example) -> None:
    page = await seen(example.client, "/leistung/buergeramt-ummeldung-hauptwohnung")
    (hours,) = page.tree.xpath("//section[contains(@aria-labelledby, '-video')]//div[dt='Sprechzeiten']/dd")
    assert [str(one.text) for one in hours.xpath("p")] == ["Mo 9–12 Uhr", "Di, Do 9–12 und 14–18 Uhr"]
    english = await seen(example.client, "/en/leistung/buergeramt-ummeldung-hauptwohnung")
    (hours,) = english.tree.xpath("//section[contains(@aria-labelledby, '-video')]//div[dt='Hours']/dd")
    assert [str(one.text) for one in hours.xpath("p")] == ["Mon 9:00–12:00", "Tue, Thu 9:00–12:00 and 14:00–18:00"]
