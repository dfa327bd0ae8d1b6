"""The times of a service on somebody else's page: no key in what others keep, and every link leads to us."""

import re
from pathlib import Path

from tests.gateways import city
from tests.web.portal.visitor import Seen, Visitor

TIMES = "/fragments/services/buergeramt-meldebescheinigung/times"


async def test_the_fragment_has_the_times_and_leads_to_our_own_page(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        answer = await here.client.get(TIMES)
        assert answer.headers["cache-control"] == "public, max-age=15"
        assert "<html" not in answer.text
        page = Seen(answer)
        (form,) = page.tree.xpath("//form")
        assert (form.get("method"), form.get("action")) == ("get", "http://gateway.test/termin/neu")
        tokens = [str(value) for value in page.tree.xpath("//input[@type='radio']/@value")]
        assert tokens == [slot["slot"] for slot in await here.slots(to="2026-12-20")]


async def test_two_citizens_who_got_the_same_kept_fragment_get_two_holds(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        kept = Seen(await here.client.get(TIMES))
        paths = []
        for _ in range(2):
            visitor = Visitor(here.client)
            visitor.page = kept
            await visitor.presses("Zeit reservieren")
            assert visitor.page.heading == "Ihre gewählte Zeit"
            paths.append((await visitor.presses("Zeit reservieren")).path)
        assert paths[0] != paths[1]


async def test_nothing_in_it_runs_or_styles_and_every_id_is_ours(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        text = (await here.client.get(TIMES)).text
        assert not re.search(r"<script|<style| style=| on\w+=", text)
        assert all(one.startswith("dw-") for one in re.findall(r' id="([^"]+)"', text))


async def test_its_language_channel_and_day_can_be_asked_for(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        page = Seen(await here.client.get(f"{TIMES}?lang=en&channel=video&language=gsg&from=2026-11-24"))
        assert page.answer.headers["content-language"] == "en"
        assert page.tree.xpath("//legend")[0].text_content() == "Tuesday, 24 November 2026"
        assert "http://gateway.test/en/termin/neu" in page.answer.text


async def test_an_unknown_service_and_one_without_times_have_no_fragment(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        for service in ("nichts", "buergeramt-wunschkennzeichen"):
            assert (await here.client.get(f"/fragments/services/{service}/times")).status_code == 404


async def test_what_is_missing_is_a_part_as_well_in_the_asked_language(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        for path in (TIMES.replace("melde", "x"), "/fragments/departments/nichts", "/fragments/nowhere"):
            answer = await here.client.get(f"{path}?lang=en")
            assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")
            assert answer.text.startswith('<div class="dw-fragment" lang="en"')
            assert "<html" not in answer.text
