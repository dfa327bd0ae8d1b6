"""Moving by the page: the old time stays until the new one stands, and pressing twice moves once."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from durchwahl.errors import Unavailable
from tests.booking.desk import SOURCE, Desk, Hanging, at_rest, impatient
from tests.booking.looking import ask, interval_of, rows, seen
from tests.gateways import DEPARTMENT, City, city
from tests.web.portal.visitor import Visitor

MOVE = "Auf diese Zeit verlegen"


async def choosing(here: City, booking: Mapping[str, Any], more: str = "") -> Visitor:
    visitor = Visitor(here.client)
    await visitor.opens(f"{booking['manage_url']}/verlegen{more}")
    return visitor


async def start_of(here: City, booking: Mapping[str, Any]) -> str:
    return str((await seen(here, booking))["start"])


async def test_a_citizen_moves_an_appointment_and_is_told_so(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        visitor = await choosing(here, booking)
        assert "Ihre bisherige Zeit bleibt Ihnen" in visitor.page.text
        done = await visitor.presses(MOVE, choice=4)
        assert (done.status, done.heading) == (200, "Ihr Termin")
        assert "Ihr Termin ist verlegt auf" in done.text
        assert await start_of(here, booking) != booking["start"]


async def test_looking_at_free_times_changes_nothing(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        await at_rest(here)
        before = await rows(here, "SELECT * FROM booking")
        await choosing(here, booking)
        await choosing(here, booking, "?from=2026-12-01")
        assert await rows(here, "SELECT * FROM booking") == before


async def test_pressing_twice_moves_once(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        visitor = await choosing(here, booking)
        again = Visitor(here.client)
        again.page = visitor.page
        pages = await asyncio.gather(visitor.presses(MOVE, choice=3), again.presses(MOVE, choice=3))
        assert [page.status for page in pages] == [200, 200]
        await at_rest(here)
        assert await rows(here, "SELECT sequence, last_placement FROM booking") == [(1, 2)]


async def test_going_back_and_choosing_another_time_moves_again(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        visitor = await choosing(here, booking)
        before = visitor.page
        await visitor.presses(MOVE, choice=3)
        first = await start_of(here, booking)
        visitor.page = before
        assert "Ihr Termin ist verlegt auf" in (await visitor.presses(MOVE, choice=5)).text
        assert await start_of(here, booking) > first


async def test_a_time_that_was_taken_meanwhile_is_said_with_the_nearest_others(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        visitor = await choosing(here, booking)
        slots = [slot for slot in await here.slots() if slot["start"] > booking["start"]]
        for _ in range(2):
            assert (await here.hold(slots[0]["slot"])).status_code == 201
        place = visitor.page.times().index("09:20 Uhr")
        page = await visitor.presses(MOVE, choice=place)
        assert page.status == 409
        assert page.title.startswith("Fehler:")
        assert "Die Zeit am Montag, 23. November 2026, 09:20 Uhr ist inzwischen vergeben." in page.text
        assert "Ihr Termin bleibt, wie er ist." in page.text
        assert page.times()
        assert "09:20 Uhr" not in page.times()
        assert await start_of(here, booking) == booking["start"]
        done = await visitor.presses(MOVE)
        assert "Ihr Termin ist verlegt auf" in done.text


async def test_a_clerk_who_is_faster_wins_and_the_old_time_stays(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        booking = await here.booked()
        await at_rest(here)
        visitor = await choosing(here, booking)
        slot = [slot for slot in await here.slots() if slot["start"] > booking["start"]][1]
        desk.meanwhile += [(lane, interval_of(slot)) for lane in ("platz-1", "platz-2")]
        place = visitor.page.times().index("09:40 Uhr")
        page = await visitor.presses(MOVE, choice=place)
        assert page.status == 409
        assert "ist inzwischen vergeben" in page.text
        assert await start_of(here, booking) == booking["start"]


async def test_who_has_chosen_nothing_is_asked_to(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        answer = await here.client.post(
            f"/termin/{booking['id']}/verlegen", data={"token": booking["manage_token"], "key": "x"}
        )
        assert answer.status_code == 422
        assert "Bitte wählen Sie zuerst eine neue Zeit." in answer.text


async def test_a_time_of_another_consultation_or_none_at_all_is_refused_kindly(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        other = (await here.slots("buergeramt-suchtberatung"))[0]["slot"]
        for slot in (other, "nonsense", "x" * 5_000, "🦉"):
            fields = {"token": booking["manage_token"], "key": "k", "slot": slot}
            answer = await here.client.post(f"/termin/{booking['id']}/verlegen", data=fields)
            assert answer.status_code == 422, slot
            assert "Ihr Termin bleibt, wie er ist." in answer.text
        assert await start_of(here, booking) == booking["start"]


async def test_only_times_of_the_same_language_are_offered(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked(language="gsg")
        visitor = await choosing(here, booking)
        for slot in await here.slots(language="gsg"):
            if slot["start"].startswith("2026-11-23T09:40"):
                await here.hold(slot["slot"])
        shown = (await choosing(here, booking)).page.times()
        assert "09:40 Uhr" in visitor.page.times()
        assert shown.count("09:40 Uhr") == visitor.page.times().count("09:40 Uhr") - 1


async def test_later_times_are_a_link_away_and_lead_back_again(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        visitor = await choosing(here, booking, "?from=2026-11-24")
        assert visitor.page.tree.xpath("//legend")[0].text_content().startswith("Dienstag, 24. November")
        (back,) = visitor.page.tree.xpath("//a[@rel='prev']/@href")
        assert (await visitor.opens(f"http://gateway.test{back}")).times()


async def test_a_silent_calendar_is_said_and_the_old_time_stays(tmp_path: Path) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        booking = await here.booked()
        await at_rest(here)
        visitor = await choosing(here, booking)
        desk.always["busy"] = Unavailable("gone")
        here.gateway.occupations._caches[SOURCE]._blocks.clear()  # what was known is too old by now
        page = await visitor.presses(MOVE, choice=7)
        assert page.status == 503
        assert "Ihr Termin bleibt, wie er ist." in page.text
        assert await start_of(here, booking) == booking["start"]


async def test_what_cannot_be_moved_any_more_leads_back_to_its_page(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        visitor = await choosing(here, booking)
        await ask(here, booking, "cancel")
        pressed = await visitor.presses(MOVE, choice=3)
        opened = (await choosing(here, booking)).page
        for page in (pressed, opened):
            assert (page.status, page.heading) == (200, "Ihr Termin")
            assert "Ihr Termin ist abgesagt" in page.text


async def test_a_move_that_is_not_decided_yet_is_not_said_to_be_done(tmp_path: Path) -> None:
    desk, hanging = Desk(), Hanging()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        booking = await here.booked()
        await at_rest(here)
        visitor = await choosing(here, booking)
        slot = [slot for slot in await here.slots() if slot["start"] > booking["start"]][1]
        desk.will("ensure", hanging)
        with impatient():
            page = await visitor.presses(MOVE, choice=visitor.page.times().index("09:40 Uhr"))
        assert "Ihr Termin wird gerade verlegt" in page.text
        desk.meanwhile += [(lane, interval_of(slot)) for lane in ("platz-1", "platz-2")]
        hanging.go.set()
        await at_rest(here)
        page = await visitor.opens(str(page.answer.url))
        assert "verlegt" not in page.text
        assert await start_of(here, booking) == booking["start"]


async def test_an_old_answer_that_is_repeated_is_not_said_to_be_true(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        visitor = await choosing(here, booking)
        first = visitor.page
        await visitor.presses(MOVE, choice=3)
        visitor = await choosing(here, booking)
        await visitor.presses(MOVE, choice=0)
        now = await start_of(here, booking)
        visitor.page = first
        page = await visitor.presses(MOVE, choice=3)
        assert page.heading == "Ihr Termin"
        assert "Ihr Termin ist verlegt" not in page.text
        assert await start_of(here, booking) == now


async def test_the_own_time_and_times_of_other_offers_are_not_offered(tmp_path: Path) -> None:
    second = """
[offers.zweites]
services = ["meldebescheinigung"]
channels = ["video"]
calendar = "termine"
video = "city/raeume"
duration = "20min"
hours = { mon = ["14:00-15:00"] }
lead = "1h"
"""
    async with city(tmp_path, department=DEPARTMENT + second) as here:
        booking = await here.booked()
        assert any("T14:00" in slot["start"] for slot in await here.slots())
        times = (await choosing(here, booking)).page.tree.xpath("//fieldset[1]//time/@datetime")
        assert booking["start"] not in times
        assert times
        assert not [time for time in times if "T14:" in time]
