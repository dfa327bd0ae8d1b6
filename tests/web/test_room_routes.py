"""The room's pages and its script's calls: who gets in, when, and what is never told, kept or logged."""

import asyncio
import html
import json
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import brotli
import httpx
import pytest

from durchwahl.rooms import talks
from durchwahl.rooms.shapes import LARGEST_MESSAGE
from durchwahl.store import rooms
from durchwahl.web.portal.static_files import STATIC
from durchwahl.web.portal.talk.pages import ROOM_TEXTS
from tests.booking.desk import at_rest
from tests.booking.looking import ask, link_in, press, rows
from tests.gateways import DEPARTMENT, GATEWAY, City, city

CITY = GATEWAY[: GATEWAY.index("[sources.raeume]")] + '[sources.raeume]\ntype = "room"\n'
RELAY = """stun = ["stun:stun.example.org"]
[[sources.raeume.turn]]
urls = ["turn:turn.example.org?transport=udp"]
shared_secret = { env = "DURCHWAHL_TEST_TURN" }
"""
SDP = "v=0\r\no=- 1 2 IN IP4 192.0.2.77\r\ns=-\r\n"
ADDRESS = b"192.0.2.77"
OFFER = {"kind": "offer", "sdp": SDP}


@dataclass
class Side:
    """One of the two links, and what its script does."""

    here: City
    link: str
    seat: str = ""
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return self.link.rsplit("/", 1)[0].replace("/en/", "/")

    @property
    def token(self) -> str:
        return self.link.rsplit("/", 1)[1]

    async def ask(self, verb: str, *, raw: bytes | None = None, **body: Any) -> httpx.Response:
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Accept": "application/json",
            "Content-Type": "application/json",
        }
        if self.seat:
            headers["X-Seat"] = self.seat
        content = json.dumps(body) if raw is None else raw
        return await self.here.client.post(f"{self.address}/{verb}", content=content, headers=headers)

    async def does(self, verb: str, **body: Any) -> dict[str, Any]:
        answer = await self.ask(verb, **body)
        assert answer.status_code == 200, answer.text
        self.told = answer.json()
        return self.told

    async def sits(self) -> dict[str, Any]:
        self.seat = (await self.does("platz"))["seat"]
        return self.told

    async def hears(self, after: int = 0) -> dict[str, Any]:
        return await self.does("warten", after=after)

    async def refused(self, verb: str, **body: Any) -> tuple[int, str]:
        answer = await self.ask(verb, **body)
        assert answer.headers["content-type"] == "application/problem+json", answer.text
        return answer.status_code, answer.json()["code"]


@dataclass
class Room:
    """A booked talk whose room is open."""

    here: City
    booking: dict[str, Any]
    citizen: Side
    clerk: Side

    async def meet(self) -> int:
        """Seat both, let the citizen in, and return the connection's number."""
        await self.citizen.sits()
        guest = (await self.clerk.sits())["guest"]
        return int((await self.clerk.does("einlass", guest=guest))["call"])


@asynccontextmanager
async def opened(folder: Path, *, gateway: str = CITY, minutes: float = 55, **config: str) -> AsyncIterator[Room]:
    """Book for 09:00 and go to 08:55, when the room has been open for five minutes."""
    async with city(folder, gateway=gateway, **config) as here:
        booking = await here.booked()
        await at_rest(here)
        citizen, clerk = Side(here, booking["join_url"]), Side(here, link_in(here, "gespraech"))
        here.clock.forward(minutes=minutes)
        yield Room(here, booking, citizen, clerk)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with opened(tmp_path) as one:
        yield one


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talks, "PATIENCE", 0.05)


async def test_both_meet_and_signals_pass(room: Room) -> None:
    call = await room.meet()
    assert (await room.clerk.does("zeichen", call=call, signal=OFFER)) == {"kept": True}
    heard = await room.citizen.hears()
    assert heard["signals"] == [{"call": call, **OFFER}]
    assert (heard["admitted"], heard["other"], heard["guest"]) == (True, "here", None)
    assert (await room.citizen.hears(heard["number"]))["signals"] == []


async def test_the_doors_button_leads_into_the_room_and_looking_changes_nothing(room: Room) -> None:
    answer = await press(room.here, room.citizen.link)
    assert (answer.status_code, answer.headers["location"]) == (303, httpx.URL(room.citizen.link).path + "/raum")
    page = await room.here.client.get(answer.headers["location"])
    assert page.status_code == 200
    assert await rows(room.here, "SELECT count(*) FROM room") == [(0,)]
    assert await rows(room.here, "SELECT count(*) FROM seat") == [(0,)]


