"""What a platform's plugin may answer to whoever joins: anything else costs a refusal, never a broken page."""

from pathlib import Path

import pytest

from tests.booking.desk import at_rest
from tests.booking.looking import press
from tests.gateways import GATEWAY, city

PLUGIN = """
from durchwahl.plugin import BuiltInRoom, IceServer, Joined, Placed, SourceSettings, SourceType, VideoPlatform, hookimpl

WAYS = {
    "good": BuiltInRoom((IceServer(("turn:turn.example.org",), "user", "password"),)),
    "no-server": BuiltInRoom(({"urls": "stun:stun.example.org"},)),
    "no-address": BuiltInRoom((IceServer(()),)),
    "one-text": BuiltInRoom((IceServer("stun:stun.example.org"),)),
    "a-page": BuiltInRoom((IceServer(("https://evil.example/",)),)),
    "a-number": BuiltInRoom((IceServer(("turn:turn.example.org",), "user", 5),)),
    "a-line": BuiltInRoom((IceServer(("turn:turn.example.org\\r\\nx",)),)),
    "no-credentials": BuiltInRoom((IceServer(("turn:turn.example.org",)),)),
    "nothing": None,
}


class Settings(SourceSettings):
    way: str


class Odd(VideoPlatform):
    def __init__(self, settings, toolbox): self.way = WAYS[settings.way]
    async def check(self): pass
    async def prepare(self, name, meeting, ref): return Placed()
    async def find(self, name, meeting, ref): return Placed()
    async def end(self, name, ref): pass
    async def join(self, name, meeting, ref, role, display_name): return Joined(self.way, Placed())


@hookimpl
def durchwahl_video_platforms():
    return [SourceType(name="odd", settings=Settings, build=Odd)]
"""


async def entering(folder: Path, way: str) -> tuple[int, str]:
    (folder / "plugins").mkdir()
    (folder / "plugins" / "odd.py").write_text(PLUGIN, encoding="utf-8")
    config = GATEWAY[: GATEWAY.index("[sources.raeume]")].replace("[website]", 'plugins_dir = "plugins"\n[website]')
    async with city(folder, gateway=f'{config}[sources.raeume]\ntype = "odd"\nway = "{way}"\n') as here:
        booking = await here.booked()
        await at_rest(here)
        here.clock.forward(minutes=55)
        answer = await press(here, booking["join_url"])
        return answer.status_code, answer.headers.get("location", "").rsplit("/", 1)[-1]


async def test_servers_that_a_browser_can_ask_lead_into_the_room(tmp_path: Path) -> None:
    assert await entering(tmp_path, "good") == (303, "raum")


@pytest.mark.parametrize(
    "way", ["no-server", "no-address", "one-text", "a-page", "a-number", "a-line", "no-credentials", "nothing"]
)
async def test_any_other_server_is_the_plugins_bug(tmp_path: Path, way: str) -> None:
    assert await entering(tmp_path, way) == (503, "")
