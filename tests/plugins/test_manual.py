from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from durchwahl.plugin import DialIn, Interval, Invalid, Meeting, Placed, Redirect
from durchwahl.testing.video_contract import VideoPlatformContract, is_safe
from durchwahl_plugins.manual import (
    MANUAL,
    ManualRoom,
    ManualRooms,
    ManualSettings,
    durchwahl_video_platforms,
)
from tests.plugins.plain_toolbox import toolbox_in

NAME = "dw-manual"
URL = "https://video.example.org/platz-1"
CLERK_URL = "https://video.example.org/platz-1?host=1"
WINDOW = Interval(datetime(2026, 12, 1, 7, 50, tzinfo=UTC), datetime(2026, 12, 1, 8, 35, tzinfo=UTC))


def meeting_in(room: ManualRoom | None) -> Meeting:
    return Meeting(window=WINDOW, lane="buergeramt/termine/platz-1", title="Meldewesen", room=room)


@pytest.fixture
def rooms(tmp_path: Path) -> ManualRooms:
    built = MANUAL.build(ManualSettings(), toolbox_in(tmp_path))
    assert isinstance(built, ManualRooms)
    return built


class TestManualRooms(VideoPlatformContract):
    secrets = ("4711#",)

    @pytest.fixture
    def platform(self, rooms: ManualRooms) -> ManualRooms:
        return rooms

    @pytest.fixture
    def meeting(self) -> Meeting:
        return meeting_in(ManualRoom(url=URL, clerk_url=CLERK_URL, dial_in="+4935100000", pin="4711#"))


@pytest.mark.parametrize("missing", ["platform", "meeting"])
def test_a_contract_without_its_fixtures_fails_where_the_class_is_written(missing: str) -> None:
    there = {"platform", "meeting"} - {missing}
    with pytest.raises(TypeError, match=f"needs a fixture `{missing}`"):
        type("TestNothing", (VideoPlatformContract,), dict.fromkeys(there))


def test_the_hook_offers_a_platform_with_rooms_per_lane() -> None:
    assert durchwahl_video_platforms() == [MANUAL]
    assert (MANUAL.name, MANUAL.room_settings) == ("manual", ManualRoom)


@pytest.mark.parametrize(
    ("role", "clerk_url", "url"),
    [
        ("citizen", CLERK_URL, URL),
        ("clerk", CLERK_URL, CLERK_URL),
        ("citizen", None, URL),
        ("clerk", None, URL),
    ],
)
async def test_each_visitor_is_sent_to_the_lanes_room(
    rooms: ManualRooms, role: str, clerk_url: str | None, url: str
) -> None:
    meeting = meeting_in(ManualRoom(url=URL, clerk_url=clerk_url))
    joined = await rooms.join(NAME, meeting, None, role, "Frau B.")  # type: ignore[arg-type]  # roles as text
    assert joined.how == Redirect(url)
    assert joined.placed == Placed(ref=None)


async def test_a_lane_without_a_room_is_invalid_and_named(rooms: ManualRooms) -> None:
    for call in (
        rooms.prepare(NAME, meeting_in(None), None),
        rooms.join(NAME, meeting_in(None), None, "citizen", "Frau B."),
    ):
        with pytest.raises(Invalid) as caught:
            await call
        assert "buergeramt/termine/platz-1" in caught.value.detail
        assert "buergeramt" not in caught.value.message


async def test_a_room_with_a_number_can_be_dialled(rooms: ManualRooms) -> None:
    room = ManualRoom(url=URL, dial_in="+4935100000", pin="4711#")
    assert await rooms.dial_in(NAME, meeting_in(room), None) == (DialIn("+4935100000", "4711#"),)
    assert await rooms.dial_in(NAME, meeting_in(ManualRoom(url=URL)), None) == ()


async def test_the_settings_say_where_the_platform_stands(tmp_path: Path) -> None:
    rooms = ManualRooms(ManualSettings(data_location="eu"), toolbox_in(tmp_path))
    probed = await rooms.probe(())
    assert (probed.data_location, probed.create, probed.window) == ("eu", "none", "gateway")


async def test_captions_are_what_the_operator_knows_of_the_platform(tmp_path: Path) -> None:
    for said in (True, False):
        rooms = ManualRooms(ManualSettings(captions=said), toolbox_in(tmp_path))
        assert (await rooms.probe([])).captions is said
    assert ManualSettings().captions is False


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"url": "video.example.org/platz-1"},
        {"url": "javascript:alert(1)"},
        {"url": "https://user:secret@video.example.org/"},
        {"url": URL, "clerk_url": "ftp://example.org/"},
        {"url": URL, "dial_in": "0351 00000"},
        {"url": URL, "pin": "4711"},
        {"url": URL, "dial_in": "+4935100000", "pin": "47 11"},
        {"url": URL, "link": URL},
    ],
)
def test_a_wrong_room_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        ManualRoom.model_validate(wrong)


def test_a_rooms_addresses_do_not_show() -> None:
    shown = repr(ManualRoom(url=URL, clerk_url=CLERK_URL, dial_in="+4935100000", pin="4711#"))
    assert "video.example.org" not in shown
    assert "4711" not in shown


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        (URL, True),
        ("http://127.0.0.1:8000/raum", True),
        ("http://[::1]/raum", True),
        ("http://localhost:8000/", True),
        ("http://video.example.org/", False),
        ("http://127.0.0.1.example.org/", False),
        ("https:///raum", False),
        ("javascript:alert(1)", False),
    ],
)
def test_a_way_in_is_https_or_on_this_machine(url: str, safe: bool) -> None:
    assert is_safe(url) is safe