@pytest.mark.parametrize(("minutes", "said"), [(49, "öffnet"), (96, "vorbei")])
async def test_before_and_after_its_window_a_room_has_no_seats_and_no_page(
    tmp_path: Path, minutes: float, said: str
) -> None:
    async with opened(tmp_path, minutes=minutes) as room:
        for side in (room.citizen, room.clerk):
            for verb in ("platz", "zeichen", "einlass", "ende", "oeffnen"):
                assert await side.refused(verb, guest=1) == (409, "room-closed")
            assert await side.refused("warten", after=0) == (409, "room-closed")
            page = await room.here.client.get(f"{side.link}/raum")
            assert (page.status_code, page.headers["location"]) == (303, httpx.URL(side.link).path)


async def test_the_end_of_the_window_closes_the_room_for_both(room: Room) -> None:
    await room.meet()
    room.here.clock.forward(minutes=39, seconds=59)
    await room.citizen.hears()
    room.here.clock.forward(seconds=1)
    for side in (room.citizen, room.clerk):
        assert await side.refused("warten", after=0) == (409, "room-closed")
        assert await side.refused("zeichen", call=3, signal=OFFER) == (409, "room-closed")


async def test_a_cancelled_booking_closes_the_room_at_once_for_whoever_waits(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    await room.meet()
    monkeypatch.setattr(talks, "PATIENCE", 60)
    number = (await room.citizen.hears())["number"]
    waiting = [asyncio.create_task(side.refused("warten", after=number)) for side in (room.citizen, room.clerk)]
    await asyncio.sleep(0)  # both begin to wait
    assert (await ask(room.here, room.booking, "cancel")).status_code == 200
    async with asyncio.timeout(5):
        assert await asyncio.gather(*waiting) == [(409, "room-closed")] * 2
    assert await room.citizen.refused("platz") == (409, "room-closed")


async def test_a_wrong_link_is_answered_like_an_unknown_one(room: Room, tmp_path: Path) -> None:
    other = await room.here.booked(place=3)
    wrong = Side(room.here, room.citizen.address + "/" + other["join_url"].rsplit("/", 1)[1])
    unknown = Side(room.here, "http://gateway.test/gespraech/" + "0" * 32 + "/" + wrong.token)
    managing = Side(room.here, f"{room.citizen.address}/{room.booking['manage_token']}")
    for verb in ("platz", "zeichen", "einlass", "ende", "oeffnen"):
        for side in (wrong, unknown, managing):
            assert await side.refused(verb, guest=1) == (404, "not-found")
    answers = [await side.ask("warten", after=0) for side in (wrong, unknown)]
    bodies = [{**answer.json(), "instance": ""} for answer in answers]
    assert bodies[0] == bodies[1]
    assert (await room.here.client.get(f"{wrong.link}/raum")).status_code == 404
    no_token = await room.here.client.post(f"{room.citizen.address}/platz", headers={"Accept": "application/json"})
    assert (no_token.status_code, no_token.json()["code"]) == (404, "not-found")


async def test_a_second_guest_and_a_second_clerk_are_refused(room: Room) -> None:
    await room.meet()
    for link in (room.citizen.link, room.clerk.link):
        second = Side(room.here, link)
        assert await second.refused("platz") == (409, "room-occupied")
        assert await second.refused("warten", after=0) == (409, "seat-lost")
    assert (await room.citizen.hears())["other"] == "here"


async def test_a_reload_gets_its_seat_back(room: Room) -> None:
    await room.meet()
    before = room.citizen.seat
    after = (await room.citizen.sits())["seat"]
    assert after != before
    assert room.citizen.told["admitted"]
    room.citizen.seat = before
    assert await room.citizen.refused("warten", after=0) == (409, "seat-lost")


async def test_only_the_clerk_lets_in_ends_and_opens_again(room: Room) -> None:
    await room.citizen.sits()
    for verb in ("einlass", "ende", "oeffnen"):
        assert await room.citizen.refused(verb, guest=1) == (404, "not-found")
    assert not (await room.citizen.hears())["admitted"]


async def test_the_clerk_ends_and_may_open_again(room: Room) -> None:
    await room.meet()
    assert (await room.clerk.does("ende"))["ended"]
    assert await room.citizen.refused("warten", after=0) == (409, "room-ended")
    assert await room.citizen.refused("platz") == (409, "room-ended")
    assert not (await room.clerk.does("oeffnen"))["ended"]
    assert not (await room.citizen.sits())["admitted"]


async def test_who_leaves_says_so_with_the_token_in_the_body(room: Room) -> None:
    await room.meet()
    body = {"token": room.citizen.token, "seat": room.citizen.seat}
    answer = await room.here.client.post(f"{room.citizen.address}/verlassen", json=body)
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await room.clerk.hears())["other"] == "none"
    for wrong in ({**body, "token": room.clerk.token}, {**body, "seat": "x"}, {"seat": room.citizen.seat}):
        refused = await room.here.client.post(f"{room.citizen.address}/verlassen", json=wrong)
        assert refused.status_code in (204, 409, 422)
    assert (await Side(room.here, room.clerk.link).refused("platz")) == (409, "room-occupied")


