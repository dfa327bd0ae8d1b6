import hmac
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from durchwahl.plugin import BuiltInRoom, IceServer, Interval, Meeting, Secret
from durchwahl.plugin.settings import SecretMissing
from durchwahl.testing.toolbox import close_toolbox, toolbox_for
from durchwahl.testing.video_contract import VideoPlatformContract
from durchwahl_plugins.room import LONGEST, ROOM, RoomPlatform, RoomSettings, durchwahl_video_platforms

NOW = datetime(2026, 12, 1, 7, 50, tzinfo=UTC)
MEETING = Meeting(window=Interval(NOW, NOW + timedelta(minutes=45)), lane="amt/termine/platz-1", title="Termin")
SECRET = "north-by-northwest"
TURN = {"urls": ["turn:turn.example.org:3478?transport=udp"], "shared_secret": {"env": "DURCHWAHL_TEST_TURN"}}
LASTING = {"urls": ["turns:turn.example.org"], "username": "stadt", "credential": {"env": "DURCHWAHL_TEST_TURN"}}


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DURCHWAHL_TEST_TURN", SECRET)


def platform_with(now: datetime = NOW, **settings: Any) -> RoomPlatform:
    return RoomPlatform(RoomSettings.model_validate(settings), lambda: now)


async def servers_of(platform: RoomPlatform) -> tuple[IceServer, ...]:
    joined = await platform.join("dw-x", MEETING, None, "citizen", "")
    assert isinstance(joined.how, BuiltInRoom)
    return joined.how.ice_servers


class TestRoomPlatform(VideoPlatformContract):
    secrets = (SECRET,)

    @pytest.fixture
    def platform(self) -> RoomPlatform:
        return platform_with(stun=["stun:stun.example.org"], turn=[TURN, LASTING])

    @pytest.fixture
    def meeting(self) -> Meeting:
        return MEETING


def test_the_hook_offers_the_room() -> None:
    assert durchwahl_video_platforms() == [ROOM]
    assert (ROOM.name, ROOM.room_settings, ROOM.privacy.fields) == ("room", None, ())


async def test_it_is_built_with_the_gateways_clock(tmp_path: Path) -> None:
    settings = RoomSettings(turn=({**TURN},))  # type: ignore[arg-type]  # as TOML gives it
    toolbox = toolbox_for(settings, folder=tmp_path, clock=lambda: NOW)
    platform = ROOM.build(settings, toolbox)
    assert isinstance(platform, RoomPlatform)
    assert (await servers_of(platform))[0].username == str(int(MEETING.window.end.timestamp()))
    await close_toolbox(toolbox)


async def test_no_server_is_asked_by_default() -> None:
    assert await servers_of(platform_with()) == ()


async def test_a_relays_credential_is_made_as_the_draft_says() -> None:
    (server,) = await servers_of(platform_with(turn=[TURN]))
    user = str(int(MEETING.window.end.timestamp()))
    password = b64encode(hmac.digest(SECRET.encode(), user.encode(), "sha1")).decode()
    assert server == IceServer(("turn:turn.example.org:3478?transport=udp",), user, password)


async def test_no_credential_is_good_for_longer_than_a_day() -> None:
    early = MEETING.window.end - timedelta(days=20)
    (server,) = await servers_of(platform_with(early, turn=[TURN]))
    assert int(server.username or 0) == int((early + LONGEST).timestamp())


async def test_a_lasting_user_is_passed_on() -> None:
    (server,) = await servers_of(platform_with(turn=[LASTING]))
    assert server == IceServer(("turns:turn.example.org",), "stadt", SECRET)


async def test_a_relay_may_be_named_by_its_address() -> None:
    (server,) = await servers_of(platform_with(turn=[{**LASTING, "urls": ["turn:[2001:db8::1]:3478"]}]))
    assert server.urls == ("turn:[2001:db8::1]:3478",)


RELAY = {"urls": TURN["urls"]}
NOT_ONE_KIND = [
    (RELAY, "has no credentials: browsers refuse every call with such a relay."),
    ({**RELAY, "username": "stadt"}, "has only one of username and credential."),
    ({**RELAY, "credential": {"env": "X"}}, "has only one of username and credential."),
    ({**TURN, "username": "stadt"}, "has two kinds of credentials."),
    ({**LASTING, **TURN}, "has two kinds of credentials."),
]


@pytest.mark.parametrize(("turn", "reason"), NOT_ONE_KIND)
def test_a_relay_has_exactly_one_kind_of_credentials(turn: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError) as caught:
        RoomSettings.model_validate({"turn": [turn]})
    (wrong,) = caught.value.errors()
    assert wrong["loc"] == ("turn", 0)
    assert f"{reason} Give shared_secret, or username with credential" in wrong["msg"]


async def test_a_missing_secret_is_found_by_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DURCHWAHL_TEST_TURN")
    for turn in (TURN, LASTING):
        with pytest.raises(SecretMissing, match="DURCHWAHL_TEST_TURN"):
            await platform_with(turn=[turn]).check()


def test_every_secret_is_known_by_its_place() -> None:
    secret = Secret(env="DURCHWAHL_TEST_TURN")
    settings = RoomSettings.model_validate({"turn": [TURN, LASTING]})
    assert settings.secrets() == {"turn[0].shared_secret": secret, "turn[1].credential": secret}


@pytest.mark.parametrize(
    "wrong",
    [
        {"stun": ["stun.example.org"]},
        {"stun": ["https://stun.example.org"]},
        {"stun": ["stun:stun.example.org?transport=udp"]},
        {"stun": ["stun:a b"]},
        {"stun": ["turn:turn.example.org"]},
        {"turn": [{"urls": []}]},
        {"turn": [{"urls": ["turn:turn.example.org?transport=sctp"]}]},
        {"turn": [{**TURN, "shared_secret": "in-clear"}]},
        {"turn": [{**TURN, "realm": "x"}]},
        {"ice": []},
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        RoomSettings.model_validate(wrong)
    assert "in-clear" not in str(caught.value)


def test_what_it_can_do_is_said_honestly() -> None:
    can = RoomPlatform.capabilities
    assert (can.window, can.lobby, can.host_link, can.end_to_end) == ("gateway", "gateway", "token", "always")
    assert (can.built_in_room, can.captions, can.recording_can_be_forbidden) == (True, False, False)
