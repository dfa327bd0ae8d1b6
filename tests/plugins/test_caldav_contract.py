"""The calendar contract against two real servers, and one that overwrites in spite of `If-None-Match`."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from durchwahl.plugin import FreeBusyCalendar, Lane
from durchwahl.testing.calendar_contract import FreeBusyCalendarContract
from durchwahl_plugins.caldav import CalDavLane, CalDavSettings, build
from tests.servers.caldav import DavClerk, DavServer, radicale, xandikos
from tests.servers.overwriting import Overwriting, OverwritingClerk
from tests.servers.sources import toolbox_for


@pytest.fixture(scope="module")
def radicale_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DavServer]:
    with radicale(Path(tmp_path_factory.mktemp("radicale"))) as server:
        yield server


@pytest.fixture(scope="module")
def xandikos_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DavServer]:
    with xandikos(Path(tmp_path_factory.mktemp("xandikos"))) as server:
        yield server


class OnAServer:
    """The fixtures that both real servers share; `server` is the subclass's."""

    @pytest.fixture
    async def calendar(self, server: DavServer, tmp_path: Path) -> AsyncIterator[FreeBusyCalendar]:
        account = {}
        if server.password:
            (tmp_path / "password").write_text(server.password, encoding="utf-8")
            account = {"username": server.username, "password": {"file": str(tmp_path / "password")}}
        settings = CalDavSettings.model_validate({"url": server.home, **account})
        async with toolbox_for(settings.origins()) as toolbox:
            yield build(settings, toolbox)

    @pytest.fixture
    def lane(self, server: DavServer) -> Lane:
        return Lane("platz-1", settings=CalDavLane(collection=server.new_collection()))

    @pytest.fixture
    def clerk(self, server: DavServer, lane: Lane) -> DavClerk:
        return DavClerk(server, lane.settings.collection)


class TestOnRadicale(OnAServer, FreeBusyCalendarContract):
    secrets = ("geheim-7341",)

    @pytest.fixture
    def server(self, radicale_server: DavServer) -> DavServer:
        return radicale_server


class TestOnXandikos(OnAServer, FreeBusyCalendarContract):
    @pytest.fixture
    def server(self, xandikos_server: DavServer) -> DavServer:
        return xandikos_server


class TestOnAServerThatOverwrites(FreeBusyCalendarContract):
    @pytest.fixture
    def server(self) -> Overwriting:
        return Overwriting()

    @pytest.fixture
    async def calendar(self, server: Overwriting) -> AsyncIterator[FreeBusyCalendar]:
        settings = CalDavSettings(url="https://sogo.example/dav/")
        async with toolbox_for(settings.origins(), inner=server.transport()) as toolbox:
            yield build(settings, toolbox)

    @pytest.fixture
    def lane(self) -> Lane:
        return Lane("platz-1", settings=CalDavLane(collection="platz-1"))

    @pytest.fixture
    def clerk(self, server: Overwriting) -> OverwritingClerk:
        return OverwritingClerk(server, "/dav/platz-1/")