@pytest.mark.parametrize(
    ("raw", "refusal"),
    [
        (b"nonsense", (422, "invalid-body")),
        (b'{"call": 3, "signal": {"kind": "bye"}}', (422, "invalid-body")),
        (b" " * (LARGEST_MESSAGE + 1), (413, "body-too-large")),
    ],
)
async def test_a_wrong_message_cuts_off_its_sender_and_nobody_else(
    room: Room, raw: bytes, refusal: tuple[int, str]
) -> None:
    call = await room.meet()
    assert await room.citizen.refused("zeichen", raw=raw) == refusal
    assert await room.citizen.refused("warten", after=0) == (409, "seat-lost")
    assert (await room.clerk.hears())["other"] == "none"
    assert not (await room.citizen.sits())["admitted"]
    assert (await room.clerk.does("zeichen", call=call, signal=OFFER)) == {"kept": False}


async def test_a_seat_is_whose_secret_it_was_taken_with_whether_he_heard_of_it_or_not(room: Room) -> None:
    room.citizen.seat = "B" * 22 + ".0"
    await room.citizen.does("platz")
    assert (await room.citizen.sits())["seat"].startswith("B" * 22)
    other = Side(room.here, room.citizen.link, seat="C" * 22 + ".0")
    assert await other.refused("platz") == (409, "room-occupied")


async def test_a_stranger_with_the_link_cannot_cost_the_guest_his_seat(room: Room) -> None:
    await room.meet()
    stranger = Side(room.here, room.citizen.link, seat="A" * 22 + ".1")
    assert (await stranger.ask("zeichen", raw=b"nonsense")).status_code == 422
    stranger.seat = ""
    assert await stranger.refused("zeichen", raw=b"nonsense") == (409, "seat-lost")
    assert (await room.citizen.hears())["admitted"]


async def test_addresses_of_computers_are_sealed_and_gone_when_they_are_heard(room: Room) -> None:
    call = await room.meet()
    await room.clerk.does("zeichen", call=call, signal=OFFER)
    data = room.here.settings.data_dir
    assert not [path for path in data.rglob("*") if path.is_file() and ADDRESS in path.read_bytes()]
    assert await rows(room.here, "SELECT count(*) FROM signal") == [(1,)]
    heard = await room.citizen.hears()
    await room.citizen.hears(heard["number"])
    assert await rows(room.here, "SELECT count(*) FROM signal") == [(0,)]


