"""A video platform that asks us, as Jitsi's reservation client does, whether somebody has booked the room."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.gateways import GATEWAY, City, city, write_config

PLATFORM = """
import hmac
import json

from pydantic import JsonValue

from durchwahl.plugin import (
    Inbound, InboundResponse, Joined, Placed, Redirect, SourceSettings, SourceType, VideoPlatform, hookimpl,
)


class Asking(VideoPlatform, Inbound):
    async def check(self): pass
    async def prepare(self, name, meeting, ref): return Placed({"room": name})
    async def find(self, name, meeting, ref): return None
    async def end(self, name, ref): pass

    async def join(self, name, meeting, ref, role, display_name):
        return Joined(Redirect(f"https://meet.example.org/{name}"), Placed(ref))

    def authentic(self, request):
        return hmac.compare_digest(request.headers.get("authorization", ""), "Bearer a-secret")

    def subject(self, request):
        return json.loads(request.body)["name"]

    async def receive(self, request, meeting):
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
    gateway = GATEWAY[:start] + '[sources.raeume]\ntype = "asking"\n' + GATEWAY[end:]
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
