"""The contract of every video platform, against one in memory."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
import respx
from conftest import OpenToolbox
from plugins.rest_rooms import RestRooms, RoomsSettings

from durchwahl.plugin import Interval, Meeting
from durchwahl.testing.video_contract import VideoPlatformContract

URL = "https://video.example/api"


class Platform:
    """Keeps rooms by name."""

    def __init__(self) -> None:
        self._rooms: set[str] = set()

    def answer(self, request: httpx.Request, name: str) -> httpx.Response:
        """Answer as the platform's API does."""
        if request.method == "PUT":
            self._rooms.add(name)
        if name not in self._rooms:
            return httpx.Response(404)
        if request.method == "DELETE":
            self._rooms.remove(name)
            return httpx.Response(204)
        here = f"https://video.example/{name}"
        return httpx.Response(200, json={"guest": here, "host": f"{here}?host=1"})


class TestRestRooms(VideoPlatformContract):
    """Everything that the gateway relies on."""

    secrets = ("s3cret-token",)

    @pytest.fixture
    def platform(self, monkeypatch: pytest.MonkeyPatch, toolbox: OpenToolbox) -> RestRooms:
        """Return the source as the gateway builds it."""
        monkeypatch.setenv("ROOMS_TOKEN", "s3cret-token")
        settings = RoomsSettings.model_validate({"url": URL, "token": {"env": "ROOMS_TOKEN"}})
        router = respx.Router(assert_all_called=False)
        router.get(f"{URL}/rooms").mock(return_value=httpx.Response(200, json=[]))
        router.route(url__regex=rf"{URL}/rooms/(?P<name>[\w-]+)$").mock(side_effect=Platform().answer)
        return RestRooms(settings, toolbox(settings, httpx.MockTransport(router.async_handler)))

    @pytest.fixture
    def meeting(self) -> Meeting:
        """Return what a platform is told: when, and in which lane."""
        start = datetime(2031, 3, 3, 9, tzinfo=UTC)
        return Meeting(Interval(start, start + timedelta(minutes=45)), "amt/termine/platz-1", "Termin")
