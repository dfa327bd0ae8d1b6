"""Free times as a list and as a month: everything that is free, nothing that is not, and why where there is nothing."""

from datetime import date
from pathlib import Path

import pytest

from tests.gateways import DEPARTMENT, City, city
from tests.web.portal.visitor import Seen, Visitor

TIMES = "/leistung/buergeramt-meldebescheinigung/termine"


async def seen(here: City, address: str) -> Seen:
    return await Visitor(here.client).opens(address)


def days(page: Seen) -> list[str]:
    return [str(legend.text_content()) for legend in page.tree.xpath("//fieldset[@class='dw-day']/legend")]


async def test_the_list_has_the_times_that_the_interface_has(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots(to="2026-12-20")
        page = await seen(here, TIMES)
        tokens = [str(value) for value in page.tree.xpath("//input[@type='radio']/@value")]
        assert tokens == [slot["slot"] for slot in slots]
        assert days(page) == [
            "Montag, 23. November 2026",
            "Dienstag, 24. November 2026",
            "Montag, 30. November 2026",
            "Dienstag, 1. Dezember 2026",
            "Montag, 7. Dezember 2026",
        ]


async def test_each_time_is_read_out_as_a_time(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        page = await seen(here, TIMES)
        assert page.times()[:2] == ["09:00 Uhr", "09:20 Uhr"]
        english = await seen(here, f"/en{TIMES}")
        assert english.times()[0] == "09:00 o’clock"


async def test_the_first_channel_is_the_one_from_afar_and_a_wrong_one_counts_as_none(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        for asked in (
            "",
            "?channel=video",
            "?channel=brieftaube",
            "?channel=in_person",
            "?language=xx&count=x&from=heute",
        ):
            page = await seen(here, TIMES + asked)
            assert (page.status, page.heading) == (200, "Videoberatung: Meldebescheinigung")
        assert (await seen(here, f"{TIMES}?channel=phone")).heading == "Telefonberatung: Meldebescheinigung"


async def test_whoever_needs_a_language_sees_only_times_in_it(tmp_path: Path) -> None:
    lane = 'languages = ["de", "gsg"]\nhours = { tue = ["09:00-10:00"] }'
    department = DEPARTMENT.replace('languages = ["de", "gsg"]', lane)
    async with city(tmp_path, department=department) as here:
        page = await seen(here, f"{TIMES}?language=gsg")
        assert days(page) == ["Dienstag, 24. November 2026", "Dienstag, 1. Dezember 2026"]
        assert len(page.times()) == 6
        (chosen,) = page.tree.xpath("//select[@name='language']/option[@selected]")
        assert chosen.text_content() == "Deutsche Gebärdensprache"


async def test_a_family_gets_longer_times(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        alone, three = await seen(here, TIMES), await seen(here, f"{TIMES}?count=3")
        assert "11:40 Uhr" in alone.times()
        assert three.times()[:3] == ["09:00 Uhr", "10:00 Uhr", "11:00 Uhr"]


async def test_later_and_earlier_lead_through_every_day_once(tmp_path: Path) -> None:
    department = DEPARTMENT.replace(
        'hours = { mon = ["09:00-12:00"], tue = ["09:00-12:00"] }',
        'hours = { mon = ["09:00-18:00"], tue = ["09:00-18:00"], thu = ["09:00-18:00"] }',
    ).replace('horizon = "14d"', 'horizon = "40d"', 1)
    async with city(tmp_path, department=department) as here:
        visitor, forth = Visitor(here.client), []
        page = await visitor.opens(TIMES)
        while True:
            forth.append(days(page))
            later = page.tree.xpath("//a[@rel='next']/@href")
            if not later:
                break
            page = await visitor.opens(str(later[0]))
        every = [day for each in forth for day in each]
        slots = await here.slots(to="2027-01-10", limit=1000)
        assert len(every) == len(set(every)) == len({slot["start"][:10] for slot in slots})
        back = [days(page)]
        while earlier := page.tree.xpath("//a[@rel='prev']/@href"):
            page = await visitor.opens(str(earlier[0]))
            back.insert(0, days(page))
        assert [day for each in back for day in each] == every


async def test_the_month_links_its_free_days_and_shows_the_times_of_the_first(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        page = await seen(here, f"{TIMES}/monat")
        (caption,) = page.tree.xpath("//table/caption/text()")
        assert caption == "November 2026"
        free = [" ".join(link.text_content().split()) for link in page.tree.xpath("//table//a")]
        assert free == ["23 (frei: 9), heute", "24 (frei: 9)", "30 (frei: 9)"]
        assert days(page) == ["Montag, 23. November 2026"]
        cells = page.tree.xpath("//table//td")
        assert len(cells) % 7 == 0


async def test_a_free_day_of_the_month_leads_to_its_times(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        visitor = Visitor(here.client)
        page = await visitor.opens(f"{TIMES}/monat?month=2026-12")
        link, _ = page.tree.xpath("//table//a")
        page = await visitor.opens(str(link.get("href")))
        assert days(page) == ["Dienstag, 1. Dezember 2026"]
        assert page.tree.xpath("//a[@aria-current='date']")[0].text_content().startswith("1")


@pytest.mark.parametrize("month", ["2026-13", "1999-01", "gestern", "", "9999-12", "२०२६-१२"])
async def test_a_month_that_makes_no_sense_is_kindly_another(tmp_path: Path, month: str) -> None:
    async with city(tmp_path) as here:
        page = await seen(here, f"{TIMES}/monat?month={month}&day=xx")
        assert page.status == 200
        assert page.tree.xpath("//table/caption")


async def test_where_nothing_is_free_the_page_says_why_and_what_else_there_is(tmp_path: Path) -> None:
    closed = DEPARTMENT + "[[closures]]\nfrom = 2026-11-01\nto = 2027-12-31\n"
    async with city(tmp_path, department=closed) as here:
        page = await seen(here, TIMES)
        assert "Das Amt hat in diesem Zeitraum geschlossen." in page.text
        assert "0351 0000000" in page.text
        assert not page.times()


async def test_times_that_are_not_open_yet_are_announced(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        page = await seen(here, f"{TIMES}?from=2027-01-10")
        assert "noch keine Zeiten geöffnet" in page.text
        assert "Neue Zeiten erscheinen am" in page.text


async def test_the_times_of_an_unknown_service_are_a_page_that_was_not_found(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        for path in ("/leistung/nichts/termine", "/leistung/nichts/termine/monat"):
            page = await seen(here, path)
            assert (page.status, page.answer.headers["content-type"]) == (404, "text/html; charset=utf-8")


async def test_a_page_of_times_is_packed_for_the_way(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        plain = await here.client.get(TIMES, headers={"Accept-Encoding": "identity"})
        for coding in ("br", "gzip"):
            answer = await here.client.get(TIMES, headers={"Accept-Encoding": coding})
            assert (answer.headers["content-encoding"], answer.headers["vary"]) == (coding, "Accept-Encoding")
            assert int(answer.headers["content-length"]) < len(plain.content) / 2
            assert days(Seen(answer)) == days(Seen(plain))


async def test_nobody_keeps_a_page_of_times(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        for path in (TIMES, f"{TIMES}/monat"):
            assert (await here.client.get(path)).headers["cache-control"] == "no-store"


def test_a_time_that_two_offers_have_stands_there_once() -> None:
    from durchwahl.web.portal.times.days import days_of

    slots = [
        {"slot": token, "start": f"2026-11-{day}T09:00:00+01:00", "end": f"2026-11-{day}T09:20:00+01:00"}
        for token, day in (("a", 23), ("b", 23), ("c", 24))
    ]
    found = days_of(slots)
    assert [(day.date, [time.slot for time in day.times]) for day in found] == [
        (date(2026, 11, 23), ["a"]),
        (date(2026, 11, 24), ["c"]),
    ]


async def test_a_day_that_nobody_plans_for_counts_as_not_given(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        usual = days(await seen(here, TIMES))
        for day in ("9999-12-31", "0001-01-01", "2099-01-01", "2026-02-30"):
            assert days(await seen(here, f"{TIMES}?from={day}")) == usual
            fragment = await here.client.get(f"/fragments/services/buergeramt-meldebescheinigung/times?from={day}")
            assert fragment.status_code == 200
