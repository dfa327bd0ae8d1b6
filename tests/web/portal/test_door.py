"""The page before the room: shut outside its time, and what it says to whom."""

import re
from datetime import datetime, timedelta
from pathlib import Path

from tests.booking.desk import at_rest
from tests.booking.looking import ask, press, text_of
from tests.gateways import GATEWAY, City, city
from tests.web.portal.reading import Page, is_private
from tests.web.portal.visitor import Seen, Visitor

BUILT_IN = GATEWAY[: GATEWAY.index("[sources.raeume]")] + '[sources.raeume]\ntype = "room"\n'
NEEDS = {"interpreter": "uk", "support_person": True, "captions": True, "easy_language": True}

MOMENTS = [(-10.02, "early"), (-10, "ready"), (0, "ready"), (34.98, "ready"), (35, "over")]
"""Minutes from the beginning; it takes twenty, and the room stays open for fifteen more."""


async def test_the_room_opens_and_closes_to_the_second(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        await at_rest(here)
        begins = datetime.fromisoformat(booking["start"])
        for minutes, stands in MOMENTS:
            here.clock.now = begins + timedelta(minutes=minutes)
            page = await here.client.get(booking["join_url"])
            assert page.status_code == 200
            assert bool(Page(page).forms) == (stands == "ready")
            entered = await press(here, booking["join_url"])
            if stands == "ready":
                assert (entered.status_code, entered.headers["location"][:32]) == (
                    303,
                    "https://video.example.org/platz-",
                )
                assert entered.headers["cache-control"] == "no-store"
                assert entered.headers["referrer-policy"] == "no-referrer"
            else:
                assert entered.status_code in (200, 409)
                assert "location" not in entered.headers
                assert "video.example.org" not in page.text + entered.text


async def test_the_citizen_goes_into_the_room_and_the_clerk_to_the_hosts_door(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        await at_rest(here)
        clerk = next(mail for mail in here.outbox.mails if "platz-1@" in str(mail["To"]))
        link = re.search(r"http://gateway\.test/gespraech/\S+", clerk.get_body(("plain",)).get_content())  # type: ignore[union-attr]
        assert link is not None
        here.clock.forward(hours=1)
        assert (await press(here, link[0])).headers["location"] == "https://video.example.org/platz-1?host=1"
        assert (await press(here, booking["join_url"])).headers["location"] == "https://video.example.org/platz-1"
        assert link[0] != booking["join_url"]


async def test_a_browser_lets_the_form_lead_out_to_the_room(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        closed = await here.client.get(booking["join_url"])
        here.clock.forward(hours=1)
        ready = await here.client.get(booking["join_url"])
        policies = [one.headers.get_list("content-security-policy") for one in (closed, ready)]
        assert [len(policy) for policy in policies] == [1, 1]
        assert "form-action 'self'" in policies[0][0]
        assert "form-action *" in policies[1][0]
        assert "default-src 'none'" in policies[1][0]


async def test_a_cancelled_talk_has_no_room(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        await ask(here, booking, "cancel")
        here.clock.forward(hours=1)
        page = await here.client.get(booking["join_url"])
        assert not Page(page).forms
        entered = await press(here, booking["join_url"])
        assert "location" not in entered.headers


async def test_a_room_follows_its_appointment_to_another_time(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        slots = await here.slots()
        booking = await here.booked()
        await ask(here, booking, "reschedule", slot=slots[6]["slot"])
        await at_rest(here)
        here.clock.forward(hours=1)
        assert not Page(await here.client.get(booking["join_url"])).forms
        here.clock.forward(hours=2)
        assert Page(await here.client.get(booking["join_url"])).forms


async def test_a_video_platform_that_is_gone_is_said_on_a_page(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        await at_rest(here)
        here.clock.forward(hours=1)
        del here.gateway.sources.open["city/raeume"]  # type: ignore[attr-defined]
        answer = await press(here, booking["join_url"])
        assert answer.status_code == 503
        assert is_private(answer)


async def opened(here: City, url: str) -> Seen:
    return await Visitor(here.client).opens(url)


def clerks_link(here: City) -> str:
    (mail,) = here.outbox.to("platz-1@")
    (link,) = re.findall(r"http://gateway\.test/gespraech/\S+", text_of(mail))
    return str(link)


async def test_before_its_time_the_door_says_when_it_opens_and_what_to_have_ready(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        page = await opened(here, (await here.booked())["join_url"])
        assert "Er öffnet am Montag, 23. November 2026, 08:50 Uhr." in page.text
        for said in ("Klappt es nicht? So erreichen Sie uns: Telefon 0351 0000000", "einen ruhigen Ort", "Ausweis"):
            assert said.lower() in page.text.lower()
        assert page.links("/technik") == ["/technik"]


async def test_the_clerk_sees_the_needs_and_neither_name_nor_number(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        person = {"name": "Erika Beispiel", "email": "erika@example.org", "phone": "0351 4881234"}
        booking = (await here.book(hold, person=person, needs=NEEDS)).json()
        await at_rest(here)
        clerk, citizen = await opened(here, clerks_link(here)), await opened(here, booking["join_url"])
        for said in ("Dolmetschen: Ukrainisch", "Eine Begleitperson nimmt teil", "Untertitel", "Leichte Sprache"):
            assert said in clerk.text
        for hidden in ("Erika", "4881234", "erika@example.org", "Klappt es nicht?"):
            assert hidden not in clerk.text
        assert "Dolmetschen" not in citizen.text


async def test_the_built_in_room_keeps_the_form_on_this_site(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=BUILT_IN) as here:
        booking = await here.booked()
        await at_rest(here)
        here.clock.forward(hours=1)
        page = await opened(here, booking["join_url"])
        assert "form-action 'self'" in page.answer.headers["content-security-policy"]
        assert "Sie verlassen damit diese Seite" not in page.text
        entered = await press(here, booking["join_url"])
        assert (entered.status_code, entered.headers["location"]) == (303, f"{page.path}/raum")


OWN_PLATFORM = """
from durchwahl.plugin import BuiltInRoom, Capabilities, Joined, Placed, SourceSettings, SourceType, VideoPlatform
from durchwahl.plugin import hookimpl


class Own(VideoPlatform):
    capabilities = Capabilities(find="by_name", built_in_room=True)

    def __init__(self, settings, toolbox): pass
    async def check(self): pass
    async def prepare(self, name, meeting, ref): return Placed()
    async def find(self, name, meeting, ref): return Placed()
    async def end(self, name, ref): pass
    async def join(self, name, meeting, ref, role, display_name): return Joined(BuiltInRoom(), Placed())


@hookimpl
def durchwahl_video_platforms():
    return [SourceType(name="own", settings=SourceSettings, build=Own)]
"""


async def test_a_plugin_of_whatever_name_that_uses_the_built_in_room_keeps_visitors_on_this_site(
    tmp_path: Path,
) -> None:
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "own.py").write_text(OWN_PLATFORM, encoding="utf-8")
    own = BUILT_IN.replace('"room"', '"own"').replace("[website]", 'plugins_dir = "plugins"\n[website]')
    async with city(tmp_path, gateway=own) as here:
        booking = await here.booked()
        await at_rest(here)
        here.clock.forward(hours=1)
        page = await opened(here, booking["join_url"])
        assert "form-action 'self'" in page.answer.headers["content-security-policy"]
        assert "Sie verlassen damit diese Seite" not in page.text


async def test_a_room_elsewhere_is_announced_as_such(tmp_path: Path) -> None:
    async with city(tmp_path) as here:
        booking = await here.booked()
        here.clock.forward(hours=1)
        assert "Sie verlassen damit diese Seite" in (await opened(here, booking["join_url"])).text
