"""Cancelling is final, for the citizen at once, whatever a department's system or a video platform does."""

from pathlib import Path

import pytest
from pydantic import JsonValue

from durchwahl.errors import OutcomeUnknown, Refused, Unavailable
from durchwahl.plugin import (
    Capabilities,
    Joined,
    Meeting,
    Placed,
    Redirect,
    SourceSettings,
    SourceType,
    Toolbox,
    VideoPlatform,
)
from tests.booking.desk import Desk, Hanging, at_rest, later
from tests.booking.looking import ask, rows
from tests.booking.waiting import half_booked, until
from tests.gateways import GATEWAY, city

pytestmark = pytest.mark.usefixtures("on_both")

PLUGIN = """
from durchwahl.plugin import hookimpl
from tests.booking.test_cancelling import PLATFORM

@hookimpl
def durchwahl_video_platforms():
    return [PLATFORM]
"""


class Platform(VideoPlatform):
    """Reserves rooms by name, for as long as it is up."""

    capabilities = Capabilities(find="by_name", create="ahead")
    rooms: set[str]
    is_down = False
    hanging: Hanging | None = None
    """What `prepare` waits for."""
    loses: bool = False
    """Whether `prepare` gives no answer, and does nothing yet."""

    def __init__(self, settings: SourceSettings, toolbox: Toolbox) -> None:
        self.rooms = set()

    async def check(self) -> None:
        """Pass."""

    async def prepare(self, name: str, meeting: Meeting, ref: JsonValue) -> Placed:
        if self.hanging is not None:
            self.hanging.asked.set()
            await self.hanging.go.wait()
        if self.loses:
            raise OutcomeUnknown("No answer came.")
        self.rooms.add(name)
        return Placed()

    async def find(self, name: str, meeting: Meeting, ref: JsonValue) -> Placed | None:
        return Placed() if name in self.rooms else None

    async def join(self, name: str, meeting: Meeting, ref: JsonValue, role: str, display_name: str) -> Joined:
        return Joined(Redirect("https://video.example.org/x"), Placed())

    async def end(self, name: str, ref: JsonValue) -> None:
        if self.is_down:
            raise Unavailable("down")
        self.rooms.discard(name)


PLATFORM = SourceType(name="platform", settings=SourceSettings, build=Platform)


def with_platform(folder: Path) -> str:
    (folder / "plugins").mkdir()
    (folder / "plugins" / "platform_plugin.py").write_text(PLUGIN, encoding="utf-8")
    gateway = GATEWAY.split("[sources.raeume]", maxsplit=1)[0]
    gateway = gateway.replace('data_dir = "data"', 'data_dir = "data"\nplugins_dir = "plugins"')
    return gateway + '[sources.raeume]\ntype = "platform"\n'


async def test_an_appointment_is_cancelled_although_the_video_platform_is_down(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=with_platform(tmp_path)) as here:
        platform = here.gateway.sources.open["city/raeume"].source
        assert isinstance(platform, Platform)
        booking = await here.booked()
        await at_rest(here)
        assert len(platform.rooms) == 1
        platform.is_down = True
        sent = len(here.outbox.to("erika@example.org"))
        await ask(here, booking, "cancel")
        await at_rest(here)
        assert await rows(here, "SELECT state FROM booking") == [("cancelled",)]
        assert await rows(here, "SELECT * FROM unit_slot") == []
        assert len(here.outbox.to("erika@example.org")) == sent + 1
        platform.is_down = False
        await later(here, minutes=2)
        assert platform.rooms == set()
        assert await rows(here, "SELECT * FROM step WHERE kind != 'reconcile'") == []


async def test_a_room_that_is_made_after_the_cancelling_is_ended_again(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=with_platform(tmp_path)) as here:
        platform = here.gateway.sources.open["city/raeume"].source
        assert isinstance(platform, Platform)
        platform.hanging = Hanging()
        booking = await here.booked()
        await platform.hanging.asked.wait()
        await ask(here, booking, "cancel")
        assert await rows(here, "SELECT state FROM booking") == [("cancelled",)]
        platform.hanging.go.set()
        await at_rest(here)
        assert platform.rooms == set()
        assert await rows(here, "SELECT * FROM step WHERE kind != 'reconcile'") == []


async def test_cancelling_what_waits_for_its_next_attempt_is_done_at_once_and_without_asking_again_and_again(
    tmp_path: Path,
) -> None:
    desk = Desk()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        hold = (await here.hold((await here.slots())[0]["slot"])).json()
        desk.will("occupants", Refused("no"))
        booking = (await here.book(hold)).json()
        here.gateway.sources.open["buergeramt/termine"].supervisor._breaker.succeeded()
        await ask(here, booking, "cancel")
        assert await rows(here, "SELECT state FROM booking") == [("cancelled",)]
        await at_rest(here)
        assert await rows(here, "SELECT * FROM step WHERE kind != 'reconcile'") == []


async def test_cancelling_waits_for_the_one_who_writes_without_asking_all_the_time(tmp_path: Path) -> None:
    desk, hanging = Desk(), Hanging()
    async with city(tmp_path, **desk.config(tmp_path)) as here:
        async with half_booked(here, desk, hanging) as booking:
            await ask(here, booking, "cancel")
        for _ in range(20):
            here.clock.forward(milliseconds=200)
            here.gateway.context.wake.set()
            await here.slots()
        assert await rows(here, "SELECT attempts FROM step WHERE kind = 'withdraw'") == [(1,)]
        hanging.go.set()
        await at_rest(here)
        assert await rows(here, "SELECT state FROM booking") == [("cancelled",)]
        assert desk.entries == {}


async def test_a_room_whose_making_arrives_after_the_cancelling_is_ended_again(tmp_path: Path) -> None:
    async with city(tmp_path, gateway=with_platform(tmp_path)) as here:
        platform = here.gateway.sources.open["city/raeume"].source
        assert isinstance(platform, Platform)
        platform.loses = True
        booking = await here.booked()
        await until(here, "SELECT count(*) FROM booking WHERE room_unsettled IS NOT NULL", [(1,)])
        await ask(here, booking, "cancel")
        await at_rest(here)
        platform.rooms.add((await rows(here, "SELECT room_name FROM booking"))[0][0])
        await later(here, seconds=31)
        assert platform.rooms == set()
        assert await rows(here, "SELECT * FROM step WHERE kind != 'reconcile'") == []