async def test_nothing_of_a_room_is_left_a_minute_after_its_window(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    call = await room.meet()
    await room.clerk.does("zeichen", call=call, signal=OFFER)
    monkeypatch.setattr(talks, "SWEEP", 0.01)
    sweeping = asyncio.create_task(room.here.gateway.talks.sweep())
    room.here.clock.forward(minutes=39)
    await asyncio.sleep(0.05)  # time for a sweep that must spare it
    assert await rows(room.here, "SELECT count(*) FROM signal") == [(1,)]
    room.here.clock.forward(minutes=2)
    for _ in range(500):
        await asyncio.sleep(0.01)  # the sweep runs behind
        if await rows(room.here, "SELECT count(*) FROM room") == [(0,)]:
            break
    sweeping.cancel()
    left = [await rows(room.here, f"SELECT count(*) FROM {table}") for table in ("room", "seat", "signal")]
    assert left == [[(0,)], [(0,)], [(0,)]]


def test_the_sweep_is_often_enough() -> None:
    assert talks.SWEEP <= 60


async def test_a_browser_that_hangs_up_ends_its_question(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    await room.citizen.sits()
    monkeypatch.setattr(talks, "PATIENCE", 3_600)
    number = (await room.citizen.hears())["number"]
    body = json.dumps({"after": number}).encode()
    messages = iter([{"type": "http.request", "body": body}, {"type": "http.disconnect"}])

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0.01)  # hangs up while it is waited for
        return next(messages)

    async def send(message: Any) -> None:
        pass

    headers = {
        "host": "gateway.test",
        "authorization": f"Bearer {room.citizen.token}",
        "x-seat": room.citizen.seat,
        "content-type": "application/json",
    }
    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "scheme": "http", "query_string": b"", "root_path": "",
        "path": httpx.URL(f"{room.citizen.address}/warten").path, "raw_path": b"", "client": ("127.0.0.1", 1),
        "server": ("gateway.test", 80), "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    async with asyncio.timeout(5):
        await room.here.app(scope, receive, send)


async def test_the_room_page_holds_what_its_script_needs_and_no_policy_is_unsafe(room: Room) -> None:
    for side, visitor in ((room.citizen, False), (room.clerk, True)):
        for language, link in (("de", side.link), ("en", side.link.replace("/gespraech/", "/en/gespraech/"))):
            page = await room.here.client.get(f"{link}/raum")
            assert (page.status_code, page.headers["content-language"]) == (200, language)
            policy = page.headers["content-security-policy"]
            assert "script-src 'self';" in policy
            assert "connect-src 'self'" in policy
            assert "unsafe" not in policy
            assert page.headers["permissions-policy"] == "camera=(self), microphone=(self)"
            assert (page.headers["cache-control"], page.headers["referrer-policy"]) == ("no-store", "no-referrer")
            assert not re.search(r"<script(?![^>]* src=)|<style| style=| on[a-z]+=", page.text)
            assert ("Erika Beispiel" in page.text) == visitor
            assert ("0351 0000000" in page.text) != visitor
            texts = json.loads(html.unescape(re.findall(r'data-texts="([^"]*)"', page.text)[0]))
            assert all(texts.values())


def test_the_script_says_what_the_page_gives_it_and_the_page_gives_nothing_else() -> None:
    script = (STATIC / "room.js").read_text(encoding="utf-8")
    refusals = re.findall(r"\": \"(\w+)\"", script[script.index("const REFUSED") : script.index("const FINAL")])
    named = set(re.findall(r"texts\.(\w+)|leaveFor\(\"(\w+)\"\)", script))
    assert {one or other for one, other in named} | set(refusals) == set(ROOM_TEXTS)


def test_the_room_needs_no_more_than_a_small_script() -> None:
    parts = [(STATIC / name).read_bytes() for name in ("room.js", "connection.js", "devices.js", "switches.js")]
    assert sum(len(brotli.compress(part)) for part in parts) <= 8_000
    assert len(parts[2]) <= 10_000


async def test_the_device_test_stands_alone_in_both_languages(room: Room) -> None:
    for path in ("/technik", "/en/technik"):
        page = await room.here.client.get(path)
        assert page.status_code == 200
        assert "devices.js" in page.text
        assert "script-src 'self'" in page.headers["content-security-policy"]


async def test_relays_are_told_to_whoever_sits_down_and_to_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DURCHWAHL_TEST_TURN", "a-shared-secret")
    async with opened(tmp_path, gateway=CITY + RELAY) as room:
        servers = (await room.citizen.sits())["ice_servers"]
        assert servers[0] == {"urls": ["stun:stun.example.org"]}
        assert servers[1]["urls"] == ["turn:turn.example.org?transport=udp"]
        assert int(servers[1]["username"]) == room.here.clock.milliseconds() // 1000 + 40 * 60
        page = await room.here.client.get(f"{room.clerk.link}/raum")
        assert "turn.example.org" not in page.text
        assert "a-shared-secret" not in page.text + json.dumps(servers)


async def test_a_booking_on_another_platform_has_no_seats(tmp_path: Path) -> None:
    async with opened(tmp_path, gateway=GATEWAY) as room:
        assert await room.citizen.refused("platz") == (404, "not-found")
        answer = await press(room.here, room.citizen.link)
        assert answer.headers["location"].startswith("https://video.example.org/")


async def test_nobody_learns_from_a_log_who_was_in_the_room(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="durchwahl")
    call = await room.meet()
    await room.clerk.does("zeichen", call=call, signal=OFFER)
    await room.citizen.hears()
    await room.citizen.ask("zeichen", raw=b"192.0.2.77 is no signal")
    logged = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("durchwahl"))
    assert "POST /gespraech/{booking_id}/zeichen" in logged
    secrets = (room.citizen.token, room.citizen.seat.split(".")[0], room.booking["id"], "192.0.2.77")
    assert not [one for one in secrets if one in logged]


async def test_an_earlier_appointment_that_moved_leaves_its_room_behind(tmp_path: Path) -> None:
    early = DEPARTMENT.replace(
        'duration = "20min"\nhours = { mon', 'duration = "20min"\njoin_early = "10d"\nhours = { mon'
    )
    async with opened(tmp_path, department=early, minutes=0) as room:
        await room.meet()
        await room.clerk.does("ende")
        slots = await room.here.slots()
        assert (await ask(room.here, room.booking, "reschedule", slot=slots[4]["slot"])).status_code == 200
        await at_rest(room.here)
        assert not (await room.citizen.sits())["admitted"]


async def test_a_seat_that_nobody_holds_any_more_is_taken_over(room: Room) -> None:
    await room.meet()
    room.here.clock.forward(seconds=rooms.ALIVE / 1000)
    second = Side(room.here, room.citizen.link)
    assert not (await second.sits())["admitted"]
