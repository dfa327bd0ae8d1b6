"""A video platform that asks us, as Jitsi's reservation client does, whether somebody has booked the room."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.gateways import GATEWAY, City, city, write_config

PLATFORM = """
import asyncio
import hmac
import json

from pydantic import JsonValue

from durchwahl.plugin import (
    Inbound, InboundResponse, Joined, Placed, Redirect, SourceSettings, SourceType, VideoPlatform, hookimpl,
)

ODD = {
    "odd-none": None,
    "odd-dict": {"status": 200},
    "odd-status": InboundResponse(99),
    "odd-text": InboundResponse(200, "text"),
    "odd-header": InboundResponse(200, b"", headers={"x-a": "1\\r\\nSet-Cookie: a=b"}),
    "odd-number": InboundResponse(200, b"", headers={"x-a": 1}),
    "odd-length": InboundResponse(200, b"abc", headers={"Content-Length": "2"}),
    "odd-type": InboundResponse(200, b"", "text/plain\\r\\nx: y"),
}


class Asking(VideoPlatform, Inbound):
    async def check(self): pass
    async def prepare(self, name, meeting, ref): return Placed({"room": name})
    async def find(self, name, meeting, ref): return None
    async def end(self, name, ref): pass

    async def join(self, name, meeting, ref, role, display_name):
        return Joined(Redirect(f"https://meet.example.org/{name}"), Placed(ref))

    def authentic(self, request):
        if request.path == "bug-authentic":
            raise KeyError("Erika " + "Beispiel")
        if request.path == "odd-authentic":
            return "yes"
        return hmac.compare_digest(request.headers.get("authorization", ""), "Bearer a-secret")

    def subject(self, request):
        if request.path == "odd-subject":
            return 5
        if not request.body:
            return None
        return json.loads(request.body)["name"]

    async def receive(self, request, meeting):
        if request.path in ODD:
            return ODD[request.path]
        if request.path == "slow":
            await asyncio.Event().wait()
        if request.path == "bug":
            raise RuntimeError("Erika " + "Beispiel")
        if request.path == "touched":
            return InboundResponse(touched=("dw-x",))
        if request.path == "gone":
            return InboundResponse(204, b"nothing has a body")
        if meeting is None:
            return InboundResponse(403, b'{"message": "Dieser Raum ist nicht gebucht."}')
        seconds = (meeting.window.end - meeting.window.start).seconds
        return InboundResponse(200, json.dumps({"id": 1, "duration": seconds}).encode())


@hookimpl
def durchwahl_video_platforms():
    return [SourceType(name="asking", settings=SourceSettings, build=lambda settings, toolbox: Asking())]
"""


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[City]:
    start, end = GATEWAY.index("[sources.raeume]"), len(GATEWAY)
    gateway = GATEWAY[:start] + '[sources.raeume]\ntype = "asking"\ndeadline = "1s"\n' + GATEWAY[end:]
    gateway = gateway.replace('data_dir = "data"', 'data_dir = "data"\nplugins_dir = "plugins"')
    write_config(tmp_path, gateway=gateway)
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "asking.py").write_text(PLATFORM, encoding="utf-8")
    async with city(tmp_path, gateway=gateway) as running:
        yield running


async def room_of(here: City) -> str:
    [[name]] = await here.gateway.store.read(lambda tx: tx.rows("SELECT room_name FROM booking"))
    return str(name)


def secret(value: str = "a-secret") -> dict[str, str]:
    return {"Authorization": f"Bearer {value}"}


async def test_a_booked_room_is_opened_for_its_window(here: City) -> None:
    await here.booked()
    asked = {"name": await room_of(here)}
    answer = await here.client.post("/in/city/raeume/conference", json=asked, headers=secret())
    assert answer.json() == {"id": 1, "duration": (10 + 20 + 15) * 60}


async def test_a_room_that_nobody_booked_is_refused_by_the_plugin_itself(here: City) -> None:
    answer = await here.client.post("/in/city/raeume/conference", json={"name": "dw-nobody"}, headers=secret())
    assert (answer.status_code, answer.json()["message"]) == (403, "Dieser Raum ist nicht gebucht.")


async def test_a_held_room_is_not_booked_yet(here: City) -> None:
    await here.hold((await here.slots())[0]["slot"])
    asked = {"name": await room_of(here)}
    assert (await here.client.post("/in/city/raeume/conference", json=asked, headers=secret())).status_code == 403


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("/in/city/raeume/conference", secret("wrong")),
        ("/in/city/raeume/conference", {}),
        ("/in/city/unknown/conference", secret()),
        ("/in/buergeramt/termine/conference", secret()),
    ],
)
async def test_a_call_without_the_secret_finds_nothing(here: City, address: str, headers: dict[str, str]) -> None:
    answer = await here.client.post(address, json={"name": "dw-x"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


ODD_PATHS = [
    "bug", "bug-authentic", "odd-subject", "odd-none", "odd-dict", "odd-status", "odd-text", "odd-header", "odd-number",
    "odd-length", "odd-type",
]  # fmt: skip


@pytest.mark.parametrize("path", ODD_PATHS)
async def test_a_bug_in_answering_is_503_logged_once_without_its_words_and_costs_the_source_nothing(
    here: City, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(6):
        answer = await here.client.post(f"/in/city/raeume/{path}", headers=secret())
        assert (answer.status_code, answer.json()["code"]) == (503, "source-unavailable")
    failed = [one for one in caplog.records if "plugin asking file failed in source city/raeume" in one.getMessage()]
    assert [one.levelno for one in failed] == [logging.ERROR]
    assert "Erika Beispiel" not in caplog.text
    assert here.gateway.sources.open["city/raeume"].supervisor.health.state == "ok"
    assert (await here.booked())["status"] == "confirmed"


async def test_an_answer_that_hangs_ends_with_the_sources_deadline(here: City) -> None:
    assert (await here.client.post("/in/city/raeume/slow", headers=secret())).status_code == 503


async def test_whatever_is_not_exactly_true_is_not_authentic(here: City) -> None:
    assert (await here.client.post("/in/city/raeume/odd-authentic", headers={})).status_code == 404


async def test_an_answer_that_can_have_no_body_has_none(here: City) -> None:
    answer = await here.client.post("/in/city/raeume/gone", headers=secret())
    assert (answer.status_code, answer.content) == (204, b"")


async def test_a_call_makes_the_touched_source_be_read_anew_and_no_other(
    here: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgotten: list[str] = []
    monkeypatch.setattr(here.gateway.occupations, "forget", forgotten.append)
    await here.client.post("/in/city/raeume/conference", json={"name": "dw-x"}, headers=secret())
    await here.client.post("/in/city/raeume/touched", headers=secret())
    assert forgotten == ["city/raeume"]
